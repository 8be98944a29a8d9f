"""Driving an AMR along a route in physics: its wheels get speeds, contacts with the floor do the rest."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import numpy.typing as npt

from ...deploy_jetson.route import heading
from .motion import Motion
from .pursuit import Pursuit
from .route import Route

Array = npt.NDArray[np.floating]
_CONTROL = 5  # physics steps between commands: 100 Hz
_LOOKAHEAD = 0.45  # m
_SETTLING = 0.5  # s in which the robot sinks onto its wheels, before time begins
_STILL = 1.0  # s at both ends, for whoever levels an IMU
_LATERAL, _FORWARD, _TURNING = 0.7, 0.5, 2.5  # limits in m/s2, m/s2 and rad/s2
RADIUS, TRACK = 0.1, 0.44
"""Of the wheels of assets/robots/amr.usda, m."""


def drive(model: mujoco.MjModel, route: Route, speed: float) -> Motion:
    """Follow a route by pure pursuit at up to `speed` m/s.

    The robot stands at the route's start. It stays still for a second before and after.

    Raises:
        ValueError: the robot does not get to the end.
    """
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, round(_SETTLING / model.opt.timestep))
    data.time = 0.0
    limits, pursuit = _speed_limits(route, speed), Pursuit(route, _LOOKAHEAD)
    states, forward, turning = [data.qpos.copy()], 0.0, 0.0
    dt = model.opt.timestep * _CONTROL
    wheels = [model.actuator(f"{side}_wheel_joint").id for side in ("left", "right")]
    arrived, deadline = None, 4 * route.length / speed + 20.0
    while arrived is None or data.time < arrived + _STILL:
        if data.time > deadline:
            raise ValueError(f"The robot has not arrived after {deadline:.0f} s, {pursuit.left:.1f} m short.")
        position, yaw = data.qpos[:2], heading(data.qpos[3:7])
        pursuit.advance(position)
        wanted = 0.0
        if data.time >= _STILL and arrived is None:
            wanted = float(np.interp(pursuit.travelled + 0.05, route.distances, limits))
            if pursuit.left < 0.03:
                arrived = data.time
        forward += float(np.clip(wanted - forward, -2 * _FORWARD * dt, _FORWARD * dt))
        wanted_turning = forward * pursuit.curvature(position, yaw)
        turning += float(np.clip(wanted_turning - turning, -_TURNING * dt, _TURNING * dt))
        data.ctrl[wheels] = (np.array([-1.0, 1.0]) * turning * TRACK / 2 + forward) / RADIUS
        for _ in range(_CONTROL):
            mujoco.mj_step(model, data)
            states.append(data.qpos.copy())
    return Motion(np.arange(len(states)) * model.opt.timestep, np.array(states))


def _speed_limits(route: Route, speed: float) -> Array:
    """Greatest speeds (n,) in m/s along a route that keep to the limits, from rest to rest.

    At the very start it is that of the first centimetre, or the robot would never leave.
    """
    limits = np.minimum(speed, np.sqrt(_LATERAL / np.maximum(np.abs(_smooth(route.curvature)), 1e-6)))
    braking = np.sqrt(2 * _FORWARD * (route.length - route.distances) + 0.03**2)
    limits = np.minimum(limits, braking)
    steps = np.diff(route.distances)
    for k in range(len(limits) - 2, -1, -1):
        limits[k] = min(limits[k], math.sqrt(limits[k + 1] ** 2 + 2 * _FORWARD * steps[k]))
    return limits


def _smooth(curvature: Array) -> Array:
    """The greatest curvature within the lookahead."""
    width = int(2 * _LOOKAHEAD / 0.02)
    padded = np.pad(np.abs(curvature), width // 2, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, width).max(axis=1)[: len(curvature)]
