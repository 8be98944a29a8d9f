"""A bundle as a policy of the evaluation: what is scored is the code and the files that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..deploy_jetson.contract import BundleError
from ..deploy_jetson.golden import first_difference
from ..deploy_jetson.observations import SensorReading
from ..deploy_jetson.policy import Policy
from ..envs.vector_env import GaitwayVectorEnv
from .describe import describe


class EdgePolicy:
    """Actions by the edge runtime's observation builder, clock and ONNX Runtime, from raw measurements.

    The only thing it takes from the env beyond sensors and command is the phase at which an episode starts.

    Raises:
        BundleError: the bundle is bad, or was made for another task, robot or action scaling than `env`.
    """

    def __init__(self, bundle: Path, env: GaitwayVectorEnv) -> None:
        self.policy = Policy.load(bundle)
        self._require_same_task(bundle, env)
        self.policy.reset(env.num_envs)

    def __call__(self, env: GaitwayVectorEnv) -> torch.Tensor:
        """Actions (num_envs, joints) for an env that has just been observed."""
        started = (env.episode_length == 0).nonzero().flatten().cpu().numpy()
        self.policy.builder.reset_rows(started, _numpy(env.command.phase)[started])
        sensors = env.measurements
        reading = SensorReading(
            _numpy(sensors.gyro), _numpy(sensors.quat), _numpy(sensors.joint_pos), _numpy(sensors.joint_vel)
        )
        return torch.from_numpy(self.policy.actions(reading, _numpy(env.command.value))).to(env.device)

    def _require_same_task(self, bundle: Path, env: GaitwayVectorEnv) -> None:
        """Compare what acting depends on; ranges and solver options may differ in an evaluation."""
        trained = self.policy.contract.facts()
        present = describe(env, self.policy.contract.provenance).facts()
        for name in ("task", "joints", "observations", "timing", "gait_clock"):
            field = first_difference(trained[name], present[name], f"{name}.")
            if field is not None:
                raise BundleError(f"{bundle}: its {field} is not what this task has; export it again.")


def _numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.cpu().numpy()
