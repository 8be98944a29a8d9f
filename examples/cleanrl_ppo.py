"""PPO in one file, in the manner of CleanRL; of Gaitway there is nothing in it but an environment's name.

    python examples/cleanrl_ppo.py --task Gaitway/AmrNavigation-v0

It speaks Gymnasium's vector API and no more: a place to start an algorithm of your own. For policies, use
`gaitway train`: it is faster, and what it writes can be evaluated, exported and run on a robot.
"""

from __future__ import annotations

import argparse

import gymnasium
import torch
from torch import nn
from torch.distributions import Normal

STEPS, EPOCHS, MINIBATCHES = 24, 5, 4
GAMMA, LAMBDA, CLIP, LEARNING_RATE = 0.98, 0.95, 0.2, 1e-3


class Agent(nn.Module):
    """An actor, a critic, and one standard deviation per action."""

    def __init__(self, observations: int, actions: int) -> None:
        super().__init__()
        self.actor, self.critic = _network(observations, actions), _network(observations, 1)
        self.log_std = nn.Parameter(torch.full((actions,), -0.7))

    def policy(self, observation: torch.Tensor) -> Normal:
        """The distribution that actions are drawn from."""
        return Normal(self.actor(observation), self.log_std.exp())

    def value(self, observation: torch.Tensor) -> torch.Tensor:
        """What the critic expects from here on."""
        return self.critic(observation).squeeze(-1)


def _network(inputs: int, outputs: int) -> nn.Sequential:
    last = nn.Linear(64, outputs)
    nn.init.orthogonal_(last.weight, 0.01)
    return nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last)


def train(task: str, num_envs: int, iterations: int, seed: int) -> list[float]:
    """Train, and return the mean reward of a step in each iteration."""
    torch.manual_seed(seed)
    envs = gymnasium.make_vec(task, num_envs=num_envs)
    sizes = envs.single_observation_space.shape[0], envs.single_action_space.shape[0]  # type: ignore[index]
    agent = Agent(*sizes)
    optimizer = torch.optim.Adam(agent.parameters(), LEARNING_RATE)
    observation, _ = envs.reset(seed=seed)
    history: list[float] = []
    for _ in range(iterations):
        observations, actions = torch.zeros(STEPS, num_envs, sizes[0]), torch.zeros(STEPS, num_envs, sizes[1])
        log_probs, values, rewards, ends = torch.zeros(4, STEPS, num_envs)
        with torch.no_grad():
            for step in range(STEPS):
                policy = agent.policy(observation)
                observations[step], values[step] = observation, agent.value(observation)
                actions[step] = policy.sample()
                log_probs[step] = policy.log_prob(actions[step]).sum(-1)
                observation, reward, terminated, truncated, info = envs.step(actions[step])
                rewards[step], ends[step] = reward, (terminated | truncated).float()
                if truncated.any():  # only the clock ended those: they would have gone on to earn
                    rewards[step] += GAMMA * agent.value(info["final_obs"]) * (truncated & ~terminated)
                history.append(float(reward.mean()))
            advantages, advantage, following = torch.zeros_like(values), 0.0, agent.value(observation)
            for step in reversed(range(STEPS)):
                goes_on = 1.0 - ends[step]
                delta = rewards[step] + GAMMA * goes_on * following - values[step]
                advantage = advantages[step] = delta + GAMMA * LAMBDA * goes_on * advantage
                following = values[step]
        batch = [t.flatten(0, 1) for t in (observations, actions, log_probs, advantages, advantages + values)]
        for _ in range(EPOCHS):
            for rows in torch.randperm(STEPS * num_envs).chunk(MINIBATCHES):
                _descend(agent, optimizer, *(tensor[rows] for tensor in batch))
    envs.close()
    return [sum(history[i : i + STEPS]) / STEPS for i in range(0, len(history), STEPS)]


def _descend(
    agent: Agent,
    optimizer: torch.optim.Optimizer,
    observations: torch.Tensor,
    actions: torch.Tensor,
    old_log_probs: torch.Tensor,
    advantages: torch.Tensor,
    returns: torch.Tensor,
) -> None:
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    ratio = (agent.policy(observations).log_prob(actions).sum(-1) - old_log_probs).exp()
    gain = torch.minimum(ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages).mean()
    error = (agent.value(observations) - returns).square().mean()
    optimizer.zero_grad()
    (error - gain).backward()
    nn.utils.clip_grad_norm_(agent.parameters(), 1.0)
    optimizer.step()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="PPO in one file on one of Gaitway's environments.")
    parser.add_argument("--task", default="Gaitway/AmrNavigation-v0")
    parser.add_argument("--num-envs", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for iteration, mean in enumerate(train(options.task, options.num_envs, options.iterations, options.seed)):
        print(f"iteration {iteration:4d}   mean reward of a step {mean:.4f}")
