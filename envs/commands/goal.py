"""A place to drive to, in a block of a warehouse that is furnished anew for every episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from ..layouts.follow import follow
from ..layouts.pieces import pieces_of
from ..layouts.pool import LayoutPool, PoolCfg
from ..masks import write
from ..rotations import from_yaw

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass
class GoalCommandCfg:
    """Goals whose way is `distance` m long, met within `reach` m.

    A waypoint `lookahead` m along the way leads there, as a global planner gives it: the way is planned on
    the map of the building, which shows racks and pillars, but not the pallets and drums that stand about.
    """

    distance: tuple[float, float] = (3.0, 16.0)
    reach: float = 0.3
    lookahead: float = 1.5
    pool: PoolCfg = field(default_factory=PoolCfg)

    def build(self, env: GaitwayVectorEnv) -> GoalCommand:
        """Goals for `env`."""
        return GoalCommand(env, self)


class GoalCommand:
    """Per world: the furniture of this episode, where it starts, its goal and the way there.

    `goal` (num_envs, 2) is in m in the world; `shortest` (num_envs,) is the length in m of the shortest way
    from the start to where the goal is met. The layouts are drawn from the env's generator at the first
    reset, and again after `redraw_layouts`.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: GoalCommandCfg) -> None:
        self._env, self.cfg = env, cfg
        self._pieces = pieces_of(env.model)
        self._pool: LayoutPool | None = None
        self._which = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._last_way = torch.zeros(env.num_envs, device=env.device)
        self._way = self._last_way, torch.zeros(env.num_envs, 2, device=env.device)
        self._followed_at = -1
        self.goal = torch.zeros(env.num_envs, 2, device=env.device)
        self.start = torch.zeros(env.num_envs, 2, device=env.device)
        self.start_quat = from_yaw(torch.zeros(env.num_envs, device=env.device))
        self.shortest = torch.zeros(env.num_envs, device=env.device)

    @property
    def pool(self) -> LayoutPool:
        """The layouts that episodes draw from."""
        if self._pool is None:
            seed = int(self._env.uniform((1,)).item() * 2**24)
            self._pool = LayoutPool(self._pieces, self.cfg.pool, seed, self._env.device)
        return self._pool

    @property
    def distance(self) -> torch.Tensor:
        """Distance to the goal as the crow flies in m, (num_envs,)."""
        return (self.goal - self._env.state.root_pos[:, :2]).norm(dim=-1)

    @property
    def reached(self) -> torch.Tensor:
        """Whether the goal is met, (num_envs,)."""
        return self.distance < self.cfg.reach

    @property
    def progress(self) -> torch.Tensor:
        """How much shorter the way has become in this step, around everything in it, in m, (num_envs,)."""
        return self._last_way - self._follow()[0]

    @property
    def value(self) -> torch.Tensor:
        """Goal, then waypoint, in the heading frame: direction (x, y) and distance in m, (num_envs, 6)."""
        _, waypoint = self._follow()
        state = self._env.state
        position = state.root_pos[:, :2]
        seen = [in_heading_frame(point - position, state.heading) for point in (self.goal, waypoint)]
        return torch.cat(seen, dim=-1)

    def furniture(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (num_envs, nmocap, 3) and quaternions (num_envs, nmocap, 4) of the mocap bodies."""
        layout = self._which // self.cfg.pool.goals
        return self.pool.positions[layout], self.pool.quats[layout]

    def redraw_layouts(self) -> None:
        """Forget the layouts, so that the next reset draws others."""
        self._pool = None

    def reset(self, mask: torch.Tensor) -> None:
        """Draw a layout, a goal and a start at a random heading for the worlds in `mask` (num_envs,)."""
        pool = self.pool
        drawn = self._env.uniform((3, self._env.num_envs))
        which = (drawn[0] * len(pool.goals)).long()
        start = pool.draw_start(which, self.cfg.distance, drawn[1])
        write(self._which, mask, which)
        write(self.goal, mask, pool.goals[which])
        write(self.start, mask, start)
        write(self.start_quat, mask, from_yaw((2 * drawn[2] - 1) * torch.pi))
        way, _ = follow(pool, which, start, lookahead=0.0)
        write(self._last_way, mask, way)
        write(self.shortest, mask, (way - self.cfg.reach).clamp(min=0.0))
        self._followed_at = -1

    def step(self) -> None:
        """Remember the way that is left, for the progress of the next step."""
        self._last_way.copy_(self._follow()[0])

    def _follow(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Way and waypoint of now, worked out once for every reading of the state."""
        state = self._env.state
        if self._followed_at != state.readings:
            self._way = follow(self.pool, self._which, state.root_pos[:, :2], self.cfg.lookahead)
            self._followed_at = state.readings
        return self._way


def in_heading_frame(offset: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
    """Direction (x, y) and length of offsets (n, 2) in m in the world, seen at `heading` (n,); (n, 3)."""
    x, y = offset.unbind(-1)
    cos, sin = torch.cos(heading), torch.sin(heading)
    length = torch.hypot(x, y)
    scale = 1 / length.clamp(min=1e-3)
    return torch.stack(((cos * x + sin * y) * scale, (cos * y - sin * x) * scale, length), dim=-1)
