"""The forklift against its data, the closed forms of a steered wheel, and a pallet that it lifts."""

from __future__ import annotations

import math
from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.assets.warehouse.racks import PALLET
from gaitway.envs.stage import RobotPlacement, load_stage

FORKLIFT, FLAT = ASSETS / "robots" / "forklift.usda", ASSETS / "scenes" / "flat.usda"
WHEELBASE, AXLE, DRIVE_RADIUS, FORK_FACE = 1.0, 0.18, 0.16, 0.35
LIFT_SPEED = 0.2  # m/s
# EPAL pallet, 0.8 m side: runner widths from right to left, height of the openings, in m.
RUNNERS, OPENING = (0.1, 0.145, 0.1), 0.1
PALLET_SCENE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
    subLayers = [@{flat}@]
)
over "World"
{{
    def "pallet" (
        prepend references = @{pallet}@
    )
    {{
        double3 xformOp:translate = ({x}, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }}
}}
"""


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return load_stage(FLAT, [RobotPlacement(FORKLIFT)], visuals=False).compile()


@pytest.fixture(scope="module")
def with_pallet(tmp_path_factory: pytest.TempPathFactory) -> mujoco.MjModel:
    """The truck, its tines all the way in a loaded pallet."""
    scene: Path = tmp_path_factory.mktemp("scene") / "scene.usda"
    pallet = ASSETS / "props" / "pallet.usda"
    scene.write_text(PALLET_SCENE.format(flat=FLAT, pallet=pallet, x=FORK_FACE + PALLET[0] / 2 + 0.02))
    return load_stage(scene, [RobotPlacement(FORKLIFT)], visuals=False).compile()


def run(model: mujoco.MjModel, data: mujoco.MjData, seconds: float, **targets: float) -> None:
    for drive, target in targets.items():
        data.actuator(drive).ctrl[:] = target
    mujoco.mj_step(model, data, round(seconds / model.opt.timestep))


def raise_to(model: mujoco.MjModel, data: mujoco.MjData, height: float) -> None:
    """Move the lift's target at its rated speed, as its controller does."""
    start, tick = float(data.actuator("lift").ctrl[0]), 0.05
    for target in np.arange(start, height, LIFT_SPEED * tick)[1:]:
        run(model, data, tick, lift=target)
    run(model, data, 0.5, lift=height)


@pytest.mark.parametrize("file", ["robots/forklift.usda", "props/pallet.usda"])
def test_nothing_is_lost_on_import(file: str) -> None:
    assert load_stage(ASSETS / file).report.not_carried == {}


def test_data_sheet(model: mujoco.MjModel) -> None:
    truck = model.body("base").id
    assert model.body_subtreemass[truck] == pytest.approx(2500.0)
    assert [model.actuator(i).name for i in range(model.nu)] == ["steer", "drive_wheel", "lift"]
    np.testing.assert_allclose(model.joint("steer").range, np.radians((-75, 75)), atol=1e-6)
    np.testing.assert_allclose(model.joint("lift").range, (0, 3.0))
    assert model.jnt_user[model.joint("lift").id, 0] == pytest.approx(LIFT_SPEED)
    assert model.jnt_user[model.joint("drive_wheel").id, 0] * DRIVE_RADIUS == pytest.approx(2.0)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    tip = data.geom("left_tine").xpos[0] + model.geom("left_tine").size[0]
    tail = data.geom("hull").xpos[0] - model.geom("hull").size[0]
    assert tip - tail == pytest.approx(2.6, abs=1e-6)
    assert data.subtree_com[truck, 0] == pytest.approx(-0.55, abs=0.01)


def test_inertias_are_those_of_real_bodies(with_pallet: mujoco.MjModel) -> None:
    moments = np.sort(with_pallet.body_inertia[with_pallet.body_mass > 0], axis=1)
    assert (moments[:, 0] > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()
    wheel = with_pallet.body("rear_wheel").inertia.max()
    assert wheel == pytest.approx(0.5 * 50 * DRIVE_RADIUS**2, rel=1e-3), "a solid 50 kg disc"


def test_stands_still(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    run(model, data, 2.0)
    np.testing.assert_allclose(data.body("base").xpos, (0, 0, AXLE), atol=1e-3)
    start = data.qpos.copy()
    run(model, data, 10.0)
    np.testing.assert_allclose(data.qpos, start, atol=1e-6)


def test_drives_straight_at_its_rated_speed(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    run(model, data, 5.0, drive_wheel=2.0 / DRIVE_RADIUS)
    assert data.qvel[0] == pytest.approx(2.0, rel=0.01)
    assert data.qvel[0] == pytest.approx(data.joint("drive_wheel").qvel[0] * DRIVE_RADIUS, rel=0.005)
    assert abs(data.qpos[1]) < 1e-3


@pytest.mark.parametrize("degrees", [-60, -20, 10, 45, 75])
def test_turns_on_the_radius_of_its_wheelbase(model: mujoco.MjModel, degrees: float) -> None:
    data = mujoco.MjData(model)
    run(model, data, 1.5, steer=math.radians(degrees))
    run(model, data, 2.5, drive_wheel=3.0)
    forward = data.qvel[:3] @ data.body("base").xmat.reshape(3, 3)[:, 0]
    steer = data.joint("steer").qpos[0]
    assert steer == pytest.approx(math.radians(degrees), abs=math.radians(1.0))
    assert -forward / data.qvel[5] == pytest.approx(WHEELBASE / math.tan(steer), rel=0.02)
    wheel = data.joint("drive_wheel").qvel[0] * DRIVE_RADIUS
    assert forward == pytest.approx(wheel * math.cos(steer), rel=0.02)


def test_inner_mast_follows_at_half_the_height(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    raise_to(model, data, 1.0)
    lift = data.joint("lift").qpos[0]
    assert lift == pytest.approx(1.0, abs=0.01)
    assert data.joint("mast").qpos[0] == pytest.approx(lift / 2, abs=2e-3)


def test_pallet_is_the_warehouses_own(with_pallet: mujoco.MjModel) -> None:
    deck = with_pallet.geom("deck")
    np.testing.assert_allclose(2 * deck.size[:2], PALLET[:2], atol=1e-6)
    assert deck.pos[2] + deck.size[2] == pytest.approx(PALLET[2], abs=1e-6)
    assert with_pallet.body("pallet").mass[0] == pytest.approx(500.0)


def test_tines_fit_into_the_openings(with_pallet: mujoco.MjModel) -> None:
    """Clearance on every side of a tine, and no runner, deck or floor touched."""
    runners = [with_pallet.geom(f"{side}_runner") for side in ("right", "middle", "left")]
    np.testing.assert_allclose([2 * runner.size[1] for runner in runners], RUNNERS, atol=1e-6)
    data = mujoco.MjData(with_pallet)
    mujoco.mj_forward(with_pallet, data)
    for side, (low, high) in {"right": (-0.3, -0.0725), "left": (0.0725, 0.3)}.items():
        tine, middle = with_pallet.geom(f"{side}_tine"), data.geom(f"{side}_tine").xpos
        assert low + 0.03 < middle[1] - tine.size[1] < middle[1] + tine.size[1] < high - 0.03
        assert 0.02 < middle[2] - tine.size[2] < middle[2] + tine.size[2] < OPENING - 0.02
    touching = {frozenset(with_pallet.geom(g).name for g in pair) for pair in data.contact.geom}
    assert not any("tine" in name for pair in touching for name in pair)


def test_lifts_half_a_tonne_by_a_metre_and_drives_off(with_pallet: mujoco.MjModel) -> None:
    data = mujoco.MjData(with_pallet)
    raise_to(with_pallet, data, 1.0)
    lifted = data.body("pallet").xpos.copy()
    free_travel = OPENING - 0.065  # from the tines' lowest tops to the deck
    assert lifted[2] == pytest.approx(1.0 - free_travel, abs=0.015)
    carried = np.array([500.0, 160.0, 120.0 / 2])  # pallet, carriage, half the inner mast
    assert data.actuator("lift").force[0] == pytest.approx(carried.sum() * 9.81, rel=0.01)
    tilt = data.body("pallet").xmat[8]
    assert tilt > math.cos(math.radians(0.5))
    # With its load in front it is still on all three wheels, and takes the load along.
    run(with_pallet, data, 3.0, drive_wheel=-1.0 / DRIVE_RADIUS)
    assert data.body("base").xmat[8] > math.cos(math.radians(0.5))
    moved = data.body("base").xpos[0]
    assert moved < -1.5
    assert data.body("pallet").xpos[0] - lifted[0] == pytest.approx(moved, abs=0.01)


def test_lidars_and_camera_face_where_they_say() -> None:
    seen = load_stage(FLAT, [RobotPlacement(FORKLIFT)]).compile()
    data = mujoco.MjData(seen)
    mujoco.mj_forward(seen, data)
    axes = {name: data.site(name).xmat.reshape(3, 3) for name in ("lidar", "rear_lidar")}
    np.testing.assert_allclose(axes["lidar"], np.eye(3), atol=1e-6)
    np.testing.assert_allclose(axes["rear_lidar"][:, 0], (-1, 0, 0), atol=1e-6)
    camera = data.camera("front_camera")
    np.testing.assert_allclose(camera.xmat.reshape(3, 3) @ (0, 0, -1), (1, 0, 0), atol=1e-6)
    assert seen.body(int(seen.cam_bodyid[camera.id])).name == "carriage"
