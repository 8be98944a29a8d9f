"""Pictures and lidar scans per second, ours beside MuJoCo's OpenGL renderer and `mujoco-lidar`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np

from ..render import RayTracer
from .turns import rates_in_turns, ratios, summary

_TURN = 0.03  # rad between two pictures of a world: nobody gets to keep the last one
_EYE, _TARGET = (3.0, -3.0, 2.0), (0.0, 0.0, 0.5)
_DISTANCE, _AZIMUTH, _ELEVATION = 4.5, 135.0, -19.5  # the same view, as MuJoCo's free camera says it

Picture = Callable[[np.ndarray], object]


def measure_render(
    model: mujoco.MjModel, width: int, height: int, worlds: int, seconds: float
) -> dict[str, Any]:
    """Pictures per second of `worlds` worlds after each other, and how many times faster ours are.

    `ray tracer` makes colour with shadows and depth at once; `opengl ...` are MuJoCo's renderer with colour
    and shadows, colour without shadows, and depth. `opengl` is missing where there is no EGL or OSMesa, and
    `opengl_error` then says why.
    """
    tracer = RayTracer(model, width, height)
    tracer.look_at(_EYE, _TARGET)
    pictures: dict[str, Picture] = {"gaitway": tracer.render}
    error = None
    try:
        pictures |= _opengl(model, width, height)
    except Exception as failure:  # of many kinds: a missing library, a missing driver, no context
        error = f"{type(failure).__name__}: {failure}"
    states = np.tile(model.key_qpos[0] if model.nkey else model.qpos0, (worlds, 1))
    rates = rates_in_turns({name: _all_worlds(draw, states) for name, draw in pictures.items()}, seconds)
    result: dict[str, Any] = {"width": width, "height": height, "worlds": worlds}
    result |= {"per_second": summary(rates), "gaitway_is_faster_by": ratios(rates, "gaitway")}
    return result if error is None else result | {"opengl_error": error}


def _all_worlds(draw: Picture, states: np.ndarray) -> Callable[[], int]:
    calls = 0

    def draw_all() -> int:
        nonlocal calls
        calls += 1
        half = _TURN * calls / 2
        states[:, 3:7] = np.cos(half), 0.0, 0.0, np.sin(half)
        for qpos in states:
            draw(qpos)
        return len(states)

    return draw_all


def _opengl(model: mujoco.MjModel, width: int, height: int) -> dict[str, Picture]:
    """MuJoCo's renderer in three ways; the environment variable MUJOCO_GL says by which library."""
    model.vis.global_.offwidth = max(width, model.vis.global_.offwidth)
    model.vis.global_.offheight = max(height, model.vis.global_.offheight)
    data = mujoco.MjData(model)
    camera = mujoco.MjvCamera()
    camera.lookat[:] = _TARGET
    camera.distance, camera.azimuth, camera.elevation = _DISTANCE, _AZIMUTH, _ELEVATION

    def renderer(shadows: bool, depth: bool) -> Picture:
        one = mujoco.Renderer(model, height, width)
        one.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        if depth:
            one.enable_depth_rendering()

        def draw(qpos: np.ndarray) -> object:
            data.qpos[:] = qpos
            mujoco.mj_kinematics(model, data)
            mujoco.mj_camlight(model, data)
            one.update_scene(data, camera)
            return one.render()

        draw(model.qpos0)  # drivers fail here at the latest
        return draw

    return {
        "opengl, shadows": renderer(True, False),
        "opengl, no shadows": renderer(False, False),
        "opengl, depth": renderer(False, True),
    }
