"""A robot's facts, from its USD file and the model that file compiles to: what a data sheet would say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from pxr import Sdf

from ..assets import ASSETS
from .bounds import robot_bounds
from .render import RayTracer
from .stage import RobotPlacement, load_stage

_WIDTH, _HEIGHT = 640, 480
_FOVY = math.radians(30)
_VIEW = np.array([0.80, -0.62, 0.28])  # from the robot to the camera: front right, a little from above


@dataclass(frozen=True)
class JointFacts:
    """A driven joint: range in rad or m (None if it has none), effort in N m or N, speed in rad/s or m/s."""

    name: str
    range: tuple[float, float] | None
    effort: float | None
    speed: float | None
    stiffness: float
    damping: float


@dataclass(frozen=True)
class RobotCard:
    """What a robot is. `about` and `facts` are the first two paragraphs of its USD file's documentation."""

    name: str
    about: str
    facts: str
    mass: float
    size: tuple[float, float, float]
    degrees_of_freedom: int
    joints: tuple[JointFacts, ...]
    cameras: tuple[str, ...]

    def markdown(self, picture: str) -> str:
        """The card, below a heading; `picture` is the portrait's path."""
        size = " x ".join(f"{edge:.2f}" for edge in self.size)
        lines = [
            f"## {self.name}",
            "",
            f"![{self.name}]({picture})",
            "",
            f"{self.about} {self.facts}",
            "",
            f"Mass {self.mass:.2f} kg, {size} m as it stands, {self.degrees_of_freedom} degrees of freedom, "
            f"{len(self.joints)} drives. Cameras: {', '.join(self.cameras) or 'none'}.",
        ]
        if self.joints:
            lines += [
                "",
                "| joint | range | effort | speed | stiffness | damping |",
                "|---|---|---|---|---|---|",
            ]
            lines += [_row(joint) for joint in self.joints]
        return "\n".join(lines)


def robot_card(path: Path) -> RobotCard:
    """Read the robot at `path`.

    Raises:
        StageError: the file is missing or wrong.
    """
    model = load_stage(path).compile()
    documentation = Sdf.Layer.FindOrOpen(str(path)).documentation
    paragraphs = [" ".join(text.split()) for text in documentation.split("\n\n")] + ["", ""]
    low, high = robot_bounds(model, _standing(model))
    return RobotCard(
        name=path.stem,
        about=paragraphs[0],
        facts=paragraphs[1],
        mass=float(model.body_mass.sum()),
        size=tuple(float(edge) for edge in high - low),  # type: ignore[arg-type]
        degrees_of_freedom=model.nv,
        joints=tuple(_joint(model, i) for i in range(model.nu)),
        cameras=tuple(model.camera(i).name for i in range(model.ncam)),
    )


def portrait(path: Path) -> np.ndarray:
    """Picture of the robot in its keyframe on a floor, uint8 (480, 640, 3)."""
    model = load_stage(ASSETS / "scenes/flat.usda", [RobotPlacement(path)]).compile()
    qpos = _standing(model)
    low, high = robot_bounds(model, qpos)
    middle = (low + high) / 2
    radius = float(np.linalg.norm(high - low)) / 2
    tracer = RayTracer(model, _WIDTH, _HEIGHT, fovy=_FOVY, supersample=3)
    tracer.look_at(middle + radius / math.sin(_FOVY / 2) * _VIEW / np.linalg.norm(_VIEW), middle, _FOVY)
    return tracer.render(qpos)


def _standing(model: mujoco.MjModel) -> np.ndarray:
    return model.key_qpos[0].copy() if model.nkey else model.qpos0.copy()


def _joint(model: mujoco.MjModel, actuator: int) -> JointFacts:
    joint = int(model.actuator_trnid[actuator, 0])
    limited, forced = bool(model.jnt_limited[joint]), bool(model.actuator_forcelimited[actuator])
    speed = float(model.jnt_user[joint, 0]) if model.nuser_jnt else 0.0
    low, high = model.jnt_range[joint].tolist()
    return JointFacts(
        name=model.joint(joint).name,
        range=(low, high) if limited else None,
        effort=float(model.actuator_forcerange[actuator, 1]) if forced else None,
        speed=speed or None,
        stiffness=float(-model.actuator_biasprm[actuator, 1]),
        damping=float(-model.actuator_biasprm[actuator, 2]),
    )


def _row(joint: JointFacts) -> str:
    span = f"{joint.range[0]:.2f} .. {joint.range[1]:.2f}" if joint.range else "free"
    effort, speed = (f"{value:g}" if value else "-" for value in (joint.effort, joint.speed))
    cells = (f"`{joint.name}`", span, effort, speed, f"{joint.stiffness:.4g}", f"{joint.damping:.4g}")
    return "| " + " | ".join(cells) + " |"
