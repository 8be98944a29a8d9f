"""A fleet of AMRs behind PettingZoo's parallel API; needs `pip install pettingzoo`."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import torch
from pettingzoo import ParallelEnv

from .. import rotations
from ..commands.goal import in_heading_frame
from ..layouts.follow import follow
from ..layouts.pieces import pieces_of
from ..layouts.pool import LayoutPool
from ..sensors.footprint import Footprint
from ..sensors.lidar import Lidar
from ..tasks.warehouse_fleet import FleetCfg, compile_fleet, parking_place
from ..threaded_world import ThreadedWorld

_WHEEL_SPEED_SCALE = 0.05  # of the observation, as in Gaitway/AmrNavigation-v0
_FARTHEST_GOAL = 10.0
_TOUCH = 0.01  # m; a gap that counts as a collision
_ONE = torch.ones(1, dtype=torch.bool)


class WarehouseFleet(ParallelEnv[str, np.ndarray, np.ndarray]):
    """`Gaitway/WarehouseFleet-v0`: agents `amr_0`, `amr_1`, ... in one block, a goal each.

    An agent sees and does what the robot of `Gaitway/AmrNavigation-v0` does; its lidar sees the others, too.
    It is paid its progress along the shortest way in m, and once for arriving or for a collision, either of
    which ends its episode: it is then taken out of the block. `infos` say `reached` and `collision`.
    """

    metadata = {"name": "Gaitway/WarehouseFleet-v0", "render_modes": []}  # noqa: RUF012

    def __init__(self, cfg: FleetCfg | None = None, noise: bool = True) -> None:
        self.cfg = cfg or FleetCfg()
        self.noise = noise
        self.possible_agents = [prefix.rstrip("_") for prefix in self.cfg.prefixes]
        self.agents: list[str] = []
        self._generator = torch.Generator()
        self._generator.seed()
        self._pool: LayoutPool | None = None
        self.model = compile_fleet(self.cfg)
        self.world = ThreadedWorld(self.model, 1, 1)
        self._pieces = pieces_of(self.model)
        prefixes = self.cfg.prefixes
        self._lidars = [Lidar(self.model, self.world, self.cfg.lidar_of(prefix)) for prefix in prefixes]
        self._footprints = [Footprint(self.model, self.world, f"{prefix}hull") for prefix in prefixes]
        bases = [self.model.body(f"{prefix}base") for prefix in prefixes]
        self._qpos_at = [int(self.model.jnt_qposadr[base.jntadr[0]]) for base in bases]
        self._wheel_dofs = [
            [int(self.model.joint(f"{p}{side}_wheel_joint").dofadr[0]) for side in ("left", "right")]
            for p in prefixes
        ]
        self._gyros = [int(self.model.sensor(f"{prefix}imu_gyro").adr[0]) for prefix in prefixes]
        self._last_actions = torch.zeros(len(prefixes), self.model.nu // len(prefixes))
        self._goals = torch.zeros(len(prefixes), dtype=torch.long)
        self._ways = torch.zeros(len(prefixes))
        self._steps = 0
        size = 3 + 3 + 2 + 3 + 2 + self.cfg.lidar.sectors * len(self.cfg.lidar.elevations)
        self._observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (size,))
        self._action_space = gymnasium.spaces.Box(-1.0, 1.0, (2,))

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Goal (3), waypoint (3), wheel speeds (2), gyroscope (3), last action (2), lidar."""
        return self._observation_space

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """Speeds of the left and right wheel as shares of the fastest."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Furnish the block anew and start every robot; with `seed`, what follows repeats."""
        if seed is not None:
            self._generator.manual_seed(seed)
            self._pool = None
        if self._pool is None:
            drawn = int(torch.randint(2**31, (1,), generator=self._generator))
            self._pool = LayoutPool(self._pieces, self.cfg.pool, drawn, torch.device("cpu"))
        self.agents = list(self.possible_agents)
        self._steps = 0
        self._last_actions.zero_()
        self._place(self._draw_starts())
        self._ways, self._waypoints = self._follow()
        return self._observe(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, np.ndarray]
    ) -> tuple[
        dict[str, np.ndarray], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
    ]:
        """Drive every agent that is left for one control period; see `pettingzoo.ParallelEnv.step`."""
        for agent, action in actions.items():
            wheels = torch.nan_to_num(torch.as_tensor(action, dtype=torch.float32), nan=0.0)
            self._last_actions[self._index(agent)] = wheels.clamp(-1.0, 1.0)
        self.world.set_ctrl(self.cfg.wheel_speed * self._last_actions.reshape(1, -1))
        self.world.step(self.cfg.sim.decimation)
        self._steps += 1
        before = self._ways
        self._ways, self._waypoints = self._follow()
        distance = (self._pool_goals() - self._positions()).norm(dim=-1)
        rewards, ended, infos = {}, {}, {}
        for agent in self.agents:
            i = self._index(agent)
            reached = bool(distance[i] < self.cfg.reach)
            collision = not reached and bool(self._footprints[i].clearance()[0] < _TOUCH)
            rewards[agent] = float(before[i] - self._ways[i])
            rewards[agent] += reached * self.cfg.arrival + collision * self.cfg.collision
            ended[agent] = reached or collision
            infos[agent] = {"reached": reached, "collision": collision}
        is_over = self._steps * self.cfg.sim.timestep * self.cfg.sim.decimation >= self.cfg.episode_s
        truncated = {agent: is_over and not ended[agent] for agent in self.agents}
        observations = self._observe()
        self._take_out([agent for agent in self.agents if ended[agent]])
        self.agents = [agent for agent in self.agents if not (ended[agent] or is_over)]
        return observations, rewards, ended, truncated, infos

    def _index(self, agent: str) -> int:
        return self.possible_agents.index(agent)

    def _draw_starts(self) -> torch.Tensor:
        """Choose a layout, goals and starts that are apart; returns the starts (robots, 3): x, y, yaw."""
        pool, cfg = self._pool, self.cfg
        assert pool is not None
        layout = int(torch.randint(cfg.layouts, (1,), generator=self._generator))
        candidates = layout * cfg.pool.goals + torch.randperm(cfg.pool.goals, generator=self._generator)
        goals = _apart(pool.goals[candidates], cfg.apart, cfg.robots)
        self._goals = candidates[goals]
        starts: list[torch.Tensor] = []
        for goal in self._goals.tolist():
            starts.append(self._draw_start(goal, starts))
        yaw = (2 * torch.rand(cfg.robots, 1, generator=self._generator) - 1) * torch.pi
        self._layout = layout
        return torch.cat((torch.stack(starts), yaw), dim=-1)

    def _draw_start(self, goal: int, others: list[torch.Tensor]) -> torch.Tensor:
        """A start (2,) for the robot with this goal, away from the `others` if one of 50 is."""
        pool = self._pool
        assert pool is not None
        which = torch.tensor([goal]).expand(50)
        starts = pool.draw_start(which, self.cfg.distance, torch.rand(50, generator=self._generator))
        if not others:
            return starts[0]
        gaps = torch.cdist(starts, torch.stack(others)).amin(1)
        return starts[(gaps >= self.cfg.apart).float().argmax()]

    def _place(self, starts: torch.Tensor) -> None:
        """Put all robots at `starts` (robots, 3) at rest, and the furniture where the layout has it."""
        qpos = torch.as_tensor(self.model.qpos0).float().clone()
        for at, (x, y, yaw) in zip(self._qpos_at, starts, strict=True):
            qpos[at : at + 2] = torch.stack((x, y))
            qpos[at + 3 : at + 7] = rotations.from_yaw(yaw[None])[0]
        self._set(qpos, torch.zeros(self.model.nv))

    def _set(self, qpos: torch.Tensor, qvel: torch.Tensor) -> None:
        pool = self._pool
        assert pool is not None
        furniture = pool.positions[[self._layout]], pool.quats[[self._layout]]
        self.world.reset(_ONE, qpos[None], qvel[None], furniture)

    def _take_out(self, agents: list[str]) -> None:
        """Park robots whose episode has ended; the others keep their motion."""
        if not agents:
            return
        qpos, qvel = (self.world.view(name)[0].clone() for name in ("qpos", "qvel"))
        for agent in agents:
            i = self._index(agent)
            at, dof = self._qpos_at[i], 8 * i
            qpos[at : at + 2] = torch.tensor(parking_place(i)[:2])
            qvel[dof : dof + 8] = 0.0
            self._last_actions[i] = 0.0
        self._set(qpos, qvel)

    def _positions(self) -> torch.Tensor:
        qpos = self.world.view("qpos")[0].float()
        return torch.stack([qpos[at : at + 2] for at in self._qpos_at])

    def _headings(self) -> torch.Tensor:
        qpos = self.world.view("qpos")[0].float()
        return rotations.yaw(torch.stack([qpos[at + 3 : at + 7] for at in self._qpos_at]))

    def _pool_goals(self) -> torch.Tensor:
        assert self._pool is not None
        return self._pool.goals[self._goals]

    def _follow(self) -> tuple[torch.Tensor, torch.Tensor]:
        assert self._pool is not None
        return follow(self._pool, self._goals, self._positions(), self.cfg.lookahead)

    def _observe(self) -> dict[str, np.ndarray]:
        position, heading = self._positions(), self._headings()
        goal = in_heading_frame(self._pool_goals() - position, heading)
        goal[:, 2] = (goal[:, 2] / _FARTHEST_GOAL).clamp(max=1.0)
        waypoint = in_heading_frame(self._waypoints - position, heading)
        qvel, sensors = (self.world.view(name)[0].float() for name in ("qvel", "sensordata"))
        observations = {}
        for agent in self.agents:
            i = self._index(agent)
            wheels = qvel[self._wheel_dofs[i]] * _WHEEL_SPEED_SCALE
            gyro = sensors[self._gyros[i] : self._gyros[i] + 3]
            ranges = self._lidars[i].read(self._generator if self.noise else None)[0].flatten()
            scan = ranges / self.cfg.lidar.max_range
            parts = (goal[i], waypoint[i], wheels, gyro, self._last_actions[i], scan)
            observations[agent] = torch.cat(parts).numpy()
        return observations


def _apart(points: torch.Tensor, least: float, count: int) -> torch.Tensor:
    """Indices of `count` of `points` (n, 2) at least `least` m apart, as far as there are so many."""
    chosen: list[int] = []
    for i in range(len(points)):
        if all((points[i] - points[k]).norm() >= least for k in chosen):
            chosen.append(i)
    rest = [i for i in range(len(points)) if i not in chosen]
    return torch.tensor((chosen + rest)[:count])
