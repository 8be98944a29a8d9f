"""Trajectories as files: ROS 2 `JointTrajectory` as JSON or MCAP, CSV, and npz, which alone is exact.

Each file appears whole or not at all. Joint names are those of the robot, in the trajectory's order.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...assets.whole_file import whole_file
from ..errors import TrajectoryError
from .trajectory import Trajectory

TOPIC = "/joint_trajectory"
MESSAGE = "trajectory_msgs/msg/JointTrajectory"
_SEPARATOR = "\n" + "=" * 80 + "\nMSG: "
DEFINITION = _SEPARATOR.join(
    (
        "std_msgs/Header header\nstring[] joint_names\ntrajectory_msgs/JointTrajectoryPoint[] points",
        "std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id",
        "builtin_interfaces/Time\nint32 sec\nuint32 nanosec",
        "trajectory_msgs/JointTrajectoryPoint\nfloat64[] positions\nfloat64[] velocities\n"
        "float64[] accelerations\nfloat64[] effort\nbuiltin_interfaces/Duration time_from_start",
        "builtin_interfaces/Duration\nint32 sec\nuint32 nanosec",
    )
)
"""The message and what it is made of, as a bag carries it."""
_NPZ_VERSION = 1


def joint_trajectory(trajectory: Trajectory, names: Sequence[str], step: float) -> dict[str, Any]:
    """A `trajectory_msgs/JointTrajectory` with a point every `step` s and one at the end.

    Its stamp is 0, which controllers take for "now". The first point is the start, at time 0.

    Raises:
        TrajectoryError: names are not one per joint, empty or not distinct, or `step` is not above zero.
    """
    names = _checked(trajectory, names)
    samples = trajectory.sample(step)
    return {
        "header": {"stamp": {"sec": 0, "nanosec": 0}, "frame_id": ""},
        "joint_names": names,
        "points": [
            {
                "positions": position.tolist(),
                "velocities": velocity.tolist(),
                "accelerations": acceleration.tolist(),
                "effort": [],
                "time_from_start": _duration(time),
            }
            for time, position, velocity, acceleration in zip(
                samples.times, samples.position, samples.velocity, samples.acceleration, strict=True
            )
        ],
    }


def write_json(path: Path, trajectory: Trajectory, names: Sequence[str], step: float = 0.01) -> None:
    """Write a `JointTrajectory` as rosbridge has it, see `joint_trajectory`."""
    message = joint_trajectory(trajectory, names, step)
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(message, indent=1) + "\n")


def write_mcap(path: Path, trajectory: Trajectory, names: Sequence[str], step: float = 0.01) -> None:
    """Write one `JointTrajectory` on `/joint_trajectory` for `ros2 bag` and Foxglove.

    Raises:
        TrajectoryError: see `joint_trajectory`, or the packages of `gaitway[log]` are missing.
    """
    try:
        from mcap_ros2.writer import Writer
    except ImportError as error:
        raise TrajectoryError("Writing MCAP needs more packages: pip install 'gaitway[log]'.") from error
    message = joint_trajectory(trajectory, names, step)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        writer = Writer(file)
        writer.write_message(TOPIC, writer.register_msgdef(MESSAGE, DEFINITION), message, 0, 0, 0)
        writer.finish()


def write_csv(path: Path, trajectory: Trajectory, names: Sequence[str], step: float = 0.01) -> None:
    """Write a row every `step` s: `time`, then `JOINT.position`, `.velocity`, `.acceleration`, `.jerk`.

    Raises:
        TrajectoryError: see `joint_trajectory`.
    """
    names, samples = _checked(trajectory, names), trajectory.sample(step)
    quantities = ("position", "velocity", "acceleration", "jerk")
    header = ["time", *(f"{name}.{quantity}" for name in names for quantity in quantities)]
    values = np.stack([getattr(samples, quantity) for quantity in quantities], axis=2)
    with whole_file(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(np.column_stack([samples.times, values.reshape(len(values), -1)]).tolist())


def write_npz(path: Path, trajectory: Trajectory, names: Sequence[str]) -> None:
    """Write the polynomials themselves, which `read_npz` reads to the last bit.

    Raises:
        TrajectoryError: see `joint_trajectory`.
    """
    joints, version = np.array(_checked(trajectory, names)), np.array(_NPZ_VERSION)
    t, c = trajectory.times, trajectory.coefficients
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, version=version, joint_names=joints, times=t, coefficients=c)


def read_npz(path: Path) -> tuple[Trajectory, list[str]]:
    """The trajectory and its joints' names. Nothing in the file can execute.

    Raises:
        TrajectoryError: it is missing, damaged, or not one of `write_npz`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            version = int(file["version"])
            if version != _NPZ_VERSION:
                raise ValueError(f"version {version}, not {_NPZ_VERSION}")
            trajectory = Trajectory(file["times"], file["coefficients"])
            return trajectory, _checked(trajectory, file["joint_names"].tolist())
    except FileNotFoundError as error:
        raise TrajectoryError(f"{path}: there is no such file.") from error
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise TrajectoryError(f"{path}: is no trajectory of Gaitway ({error}).") from error


def _checked(trajectory: Trajectory, names: Sequence[str]) -> list[str]:
    """The names, one per joint."""
    names = list(names)
    if len(names) != trajectory.dof or len(set(names)) != len(names) or not all(names):
        raise TrajectoryError(f"Give {trajectory.dof} distinct joint names, not {names}.")
    return names


def _duration(time: float) -> dict[str, int]:
    nanoseconds = round(time * 1e9)
    return {"sec": nanoseconds // 10**9, "nanosec": nanoseconds % 10**9}
