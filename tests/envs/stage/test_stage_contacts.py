"""Who collides with whom, and how slippery it is: observed in contacts, not in bit masks."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.envs.stage import RobotPlacement, load_stage

BALL = """
    def Sphere "{name}" (prepend apiSchemas = ["PhysicsCollisionAPI"{apis}])
    {{
        double radius = 0.5
        {text}
    }}"""


def ball(name: str, apis: str = "", text: str = "") -> str:
    """A body with one ball; all balls of a stage overlap."""
    inside = BALL.format(name=f"{name}_ball", apis=apis, text=text)
    return f"""
    def Xform "{name}" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {{{inside}
    }}"""


def group(name: str, members: list[str], filtered: list[str], more: str = "") -> str:
    """A collision group."""
    includes = ", ".join(f"</R/{member}>" for member in members)
    targets = ", ".join(f"</R/{other}>" for other in filtered)
    return f"""
    def PhysicsCollisionGroup "{name}" (prepend apiSchemas = ["CollectionAPI:colliders"])
    {{
        rel collection:colliders:includes = [{includes}]
        rel physics:filteredGroups = [{targets}]
        {more}
    }}"""


def touching(model: mujoco.MjModel) -> set[frozenset[str]]:
    """Pairs of bodies in contact, by name."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    pairs = [model.geom_bodyid[list(contact.geom)] for contact in data.contact]
    return {frozenset(model.body(int(i)).name for i in pair) for pair in pairs}


def pairs(*texts: str) -> set[frozenset[str]]:
    """`pairs("ab", "bc")`."""
    return {frozenset(text) for text in texts}


def test_groups_filter_both_ways_and_the_ungrouped_collide_with_all(load):
    bodies = "".join(map(ball, "abcd"))
    text = bodies + group("one", ["a"], ["two"]) + group("two", ["b"], []) + group("three", ["c"], ["three"])
    assert touching(load(text).compile()) == pairs("ac", "ad", "bc", "bd", "cd")


def test_group_may_ignore_itself_or_all_but_some(load):
    bodies = "".join(map(ball, "abcd"))
    itself = bodies + group("one", ["a", "b"], ["one"])
    assert touching(load(itself).compile()) == pairs("ac", "ad", "bc", "bd", "cd")
    inverted = bodies + group("one", ["a"], ["two"], "bool physics:invertFilteredGroups = 1")
    inverted += group("two", ["b"], []) + group("three", ["c"], [])
    assert touching(load(inverted).compile()) == pairs("ab", "ad", "bc", "bd", "cd")


def test_robots_that_ignore_themselves_still_meet_each_other(write_stage, usd):
    scene = write_stage(
        'def Sphere "ball" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\n}', "scene.usda"
    )
    own = group("self", ["base", "arm"], ["self"])
    spheres = [BALL.format(name=f"s{i}", apis="", text="") for i in range(2)]
    text = usd.body("base", spheres[0], usd.ROOT) + usd.body("arm", spheres[1]) + own
    robot = write_stage(text + usd.joint("PhysicsFixedJoint"))
    loaded = load_stage(scene, [RobotPlacement(robot, prefix=prefix) for prefix in ("a_", "b_")])
    found = touching(loaded.compile())
    bodies = ("a_base", "a_arm", "b_base", "b_arm")
    between = {frozenset((one, other)) for one in bodies[:2] for other in bodies[2:]}
    assert found == between | {frozenset(("world", body)) for body in bodies}


def test_filtered_pairs_of_bodies_and_colliders(load):
    filtered = ball("a").replace('"PhysicsRigidBodyAPI"', '"PhysicsRigidBodyAPI", "PhysicsFilteredPairsAPI"')
    filtered = filtered.replace("{", "{\n        rel physics:filteredPairs = [</R/b>, </R/c/c_ball>]", 1)
    assert touching(load(filtered + "".join(map(ball, "bcd"))).compile()) == pairs("ad", "bc", "bd", "cd")


def test_filtered_pair_with_the_world_is_reported(load):
    text = ball("a", ', "PhysicsFilteredPairsAPI"', "rel physics:filteredPairs = </R/none>")
    loaded = load(text)
    assert "filtered pair" in loaded.report.not_carried["/R/a/a_ball"]
    loaded.compile()


def test_friction_of_a_material_bound_for_physics(load):
    material = """
    def Material "Ice" (prepend apiSchemas = ["PhysicsMaterialAPI"])
    {
        float physics:dynamicFriction = 0.125
        float physics:restitution = 0.5
    }"""
    bound = "rel material:binding:physics = </R/Ice>"
    loaded = load(material + ball("a", ', "MaterialBindingAPI"', bound) + ball("b"))
    model = loaded.compile()
    assert model.geom("a_ball").friction == pytest.approx([0.125, 0.005, 0.0001])
    assert model.geom("b_ball").friction[0] == 1
    assert "restitution" in loaded.report.not_carried["/R/Ice"]


def test_invisible_and_guide_shapes_collide_but_are_not_drawn(load):
    loaded = load(
        ball("a", text='token visibility = "invisible"')
        + ball("b", text='uniform token purpose = "guide"')
        + ball("c")
    )
    model = loaded.compile()
    assert [model.geom(f"{name}_ball").group[0] for name in "abc"] == [3, 3, 0]
    assert touching(model) == pairs("ab", "ac", "bc")


def test_disabled_collider_does_not_collide(load):
    model = load(ball("a", text="bool physics:collisionEnabled = 0") + ball("b")).compile()
    assert touching(model) == set()


def test_imported_masks(load):
    mask = "custom int gaitway:geom:contype = {}\ncustom int gaitway:geom:conaffinity = {}"
    text = ball("a", text=mask.format(2, 0)) + ball("b", text=mask.format(0, 2)) + ball("c")
    assert touching(load(text).compile()) == pairs("ab")


def test_masses_from_mass_density_and_colliders(load):
    api = '"PhysicsRigidBodyAPI", "PhysicsMassAPI"'
    text = "".join(map(ball, "ab")).replace('"PhysicsRigidBodyAPI"', api)
    text = text.replace("{", "{\n        float physics:mass = 3", 1)
    text = text.replace(
        '"b" (prepend apiSchemas = [' + api + "])\n    {",
        '"b" (prepend apiSchemas = [' + api + "])\n    {\n        float physics:density = 6",
        1,
    )
    model = load(text).compile()
    volume = 4 / 3 * np.pi * 0.5**3
    assert model.body("a").mass == pytest.approx(3)
    assert model.body("a").inertia == pytest.approx([0.4 * 3 * 0.25] * 3)
    assert model.body("b").mass == pytest.approx(6 * volume)
