"""The Gymnasium vector environment: worlds + task, torch in and torch out."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from .check_cfg import check_cfg
from .config import EnvCfg
from .episode_log import EpisodeLog
from .first_steps import check_first_steps
from .foot_steps import FootSteps
from .managers.action import ActionManager
from .managers.curriculum import CurriculumManager
from .managers.event import EventManager
from .managers.observation import ObservationManager
from .managers.reward import RewardManager
from .managers.termination import TerminationManager
from .masks import write
from .measurements import Measurements
from .model import compile_model, make_world
from .one_thread import one_thread
from .robot_state import RobotState
from .step_graph import StepGraph
from .terrain.field import Terrain, TerrainField


class GaitwayVectorEnv(VectorEnv):
    """N worlds of one task behind Gymnasium's vector API, with `SAME_STEP` autoreset.

    Observations are the actor's group, float32 (num_envs, size), what a real robot can measure. The
    critic's group is in `observation_groups["critic"]`. Finished episodes leave their last observation in
    `info["final_obs"]` (rows marked by `info["_final_obs"]`).

    Attributes:
        keeps_final_obs: whether they do; a learner that has no use for them saves a second observation.
        never_waits: whether a step leaves it to the device which worlds end, are pushed or commanded anew, so
            that the host need not wait for a GPU. A CPU rather asks whether there are any, and saves work.
        graph: repeats a recorded step on a GPU; None on a CPU.

    Args:
        cfg: the task.
        num_envs: number of worlds, at least 1.
        device: `cpu` (threads) or a CUDA device (mujoco_warp); `warp` is mujoco_warp on the CPU: a slow
            second opinion; `isaacsim` is Isaac Sim, where it is installed.
        threads: CPU threads, 0 for all; the result does not depend on it.
        noise: add the sensor noise of the config.
        render_mode: `rgb_array` for pictures by `render`.

    Raises:
        ValueError: `num_envs` < 1, there is no such device, a number of the config cannot be, the robot
            lacks what the task needs, or it explodes within its first steps.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(
        self,
        cfg: EnvCfg,
        num_envs: int = 1,
        device: str = "cpu",
        threads: int = 0,
        noise: bool = True,
        render_mode: str | None = None,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}; an environment needs at least 1 world.")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"There is no render_mode '{render_mode}'; there is 'rgb_array'.")
        check_cfg(cfg)
        self.cfg = cfg
        self.num_envs = num_envs
        self.render_mode = render_mode
        self._snapshots: Any = None
        self.device = _find_device(device)
        self.noise = noise
        self.step_dt = cfg.sim.timestep * cfg.sim.decimation
        self.max_episode_length = round(cfg.episode_s / self.step_dt)
        self.metadata = {**self.metadata, "render_fps": round(1 / self.step_dt)}
        self.never_waits = self.device.type == "cuda"
        self.graph: StepGraph | None = None
        self.keeps_final_obs = True
        self.generator = torch.Generator(device=self.device)
        self.generator.seed()

        field = TerrainField(cfg.terrain) if cfg.terrain is not None else None
        self.terrain = Terrain(field, num_envs, self.device) if field is not None else None
        self.model = compile_model(cfg, terrain=field)
        check_first_steps(self.model, cfg)
        self.world = make_world(cfg, self.model, num_envs, device, threads)
        self.state = self._robot_state()
        self.episode_length = torch.zeros(num_envs, dtype=torch.long, device=self.device)
        self.terminated = torch.zeros(num_envs, dtype=torch.bool, device=self.device)
        self.started = False
        self.steps = FootSteps(num_envs, len(self.state.feet), self.step_dt, self.device)
        self.measurements = Measurements(self, cfg.noise)
        self.command: Any = cfg.commands.build(self)
        self.actions = ActionManager(self)
        self.curricula = CurriculumManager(self, cfg.curricula)
        self.rewards = RewardManager(self, cfg.rewards)
        names = [f"reward/{name}" for name in self.rewards.terms]
        self._log = EpisodeLog([*names, "episode/length_s"], self.device)
        self.terminations = TerminationManager(self, cfg.terminations)
        self.events = EventManager(self, cfg.events)
        self.groups = {
            name: ObservationManager(self, terms, name)
            for name, terms in (("actor", cfg.actor), ("critic", cfg.critic))
        }
        self.observation_groups: dict[str, torch.Tensor] = {}
        self._define_spaces()
        self.events.startup()
        self._try_terms()
        if self.device.type == "cuda":
            from .cuda_capture import CudaCapture  # loads Warp

            self.graph = StepGraph(self, CudaCapture)

    def _robot_state(self) -> RobotState:
        try:
            ground = self.terrain.height if self.terrain is not None else None
            return RobotState(self.model, self.world, self.cfg.keyframe, self.cfg.actions.joints, ground)
        except ValueError as error:
            raise ValueError(f"{self.cfg.robot}: {error}") from error

    @torch.no_grad()
    def _try_terms(self) -> None:
        """Let terms that the robot does not fit say so now, not after a training has made its folder."""
        self.terminations.compute()
        self.rewards.compute()
        self.rewards.episode_sums.zero_()

    def _define_spaces(self) -> None:
        clip = self.cfg.actions.clip
        self.single_observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (self.groups["actor"].size,))
        self.single_action_space = gymnasium.spaces.Box(-clip, clip, (self.actions.size,))
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Draw from [0, 1) with the env's one generator."""
        return torch.rand(shape, generator=self.generator, device=self.device)

    def some(self, mask: torch.Tensor) -> bool:
        """Whether there may be worlds in `mask` (num_envs,): true on a GPU, which nobody waits for."""
        return self.never_waits or bool(mask.any())

    def take_log(self) -> dict[str, float]:
        """Means over the episodes that ended since the last call; empty if none did. Waits for a GPU.

        `reward/*` are per second, `episode/length_s` is in s, and `curriculum/*` is as of now.
        """
        log = self._log.take()
        return log and log | {f"curriculum/{name}": float(x) for name, x in self.curricula.reports.items()}

    @torch.no_grad()
    @one_thread()
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Reset every world; with `seed`, everything drawn from here on repeats."""
        super().reset(seed=seed)
        if seed is not None:
            self.generator.manual_seed(seed)
            self.events.startup()
        self.started = False
        if self.graph is not None:
            self.graph.discard()
        everywhere = torch.ones(self.num_envs, dtype=torch.bool, device=self.device)
        self._reset_worlds(everywhere)
        self.started = True
        self._log.clear()
        self._observe(everywhere)
        return self.observation_groups["actor"], {}

    @torch.no_grad()
    @one_thread()
    def step(
        self, actions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Advance every world by `step_dt` s; see `gymnasium.vector.VectorEnv.step`.

        `actions` (num_envs, joints) are clipped to the action space; NaN counts as 0.
        """
        actions = torch.as_tensor(actions, dtype=torch.float32, device=self.device)
        return self.step_eagerly(actions) if self.graph is None else self.graph.step(actions)

    def step_eagerly(
        self, actions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """`step` with each of its operations asked for by the host; what `graph` records."""
        self.actions.apply(actions)
        diverged = self.actions.advance()
        self.state.refresh()
        if self.state.feet:
            self.steps.update(self.state.feet_contact)
        self.episode_length += 1
        self.terminated, truncated = self.terminations.compute()
        self.terminated |= diverged
        reward = self.rewards.compute()
        self.command.step()
        if self.events.step():
            self.state.refresh()  # so that pushes are seen at once, whether or not some world is reset
        info = self._finish_episodes(self.terminated | truncated)
        return self.observation_groups["actor"], reward, self.terminated, truncated, info

    def _finish_episodes(self, ended: torch.Tensor) -> dict[str, Any]:
        """Observe, reset the worlds whose episode ended, and return the info of this step."""
        if not self.some(ended):
            self._observe()
            return {}
        if not self.keeps_final_obs:
            self._reset_worlds(ended)
            self._observe(ended)
            return {}
        self._observe()
        final = self.observation_groups
        self._reset_worlds(ended)
        self.measurements.restart(ended)
        self._compute_groups()
        return {"final_obs": final["actor"], "_final_obs": ended, "final_groups": final}

    def _reset_worlds(self, mask: torch.Tensor) -> None:
        """Note how the episodes of the worlds in `mask` went, and begin new ones."""
        seconds = self.episode_length[:, None] * self.step_dt
        self._log.add(mask, torch.cat((self.rewards.episode_sums / self.cfg.episode_s, seconds), dim=1))
        self.rewards.reset(mask)
        self.curricula.update(mask)
        write(self.episode_length, mask, 0)
        self.command.reset(mask)
        self.actions.reset(mask)
        self.steps.reset(mask)
        self.events.reset(mask)
        self.state.refresh()

    def _observe(self, started: torch.Tensor | None = None) -> None:
        self.measurements.refresh(started)
        self._compute_groups()

    def _compute_groups(self) -> None:
        self.observation_groups = {name: group.compute() for name, group in self.groups.items()}

    def render(self) -> tuple[np.ndarray, ...] | None:
        """A picture of every world, uint8 (240, 320, 3) each; None without `render_mode`."""
        if self.render_mode is None:
            return None
        if self._snapshots is None:
            from .snapshots import Snapshots  # loads the ray tracer, which most envs never need

            self._snapshots = Snapshots(self.cfg)
        names = ("qpos", "mocap_pos", "mocap_quat")
        states = (self.world.view(name).double().cpu().numpy() for name in names)
        pictures = []
        for qpos, *furniture in zip(*states, strict=True):
            self._snapshots.place_mocap(*furniture)
            pictures.append(self._snapshots.draw(qpos))
        return tuple(pictures)

    def close_extras(self, **kwargs: Any) -> None:
        """Nothing to release: the worlds go with the object."""


def _find_device(name: str) -> torch.device:
    if name in ("warp", "isaacsim"):
        return torch.device("cpu")
    found = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if name != "cpu" and name not in found and not (name == "cuda" and found):
        raise ValueError(
            f"There is no device '{name}'; there is cpu and {', '.join(found) or 'no CUDA device'}."
        )
    return torch.device(name)
