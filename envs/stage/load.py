"""Entry point: USD file -> `MjSpec` with everything the stage says, and a report of what it could not carry."""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from pxr import Usd, UsdPhysics

from .cameras import add_cameras
from .checks import check_physics
from .collision import apply_collision_groups, hide_guides, open_ungrouped_geoms
from .d6_joints import add_d6_degrees, rewrite_d6_joints
from .drives import add_drives
from .losses import report_losses
from .names import shorten_names
from .open_stage import open_flat
from .report import StageError, StageReport
from .sensors import add_sensors
from .static_props import add_static_props, take_instancers
from .units import convert_units, turn_z_up
from .velocity_limits import note_velocity_limits

# One robot in a scene keeps its plain names; MuJoCo would rather see a prefix.
warnings.filterwarnings("ignore", message="Attaching a spec with an empty prefix")


@dataclass(frozen=True)
class RobotPlacement:
    """A robot's USD file and where it stands: position in m, yaw in rad; `prefix` goes before its names."""

    path: Path
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    prefix: str = ""


@dataclass
class LoadedStage:
    """An editable MuJoCo spec and what became of the stage."""

    path: Path
    spec: mujoco.MjSpec
    report: StageReport

    def compile(self) -> mujoco.MjModel:
        """Compile the model.

        Raises:
            StageError: MuJoCo refuses it; its own words follow the file's name.
        """
        try:
            return self.spec.compile()
        except ValueError as error:
            detail = " ".join(str(error).split())
            raise StageError(f"{self.path}: does not compile: {detail}.") from error


def load_stage(path: Path, robots: Sequence[RobotPlacement] = (), visuals: bool = True) -> LoadedStage:
    """Read a USD stage, and put robots from other USD files into it.

    Names are the last part of prim paths where that is unique. Without `visuals`, geoms that never collide are left
    out: physics is the same and smaller. Robots keep their keyframes, moved to where they stand.

    Raises:
        StageError: a file is missing or wrong; the sentence names file and prim.
    """
    loaded = _load_one(Path(path), visuals, is_robot=False)
    for robot in robots:
        part = _load_one(Path(robot.path), visuals, is_robot=True)
        _place_keyframes(part.spec, robot)
        frame = loaded.spec.worldbody.add_frame(pos=robot.position, quat=_yaw_quat(robot.yaw))
        loaded.spec.attach(part.spec, prefix=robot.prefix, frame=frame)
        loaded.report.absorb(part.report)
    return loaded


def _load_one(path: Path, visuals: bool, is_robot: bool) -> LoadedStage:
    stage = open_flat(path)
    check_physics(path, stage, is_robot)
    report = StageReport(str(path))
    report_losses(stage, report)
    spec = _decode(path, stage, report, visuals)
    return LoadedStage(path, spec, report)


def _decode(path: Path, stage: Usd.Stage, report: StageReport, visuals: bool) -> mujoco.MjSpec:
    """Import what MuJoCo's decoder knows, then add the rest; elements bear prim paths until the end."""
    instancers = take_instancers(stage)
    d6_joints = rewrite_d6_joints(stage, report)
    spec = _run_decoder(path, stage, [prim.GetPath() for prim in instancers])
    meters = convert_units(stage, spec, report)
    add_d6_degrees(d6_joints, spec, report, meters)
    apply_collision_groups(stage, spec, report)
    hide_guides(stage, spec)
    add_static_props(instancers, spec, report, meters, visuals)
    open_ungrouped_geoms(spec)
    if not visuals:
        _drop_visuals(spec)
    note_velocity_limits(stage, spec, report, meters)
    add_drives(stage, spec, report, meters)
    add_cameras(stage, spec, report, meters)
    add_sensors(stage, spec, report, meters)
    turn_z_up(stage, spec)
    shorten_names(spec)
    return spec


def _run_decoder(path: Path, stage: Usd.Stage, hidden: list) -> mujoco.MjSpec:
    """MuJoCo's own USD import of the stage without the prims in `hidden`."""
    copy = Usd.Stage.CreateInMemory()
    copy.GetRootLayer().TransferContent(stage.GetRootLayer())
    for prim_path in hidden:
        copy.GetPrimAtPath(prim_path).SetActive(False)
    for prim in copy.Traverse():
        # The decoder would make a body of an articulation root that is no rigid body.
        if prim.HasAPI(UsdPhysics.ArticulationRootAPI) and not prim.HasAPI(UsdPhysics.RigidBodyAPI):
            prim.RemoveAPI(UsdPhysics.ArticulationRootAPI)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stage.usdc"
        copy.GetRootLayer().Export(str(file))
        try:
            return mujoco.MjSpec.from_file(str(file))
        except ValueError as error:
            detail = " ".join(str(error).split())
            raise StageError(f"{path}: cannot be imported: {detail}.") from error


def _drop_visuals(spec: mujoco.MjSpec) -> None:
    """Delete geoms that never collide, unless a body without its own inertia gets it from them."""
    for body in spec.bodies:
        if body.name != "world" and not body.explicitinertial:
            continue
        for geom in list(body.geoms):
            if not geom.contype and not geom.conaffinity:
                spec.delete(geom)


def _place_keyframes(spec: mujoco.MjSpec, robot: RobotPlacement) -> None:
    """Move the floating base in every keyframe to the robot's place."""
    bodies = spec.worldbody.bodies
    floating = bool(bodies) and any(j.type == mujoco.mjtJoint.mjJNT_FREE for j in bodies[0].joints)
    for key in spec.keys:
        qpos = np.array(key.qpos)
        if floating and qpos.size >= 7:
            turned = np.zeros(4)
            mujoco.mju_mulQuat(turned, _yaw_quat(robot.yaw), qpos[3:7])
            cos, sin = math.cos(robot.yaw), math.sin(robot.yaw)
            x, y, z = qpos[:3]
            qpos[:3] = np.array(robot.position) + (cos * x - sin * y, sin * x + cos * y, z)
            qpos[3:7] = turned
            key.qpos = qpos


def _yaw_quat(yaw: float) -> np.ndarray:
    return np.array([math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)])
