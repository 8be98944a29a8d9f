"""One page about a run: what each joint was told and did, torques, timing, and when the state changed."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .reader import RunLog

COLUMNS = 4
STATE_COLOURS = {"passive": "#bbbbbb", "stand": "#f0c24b", "policy": "#6fb36f", "damping": "#d9584f"}


def draw(log: RunLog, title: str, out: Path) -> None:
    """Write the page as a PNG, under a temporary name first."""
    n = len(log.contract.joints.names)
    rows = math.ceil(n / COLUMNS)
    figure = Figure(figsize=(16.0, 2.1 * rows + 6.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(_headline(log, title))
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.1 * rows, 6.0])[:, 0]
    axes = upper.subplots(rows, COLUMNS, sharex=True, squeeze=False)
    for joint, axis in enumerate(np.ravel(axes)):
        if joint < n:
            _draw_joint(axis, log, joint)
        else:
            axis.set_visible(False)
    torque, latency, states = np.ravel(lower.subplots(3, 1, sharex=True, height_ratios=[5, 4, 1.2]))
    _draw_torque(torque, log)
    _draw_latency(latency, log)
    _draw_states(states, log)
    temporary = out.with_name(f".{out.name}.partial")
    try:
        figure.savefig(temporary, dpi=100, format="png")
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def seconds(log: RunLog) -> np.ndarray:
    """(T,) s since the first tick, had each taken its time: in lockstep no clock says so."""
    return log.contract.timing.policy_dt * np.arange(len(log.start))


def changes(log: RunLog) -> list[tuple[float, float, str]]:
    """(begin, end, state) of each stretch of time in one state, s."""
    at = seconds(log)
    first = [k for k, state in enumerate(log.state) if k == 0 or state != log.state[k - 1]]
    ends = [*(at[k] for k in first[1:]), at[-1] + log.contract.timing.policy_dt]
    return [(float(at[k]), float(end), log.state[k]) for k, end in zip(first, ends, strict=True)]


def _headline(log: RunLog, title: str) -> str:
    lines = [f"{title}: {log.contract.task}, {len(log.start)} ticks, {seconds(log)[-1]:.1f} s"]
    if log.fault[-1]:
        lines.append(f"damping ({log.cause[-1]}): {log.fault[-1]}")
    return "\n".join(lines)


def _mark_changes(axis: Axes, log: RunLog) -> None:
    for (_, end, _), (_, _, state) in pairwise(changes(log)):
        axis.axvline(end, color=STATE_COLOURS[state], linewidth=1.2)
    axis.grid(alpha=0.3)


def _draw_joint(axis: Axes, log: RunLog, joint: int) -> None:
    joints = log.contract.joints
    turns = joints.drive[joint] == "velocity"
    measured = (log.joint_vel if turns else log.joint_pos)[:, joint]
    moving = np.array([state in ("stand", "policy") for state in log.state])
    axis.plot(seconds(log), np.where(moving, log.targets[:, joint], np.nan), linewidth=0.8, label="commanded")
    axis.plot(seconds(log), measured, linewidth=0.8, label="measured")
    axis.set_title(f"{joints.names[joint]}, {'rad/s' if turns else 'rad'}", fontsize=9)
    axis.tick_params(labelsize=8)
    _mark_changes(axis, log)
    if joint == 0:
        axis.legend(fontsize=7, loc="best")


def _draw_torque(axis: Axes, log: RunLog) -> None:
    limits = log.contract.joints.effort_limit
    scale = np.array([1.0 if limit is None else limit for limit in limits])
    for joint, name in enumerate(log.contract.joints.names):
        axis.plot(seconds(log), log.torque[:, joint] / scale[joint], linewidth=0.6, label=name)
    axis.set_ylabel("torque asked for\nper effort limit")
    axis.legend(fontsize=6, ncols=max(1, math.ceil(len(scale) / 6)), loc="upper right")
    _mark_changes(axis, log)


def _draw_latency(axis: Axes, log: RunLog) -> None:
    axis.plot(seconds(log), 1e3 * log.work, linewidth=0.6, label="start of tick to command sent")
    axis.plot(seconds(log), 1e3 * log.late, linewidth=0.6, label="deadline to start of tick")
    axis.set_ylabel("ms")
    axis.legend(fontsize=8, loc="upper right")
    _mark_changes(axis, log)


def _draw_states(axis: Axes, log: RunLog) -> None:
    for begin, end, state in changes(log):
        axis.axvspan(begin, end, color=STATE_COLOURS[state])
        axis.text((begin + end) / 2, 0.5, state, ha="center", va="center", fontsize=8, clip_on=True)
    axis.set_yticks([])
    axis.set_xlabel("s")
