"""A walk as a video: the camera follows the robot; commanded and measured velocity are written below."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import mujoco
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.progress import track

from ..envs.render import RayTracer
from ..envs.video import VideoWriter
from .rollout import Moment

_EYE_OFFSET = np.array([1.1, -1.3, 0.35])  # m from the robot; fixed in the world, so that turns show
_LAG_S = 0.4  # the camera's time constant
_CUT_DISTANCE = 1.0  # m; further than this in one frame, the robot was reset and the camera jumps
_FONT = ImageFont.load_default(size=13)


class FollowCamera:
    """Moves a ray tracer's camera along with a point, softly."""

    def __init__(self, tracer: RayTracer, dt: float) -> None:
        self._tracer = tracer
        self._gain = 1 - np.exp(-dt / _LAG_S)
        self._target: np.ndarray | None = None

    def follow(self, point: np.ndarray) -> None:
        """Look at `point` (3,) m, or softly approach it."""
        target = self._target
        if target is None or np.linalg.norm(point - target) > _CUT_DISTANCE:
            target = point
        self._target = target = target + self._gain * (point - target)
        self._tracer.look_at(target + _EYE_OFFSET, target - (0, 0, 0.05))


def film(moments: Iterable[Moment], count: int, step_dt: float, model: mujoco.MjModel, path: Path) -> None:
    """Write a video of every second of `count` moments, `step_dt` s apart, at half the control rate.

    `model` is the task's, with its visual geoms.
    """
    tracer = RayTracer(model)
    camera = FollowCamera(tracer, 2 * step_dt)
    with VideoWriter(path, 0.5 / step_dt) as video:
        for index, moment in enumerate(track(moments, f"Filming {path.name}", total=count)):
            if index >= count:
                break
            if index % 2 == 0:
                camera.follow(moment.qpos[:3])
                video.write(_with_caption(tracer.render(moment.qpos), moment))


def _with_caption(picture: np.ndarray, moment: Moment) -> np.ndarray:
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for line, (name, (vx, vy, yaw)) in enumerate(
        (("commanded", moment.command), ("measured", moment.measured))
    ):
        text = f"{name:10} vx {vx:+.2f} m/s   vy {vy:+.2f} m/s   yaw {yaw:+.2f} rad/s"
        x, y = 12, image.height - 44 + 18 * line
        draw.text((x + 1, y + 1), text, fill="black", font=_FONT)
        draw.text((x, y), text, fill="white", font=_FONT)
    return np.asarray(image)
