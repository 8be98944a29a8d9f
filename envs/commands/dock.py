"""A pallet for a forklift to drive its tines into and to lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from .. import rotations
from ..free_body import free_joint
from ..masks import write

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass
class DockCommandCfg:
    """The scene's free body `pallet`, and the forks that belong into it.

    `reach` is where the tips of the tines are in front of the base frame and `half_length` where the pallet's
    face is before its middle, along X in m. The pallet is picked up with the tips `depth` m behind its face
    and its floor `height` m above where it stood.
    """

    pallet: str = "pallet"
    reach: float = 1.4
    half_length: float = 0.6
    depth: float = 0.9
    height: float = 0.15

    def build(self, env: GaitwayVectorEnv) -> DockCommand:
        """The pallets of `env`."""
        return DockCommand(env, self)


class DockCommand:
    """Per world, where the pallet is, seen from the forks, and how far the forks are in it.

    Along the pallet's axis, X of its frame, a truck drives in. All are (num_envs,), in m and rad.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: DockCommandCfg) -> None:
        self._env, self.cfg = env, cfg
        self.pallet_qpos, _ = free_joint(env, cfg.pallet)
        self._stood = env.state.default_qpos[self.pallet_qpos : self.pallet_qpos + 3]
        self.shortest = torch.zeros(env.num_envs, device=env.device)
        self._last = self._progress_of()

    @property
    def value(self) -> torch.Tensor:
        """The pallet's face from the tips, (num_envs, 4), in the heading frame.

        x, y in m, then cosine and sine of the angle from the forks to the pallet's axis.
        """
        heading = self._env.state.heading
        cos, sin = torch.cos(heading), torch.sin(heading)
        x, y = (self._face() - self._tips()).unbind(-1)
        turn = self._turn()
        return torch.stack((cos * x + sin * y, cos * y - sin * x, torch.cos(turn), torch.sin(turn)), dim=-1)

    @property
    def lateral(self) -> torch.Tensor:
        """How far left of the pallet's axis the tips are."""
        return self._in_pallet()[1]

    @property
    def turned(self) -> torch.Tensor:
        """Angle between the forks and the pallet's axis, at least 0."""
        return self._turn().abs()

    @property
    def depth(self) -> torch.Tensor:
        """How far the tips are behind the pallet's face along its axis, 0 before or beside the pallet."""
        along, left = self._in_pallet()
        return along.clamp(min=0.0) * (left.abs() < 0.1)

    @property
    def height(self) -> torch.Tensor:
        """How high the pallet is above where it stood."""
        return self._env.state.qpos[:, self.pallet_qpos + 2] - self._stood[2]

    @property
    def moved(self) -> torch.Tensor:
        """How far the pallet is from where it stood, in the plane."""
        return (self._pallet() - self._stood[:2]).norm(dim=-1)

    @property
    def tilt(self) -> torch.Tensor:
        """How far the pallet leans from level, as the sine of the angle."""
        quat = self._env.state.qpos[:, self.pallet_qpos + 3 : self.pallet_qpos + 7]
        return rotations.projected_gravity(quat)[:, :2].norm(dim=-1)

    @property
    def distance(self) -> torch.Tensor:
        """From the tips to where they are deep enough, as the crow flies."""
        along, left = self._in_pallet()
        return torch.hypot((self.cfg.depth - along).clamp(min=0.0), left)

    @property
    def reached(self) -> torch.Tensor:
        """Whether the pallet is picked up: the tines are in, and it is off the floor."""
        return (self.depth >= self.cfg.depth) & (self.height >= self.cfg.height)

    @property
    def gains(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What this step brought, m: less distance, more depth, and more height of a pallet on the forks."""
        nearer, deeper, higher = (self._progress_of() - self._last).unbind(-1)
        return nearer, deeper, higher

    def reset(self, mask: torch.Tensor) -> None:
        """The event that places the truck calls `start`: only then is it known where it stands."""

    def start(self, mask: torch.Tensor) -> None:
        """Episodes of the worlds in `mask` (num_envs,) begin at the state of now."""
        write(self.shortest, mask, self.distance)
        write(self._last, mask, self._progress_of())

    def step(self) -> None:
        """Remember what is reached, for the gains of the next step."""
        self._last.copy_(self._progress_of())

    def _progress_of(self) -> torch.Tensor:
        lifted = self.height.clamp(0.0, self.cfg.height) * (self.depth >= self.cfg.depth)
        return torch.stack((-self.distance, self.depth.clamp(max=self.cfg.depth), lifted), dim=-1)

    def _pallet(self) -> torch.Tensor:
        return self._env.state.qpos[:, self.pallet_qpos : self.pallet_qpos + 2]

    def _axis(self) -> torch.Tensor:
        """Heading of the pallet's axis in the world."""
        return rotations.yaw(self._env.state.qpos[:, self.pallet_qpos + 3 : self.pallet_qpos + 7])

    def _turn(self) -> torch.Tensor:
        difference = self._axis() - self._env.state.heading
        return torch.atan2(torch.sin(difference), torch.cos(difference))

    def _face(self) -> torch.Tensor:
        return self._pallet() - self.cfg.half_length * _direction(self._axis())

    def _tips(self) -> torch.Tensor:
        state = self._env.state
        return state.root_pos[:, :2] + self.cfg.reach * _direction(state.heading)

    def _in_pallet(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the middle of the tips is behind the pallet's face, along its axis and to its left."""
        axis = _direction(self._axis())
        x, y = (self._tips() - self._face()).unbind(-1)
        return axis[:, 0] * x + axis[:, 1] * y, axis[:, 0] * y - axis[:, 1] * x


def _direction(angle: torch.Tensor) -> torch.Tensor:
    return torch.stack((torch.cos(angle), torch.sin(angle)), dim=-1)
