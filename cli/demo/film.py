"""The film of the walk: the whole warehouse, both droids, and a camera that walks backwards before them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.progress import track

from ...assets import ASSETS
from ...envs.render import RayTracer
from ...envs.stage import RobotPlacement, load_stage
from ...envs.video import VideoWriter
from .camera import camera_path, held
from .route import FloorMap
from .style import COLORS, LABELS, rgb
from .walk import Walk

TICKS_PER_FRAME = 4
"""50 Hz control, 12.5 frames a second."""
SIZES = ((640, 360), (512, 288), (384, 216))
"""Pictures to choose from, px."""
_TRIALS = 6
_ACCENT = "/Accent"  # the droid's material that is given a policy's colour


def film(scene: Path, floor: FloorMap, walks: Mapping[str, Walk], out: Path, budget_s: float) -> None:
    """Render the walks, one droid each, to the MP4 file `out`, and a still of it to a PNG file beside.

    The picture is the largest of `SIZES` with which this takes about `budget_s` s on this machine.
    """
    model = _hall_with_droids(scene, walks)
    length = max(len(walk.states) for walk in walks.values())
    ticks = range(0, length, TICKS_PER_FRAME)
    states = np.hstack([held(walk.states, length) for walk in walks.values()])
    eyes, targets = camera_path(walks, floor, length)
    tracer = _largest_in_time(model, states, eyes, targets, budget_s / len(ticks))
    dt = next(iter(walks.values())).tick_s
    with VideoWriter(out, 1 / (TICKS_PER_FRAME * dt)) as video:
        for tick in track(ticks, "filming"):
            tracer.look_at(eyes[tick], targets[tick])
            video.write(_caption(tracer.render(states[tick]), walks, tick))
    still = length // 12
    tracer.look_at(eyes[still], targets[still])
    Image.fromarray(_caption(tracer.render(states[still]), walks, still)).save(out.with_suffix(".png"))


def _hall_with_droids(scene: Path, walks: Mapping[str, Walk]) -> mujoco.MjModel:
    """The stage with a droid per walk in its colour, and a disc of that colour for every waypoint."""
    droid = ASSETS / "robots/droid.usda"
    stage = load_stage(scene, [RobotPlacement(droid, prefix=f"{name}_") for name in walks])
    for name, walk in walks.items():
        for x, y in walk.errand.route.waypoints:
            stage.spec.worldbody.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CYLINDER,
                pos=(x, y, 0.006),
                size=(0.12, 0.004, 0.0),
                rgba=(*rgb(name), 1.0),
                contype=0,
                conaffinity=0,
            )
    model = stage.compile()
    for material in map(model.mat, range(model.nmat)):
        for name in walks:
            if material.name.startswith(f"{name}_") and material.name.endswith(_ACCENT):
                material.rgba[:3] = rgb(name)
                model.geom_rgba[model.geom_matid == material.id, :3] = rgb(name)
    return model


def _largest_in_time(
    model: mujoco.MjModel, states: np.ndarray, eyes: np.ndarray, targets: np.ndarray, frame_s: float
) -> RayTracer:
    """The ray tracer of the largest picture that takes at most `frame_s`, judged by a few frames."""
    tracer = None
    for width, height in SIZES:
        tracer = RayTracer(model, width, height)
        tracer.render(states[0])  # compiles the kernel the first time
        start = time.perf_counter()
        for tick in np.linspace(0, len(states) - 1, _TRIALS).astype(int):
            tracer.look_at(eyes[tick], targets[tick])
            tracer.render(states[tick])
        if (time.perf_counter() - start) / _TRIALS < frame_s:
            break
    assert tracer is not None
    return tracer


def _caption(picture: np.ndarray, walks: Mapping[str, Walk], tick: int) -> np.ndarray:
    """Each droid's name, speed and waypoints, and the time, written into the picture."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    size = max(image.height // 24, 11)
    font = ImageFont.load_default(size)
    draw.rectangle((0, 0, image.width, 2.9 * size), fill=(28, 30, 33))
    for row, (name, walk) in enumerate(walks.items()):
        place = (8, (0.15 + 1.35 * row) * size)
        draw.text(place, f"{LABELS[name]}: {_doing(walk, tick)}", font=font, fill=COLORS[name])
    time_s = tick * next(iter(walks.values())).tick_s
    draw.text((image.width - 8, 0.15 * size), f"{time_s:.1f} s", font=font, fill="white", anchor="ra")
    return np.asarray(image)


def _doing(walk: Walk, tick: int) -> str:
    last = min(tick, len(walk.time) - 1)
    reached = f"waypoint {walk.reached_by[last]} of {len(walk.errand.route.waypoints)}"
    if tick > last:
        return f"{reached}, {'gave up' if walk.fault else 'stopped'}"
    return f"{reached}, {max(walk.steady_velocity[last, 0], 0.0):.2f} m/s"
