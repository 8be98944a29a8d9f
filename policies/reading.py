"""What the edge runtime is given in an evaluation: raw measurements, and what comes from outside."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from ..deploy_jetson.observations import SensorReading
from ..envs.vector_env import GaitwayVectorEnv


def reading_of(env: GaitwayVectorEnv, external: Iterable[str]) -> SensorReading:
    """A reading of every world of an env that has just been observed.

    `external` are names of the actor's terms; their values are those that the actor sees now: asking their
    functions again would draw other noise.
    """
    sensors = env.measurements
    has_imu = env.state.has_sensor("imu_gyro") and env.state.has_sensor("imu_quat")
    gyro, quat = (as_numpy(value) if has_imu else None for value in (sensors.gyro, sensors.quat))
    values = {name: as_numpy(_before_scaling(env, name)) for name in external}
    return SensorReading(
        gyro, quat, as_numpy(sensors.joint_pos), as_numpy(sensors.joint_vel), external=values
    )


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A copy on the CPU."""
    return tensor.detach().cpu().numpy().copy()


def _before_scaling(env: GaitwayVectorEnv, name: str) -> torch.Tensor:
    group = env.groups["actor"]
    start = 0
    for other, size in group.sizes.items():
        if other == name:
            break
        start += size
    return env.observation_groups["actor"][:, start : start + group.sizes[name]] / group.terms[name].scale
