"""What one iteration of PPO collects: a fixed number of steps of every world, in a few large tensors."""

from __future__ import annotations

import torch


class Rollout:
    """Steps of `num_envs` worlds: tensors (steps, num_envs, ...), with one step more for the critic.

    Each step is an `act` and then a `reward`; `finish` ends the rollout, and the next step begins another.
    """

    def __init__(self, steps: int, num_envs: int, sizes: dict[str, int], device: torch.device) -> None:
        def zeros(count: int, *size: int) -> torch.Tensor:
            return torch.zeros(count, num_envs, *size, device=device)

        self.steps, self.num_envs = steps, num_envs
        self.actor_obs = zeros(steps, sizes["actor"])
        self.critic_obs = zeros(steps + 1, sizes["critic"])
        self.actions, self.means = zeros(steps, sizes["action"]), zeros(steps, sizes["action"])
        self.rewards, self.dones, self.time_outs = zeros(steps), zeros(steps), zeros(steps)
        self._step = 0

    def act(self, groups: dict[str, torch.Tensor], means: torch.Tensor, actions: torch.Tensor) -> None:
        """What was seen, and what was done about it: means (num_envs, actions) and a sample around them."""
        self.actor_obs[self._step] = groups["actor"]
        self.critic_obs[self._step] = groups["critic"]
        self.means[self._step] = means
        self.actions[self._step] = actions

    def reward(self, rewards: torch.Tensor, dones: torch.Tensor, time_outs: torch.Tensor) -> None:
        """What came of it, (num_envs,) each; a time-out is one way to be done."""
        self.rewards[self._step] = rewards
        self.dones[self._step] = dones
        self.time_outs[self._step] = time_outs
        self._step += 1

    def finish(self, groups: dict[str, torch.Tensor]) -> None:
        """What was seen after the last step."""
        self.critic_obs[self._step] = groups["critic"]
        self._step = 0

    def advantages(self, values: torch.Tensor, gamma: float, lam: float) -> torch.Tensor:
        """Generalised advantages (steps, num_envs), from the critic's `values` (steps + 1, num_envs).

        Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (2016).
        An episode that only the clock ended would have gone on earning: the value of its last observation but
        one stands for that, as in rsl-rl.
        """
        goes_on = 1.0 - self.dones
        rewards = self.rewards + gamma * values[:-1] * self.time_outs
        advantages = rewards + gamma * goes_on * values[1:] - values[:-1]
        decay = gamma * lam * goes_on
        for step in range(self.steps - 2, -1, -1):
            advantages[step].addcmul_(decay[step], advantages[step + 1])
        return advantages
