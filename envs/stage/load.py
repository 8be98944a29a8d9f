"""USD file -> `MjSpec` with everything the stage says, and a report of what it could not carry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np
from pxr import Usd, UsdGeom

from .cameras import add_cameras
from .checks import check_physics
from .collision import apply_collision_groups, exclude_pairs, take_filtered_pairs
from .drives import add_drives
from .gravity import compensate_gravity
from .importer import import_spec
from .joints import make_balls, rewrite_joints
from .keyframes import RobotNames, share_keyframes, turn_keyframes
from .kinematic import make_mocap
from .losses import report_losses
from .masses import complete_masses
from .messages import collected_messages, report_messages
from .names import shorten_names
from .open_stage import open_flat
from .references import referred_geoms
from .remainder import apply_remainder
from .report import StageError, StageReport
from .scaled_bodies import bake_body_scales
from .sensors import add_sensors
from .static_props import add_static_props
from .surfaces import apply_friction, hide_undrawn
from .textures import add_textures, drop_textures
from .units import convert_units, turn_z_up
from .velocity_limits import note_velocity_limits


@dataclass(frozen=True)
class RobotPlacement:
    """A robot's USD file and where it stands: position in m, yaw in rad; `prefix` goes before its names."""

    path: Path
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    prefix: str = ""


@dataclass
class LoadedStage:
    """An editable MuJoCo spec and what became of the stage.

    `body_prims` says which prim a body of the model was, by the body's name: (file, prim path).
    """

    path: Path
    spec: mujoco.MjSpec
    report: StageReport
    robots: list[RobotNames] = field(default_factory=list)
    body_prims: dict[str, tuple[Path, str]] = field(default_factory=dict)

    def compile(self) -> mujoco.MjModel:
        """Compile the model. What MuJoCo's compiler remarks goes to the report.

        Raises:
            StageError: MuJoCo refuses it; its own words follow the file's name.
        """
        messages: list[str] = []
        try:
            with collected_messages() as messages:
                model = self.spec.compile()
        except ValueError as error:
            detail = " ".join(str(error).split())
            raise StageError(f"{self.path}: does not compile: {detail}.") from error
        report_messages(messages, self.report)
        share_keyframes(model, self.robots)
        return model


def load_stage(path: Path, robots: Sequence[RobotPlacement] = (), visuals: bool = True) -> LoadedStage:
    """Read a USD stage, and put robots from other USD files into it.

    Names are the last part of prim paths where that is unique. Without `visuals`, cameras and geoms that
    never collide are left out: physics is the same and faster. Robots keep their keyframes, moved to where
    they stand; each robot's keyframe holds the other robots in theirs of the same name.

    Raises:
        StageError: a file is missing or wrong, or robots share a prefix; the sentence names file and prim.
    """
    prefixes = [robot.prefix for robot in robots]
    if len(set(prefixes)) < len(prefixes):
        raise StageError(f"{path}: two robots have the same prefix; give each RobotPlacement its own.")
    loaded, free_bit = _load_one(Path(path), visuals, is_robot=False, first_bit=1)
    for robot in robots:
        part, free_bit = _load_one(Path(robot.path), visuals, is_robot=True, first_bit=free_bit)
        _leave_floor(part)
        turn_keyframes(part.spec, _yaw_quat(robot.yaw), robot.position)
        frame = loaded.spec.worldbody.add_frame(pos=robot.position, quat=_yaw_quat(robot.yaw))
        loaded.robots.append(RobotNames.of(part.spec, robot.prefix))
        loaded.body_prims |= {robot.prefix + name: prim for name, prim in part.body_prims.items()}
        with collected_messages():
            loaded.spec.attach(part.spec, prefix=robot.prefix, frame=frame)
        loaded.report.absorb(part.report)
    return loaded


def _load_one(path: Path, visuals: bool, is_robot: bool, first_bit: int) -> tuple[LoadedStage, int]:
    """Load one file; its collision groups take bits from `first_bit` on. Also returns the next free one."""
    report = StageReport(str(path))
    stage = open_flat(path, report)
    check_physics(path, stage, is_robot)
    report_losses(stage, report)
    spec, body_paths, free_bit = _to_spec(stage, report, visuals, first_bit)
    prims = {body: (path, prim) for body, prim in body_paths.items()}
    return LoadedStage(path, spec, report, body_prims=prims), free_bit


def _to_spec(
    stage: Usd.Stage, report: StageReport, visuals: bool, first_bit: int
) -> tuple[mujoco.MjSpec, dict[str, str], int]:
    """Import what MuJoCo knows, then add the rest; elements bear prim paths until the end.

    Returns the spec, its bodies' prim paths by name, and the next free collision bit.
    """
    spec, free_bit = import_stage(stage, report, first_bit)
    apply_remainder(stage, spec, report)
    textured: dict[str, str] = {}
    if visuals:
        textured = add_textures(stage, spec, report)
        add_cameras(stage, spec, report, UsdGeom.GetStageMetersPerUnit(stage))
    else:
        _drop_visuals(spec)
        drop_textures(spec)
    turn_z_up(stage, spec, report)
    body_paths = shorten_names(spec)
    add_static_props(stage, spec, report, visuals, textured)
    return spec, body_paths, free_bit


def import_stage(stage: Usd.Stage, report: StageReport, first_bit: int = 1) -> tuple[mujoco.MjSpec, int]:
    """What a flattened stage says in the words of its schemas, without its `gaitway:` attributes.

    Elements bear prim paths as names; the stage is changed. Also returns the next free collision bit.
    """
    bake_body_scales(stage, report)
    filtered_pairs = take_filtered_pairs(stage)
    skipped_joints = rewrite_joints(stage, report)
    spec = import_spec(stage, skipped_joints, report)
    make_balls(stage, spec, report)
    make_mocap(stage, spec, report)
    units = convert_units(stage, spec, report)
    complete_masses(stage, spec, report, units)
    compensate_gravity(stage, spec, report)
    free_bit = apply_collision_groups(stage, spec, report, first_bit)
    exclude_pairs(filtered_pairs, spec, report)
    apply_friction(stage, spec)
    hide_undrawn(stage, spec)
    note_velocity_limits(stage, spec, report, units.meters)
    add_drives(stage, spec, report, units)
    add_sensors(stage, spec, report, units.meters)
    return spec, free_bit


def _leave_floor(robot: LoadedStage) -> None:
    """Drop planes that a robot's file brings along: it is put on the scene's floor, and one is enough."""
    for geom in list(robot.spec.worldbody.geoms):
        if geom.type == mujoco.mjtGeom.mjGEOM_PLANE:
            robot.report.lose(geom.name, "a floor of its own; the robot stands on the scene's")
            robot.spec.delete(geom)


def _drop_visuals(spec: mujoco.MjSpec) -> None:
    """Delete geoms that never collide, unless a moving body without its own inertia gets it from them.

    What tendons run around, and what contact pairs and sensors are about, stays.
    """
    needed = referred_geoms(spec)
    for body in spec.bodies:
        if body.name != "world" and not (body.explicitinertial or body.mocap):
            continue
        for geom in list(body.geoms):
            if not geom.contype and not geom.conaffinity and geom.name not in needed:
                spec.delete(geom)


def _yaw_quat(yaw: float) -> np.ndarray:
    return np.array([math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)])
