"""A floating hand in MuJoCo: two fingers, or a suction cup, that follow a mocap body."""

from __future__ import annotations

import tempfile
from pathlib import Path

import mujoco
import numpy as np

from ...assets.objects import write_bin_scene
from ...envs.stage import load_stage
from ...perception.grasp.gripper import ParallelGripper, SuctionCup

GRIP_FORCE = 80.0
"""Of each finger, N."""
PAD_FRICTION = (0.8, 0.005, 0.0001)
"""Of pads and lip against everything: sliding, torsional in m, rolling in m; rubber on cardboard."""
VACUUM = 50_000.0
"""Below the air around, Pa, under a cup that seals: what a small ejector makes on cardboard."""
_TIMESTEP = 0.001
_PARKED = (0.0, 0.0, 1.0)
LIP_SPHERES = 12


def fingers_model(name: str, gripper: ParallelGripper) -> mujoco.MjModel:
    """The object `name` on a floor, and a hand of two fingers above."""
    spec = _scene(name)
    hand = _hand(spec)
    hand.add_geom(
        name="palm",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[gripper.palm[0] / 2, gripper.palm[1] / 2, 0.02],
        pos=[0, 0, -gripper.finger_length - 0.02],
        rgba=[0.3, 0.3, 0.32, 1],
        mass=0.6,
    )
    for sign, side in ((-1, "left"), (1, "right")):
        finger = hand.add_body(name=f"{side}_finger", pos=[sign * gripper.finger_thickness / 2, 0, 0])
        finger.gravcomp = 1.0
        finger.add_joint(
            name=f"{side}_finger",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[sign, 0, 0],
            range=[0, gripper.opening / 2],
            limited=mujoco.mjtLimited.mjLIMITED_TRUE,
            damping=5.0,
            armature=0.1,
        )
        pad = finger.add_geom(
            name=f"{side}_pad",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[gripper.finger_thickness / 2, gripper.finger_width / 2, gripper.finger_length / 2],
            pos=[0, 0, -gripper.finger_length / 2],
            rgba=[0.12, 0.12, 0.13, 1],
            mass=0.1,
        )
        rubber(pad)
        actuator = spec.add_actuator(
            name=f"{side}_finger",
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            target=f"{side}_finger",
            forcerange=[-GRIP_FORCE, GRIP_FORCE],
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
        )
        actuator.set_to_position(kp=8000.0, kv=120.0)
    # Both fingers are driven by one gear.
    gear = spec.add_equality(
        name="gear", type=mujoco.mjtEq.mjEQ_JOINT, name1="left_finger", name2="right_finger"
    )
    gear.data[:2] = 0.0, 1.0
    return spec.compile()


def cup_model(name: str, cup: SuctionCup) -> mujoco.MjModel:
    """The object `name` on a floor, and a suction cup above.

    The lip is a ring of spheres that MuJoCo's adhesion pulls to what they touch, by the vacuum's force on the
    cup's area in all.
    """
    spec = _scene(name)
    hand = _hand(spec)
    hand.add_geom(
        name="tube",
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        size=[cup.tube / 2, 0.05, 0],
        pos=[0, 0, -0.062],
        rgba=[0.3, 0.3, 0.32, 1],
        mass=0.3,
    )
    lip = hand.add_body(name="lip")
    lip.gravcomp = 1.0
    add_lip(spec, lip, cup)
    return spec.compile()


def add_lip(spec: mujoco.MjSpec, body: mujoco.MjsBody, cup: SuctionCup) -> None:
    """Give a body, whose origin is in the middle of a lip and whose Z points out of it, the lip and `vacuum`.

    It is a ring of spheres that MuJoCo's adhesion pulls to what they touch.
    """
    ball = 0.003
    for k in range(LIP_SPHERES):
        angle = 2 * np.pi * k / LIP_SPHERES
        ring = cup.radius - ball
        sphere = body.add_geom(
            name=f"lip_{k}",
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
            size=[ball, 0, 0],
            pos=[ring * np.cos(angle), ring * np.sin(angle), -ball],
            rgba=[0.7, 0.25, 0.1, 1],
            mass=0.005,
        )
        rubber(sphere)
        sphere.margin = sphere.gap = 0.002
    adhesion = spec.add_actuator(
        name="vacuum",
        trntype=mujoco.mjtTrn.mjTRN_BODY,
        target=body.name,
        ctrllimited=True,
        ctrlrange=[0, 1],
    )
    adhesion.set_to_adhesion(gain=VACUUM * np.pi * cup.radius**2)


def _scene(name: str) -> mujoco.MjSpec:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "object.usda"
        write_bin_scene(path, [name], np.eye(4)[None])
        spec = load_stage(path).spec
    solve_friction_well(spec, _TIMESTEP)
    return spec


def solve_friction_well(spec: mujoco.MjSpec, timestep: float) -> None:
    """Options under which what is held does not creep."""
    spec.option.timestep = timestep
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST


def _hand(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    spec.worldbody.add_body(name="target", mocap=True, pos=_PARKED)
    hand = spec.worldbody.add_body(name="hand", pos=_PARKED)
    hand.add_freejoint()
    hand.gravcomp = 1.0
    weld = spec.add_equality(
        name="follow",
        type=mujoco.mjtEq.mjEQ_WELD,
        name1="target",
        name2="hand",
        objtype=mujoco.mjtObj.mjOBJ_BODY,
    )
    weld.data[:3] = 0.0  # anchor, which is 1 m away in a new equality
    weld.solref[:] = 0.004, 1.0
    return hand


def rubber(geom: mujoco.MjsGeom) -> None:
    """Make a geom grip as `PAD_FRICTION` says."""
    geom.friction = PAD_FRICTION
    geom.priority = 1
    geom.condim = 4
    # Stiff enough that a finger does not press through a wall of 4 mm.
    geom.solref = 0.004, 1.0
    geom.solimp[:3] = 0.98, 0.995, 0.0005
