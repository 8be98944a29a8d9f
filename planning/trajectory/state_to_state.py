"""The fastest motion from one state of the joints to another within limits up to jerk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import TrajectoryError
from ..limits import Array, Limits
from .synchronise import least_time, motion_in
from .trajectory import Trajectory

SHORTEST = 1e-9
"""s: below this a motion is none."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class State:
    """position, velocity, acceleration: (dof,) in rad or m, per s, per s²; at rest unless told otherwise."""

    position: ArrayLike
    velocity: ArrayLike | None = None
    acceleration: ArrayLike | None = None


def state_to_state(start: State, goal: State, limits: Limits) -> Trajectory:
    """The time-optimal motion of all joints, which arrive together.

    The joint that needs longest moves with all the acceleration and jerk it may; the others, as slowly as
    the common time allows. Its duration is the least there is, see `double_s.py`.

    Raises:
        TrajectoryError: values are not finite, of the wrong shape, beyond a limit, or such that no motion
            from the start or to the goal stays within the velocity's limit.
    """
    bounds = np.stack([limits.velocity, limits.acceleration, limits.jerk])
    first = state_array("start", start, bounds, 1.0)
    last = state_array("goal", goal, bounds, -1.0)
    time = least_time(first, last, bounds)
    if 0.0 <= time < SHORTEST:
        raise TrajectoryError("The start is the goal: there is nothing to do.")
    knots, coefficients, found = motion_in(time, first, last, bounds)
    if not found:
        raise TrajectoryError("No common duration was found; the states are too near to a limit.")
    trajectory = Trajectory(knots, coefficients)
    violation = trajectory.check(limits)
    if violation is not None:
        raise TrajectoryError(f"The motion found does not keep the limits: {violation}")
    return trajectory


def state_array(name: str, state: State, bounds: Array, direction: float) -> Array:
    """(3, dof) of a state that the limits allow, called `name` in errors, see `state_to_state`.

    Args:
        bounds: (3, dof) limits. direction: 1 if the motion begins there, -1 if it ends there.
    """
    dof = bounds.shape[1]
    rows = []
    for field, given in (
        ("position", state.position),
        ("velocity", state.velocity),
        ("acceleration", state.acceleration),
    ):
        values = np.zeros(dof) if given is None else np.asarray(given, np.float64)
        if values.shape != (dof,):
            raise TrajectoryError(
                f"The {name}'s {field} has shape {values.shape}; give one value per joint, {dof}."
            )
        if not np.isfinite(values).all():
            joint = int(np.flatnonzero(~np.isfinite(values))[0])
            raise TrajectoryError(f"The {name}'s {field} of joint {joint} is {values[joint]}; give a number.")
        rows.append(values)
    array = np.stack(rows)
    for field, values, limit in zip(("velocity", "acceleration"), array[1:], bounds, strict=False):
        _within(f"{name}'s {field}", values, limit)
    # Until the acceleration has gone, at full jerk, the velocity changes by a²/2J.
    reached = array[1] + direction * array[2] * np.abs(array[2]) / (2.0 * bounds[2])
    moment = "once its acceleration has gone" if direction > 0 else "before its acceleration came"
    _within(f"{name}'s velocity {moment}", reached, bounds[0])
    return array


def _within(what: str, values: Array, limit: Array) -> None:
    over = np.abs(values) - limit * (1.0 + _ROUNDING)
    if (over > 0).any():
        joint = int(np.argmax(over))
        raise TrajectoryError(
            f"The {what}, of joint {joint}, is {values[joint]:.6g}, beyond its limit of {limit[joint]:.6g}."
        )
