"""A bundle as a policy of the evaluation: what is scored is the code and the files that ship."""

from __future__ import annotations

from pathlib import Path

import torch

from ..deploy_jetson.contract import BundleError
from ..deploy_jetson.golden import first_difference
from ..deploy_jetson.policy import Policy
from ..envs.vector_env import GaitwayVectorEnv
from .describe import describe
from .reading import as_numpy, reading_of


class EdgePolicy:
    """Actions by the edge runtime's observation builder, clock and ONNX Runtime, from raw measurements.

    Beyond sensors and command it takes from the env the phase at which an episode starts, and the external
    observations that the contract names.

    Raises:
        BundleError: the bundle is bad, or was made for another task, robot or action scaling than `env`.
    """

    def __init__(self, bundle: Path, env: GaitwayVectorEnv) -> None:
        self.policy = Policy.load(bundle)
        self._require_same_task(bundle, env)
        self.policy.reset(env.num_envs)

    def __call__(self, env: GaitwayVectorEnv) -> torch.Tensor:
        """Actions (num_envs, joints) for an env that has just been observed."""
        contract, builder = self.policy.contract, self.policy.builder
        started = as_numpy((env.episode_length == 0).nonzero().flatten())
        phase = None if builder.clock is None else as_numpy(env.command.phase)[started]
        builder.reset_rows(started, phase)
        reading = reading_of(env, [term.name for term in contract.external])
        command = None if contract.commands is None else as_numpy(env.command.value)
        return torch.from_numpy(self.policy.actions(reading, command)).to(env.device)

    def _require_same_task(self, bundle: Path, env: GaitwayVectorEnv) -> None:
        """Compare what acting depends on; ranges and solver options may differ in an evaluation."""
        trained = self.policy.contract.facts()
        present = describe(env, self.policy.contract.provenance).facts()
        for name in ("task", "joints", "observations", "timing", "gait_clock"):
            field = first_difference(trained[name], present[name], f"{name}.")
            if field is not None:
                raise BundleError(f"{bundle}: its {field} is not what this task has; export it again.")
