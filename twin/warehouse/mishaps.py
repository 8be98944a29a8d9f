"""What goes wrong in a run: things fall into aisles, vehicles break down, cameras fail. Nobody is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..ceiling.mishaps import FALLING
from ..ceiling.shapes import Shape
from .network import Network
from .scenario import MishapCfg

_CLEAR_OF = 2.0  # m from the middle of anybody within which nothing falls
_SPARE = 2  # things of each kind that may be added
_MIDDLE = 4  # vertices from the ends of an aisle within which nothing falls


@dataclass(eq=False)
class Lying:
    """A thing that lies about from `start` to `end` s; or will, if `start` is not yet.

    Attributes:
        cfg: as the scenario says. shape: how it looks.
        position: (2,) m, yaw: rad, once it lies.
        happened: time at which it fell, s.
    """

    cfg: MishapCfg
    shape: Shape
    place: str
    position: np.ndarray
    yaw: float
    happened: float | None = None

    def lies(self, time: float) -> bool:
        """Whether it lies there at `time` in s."""
        return self.happened is not None and time < self.happened + self.cfg.lasts

    @property
    def radius(self) -> float:
        """m about its middle."""
        return float(np.linalg.norm(self.shape.size) / 2)


@dataclass(eq=False)
class Failure:
    """Vehicle or camera `number` fails from `happened` on."""

    cfg: MishapCfg
    number: int
    happened: float | None = None

    def lasts(self, time: float) -> bool:
        """Whether it is out of order at `time` in s."""
        return self.happened is not None and time < self.happened + self.cfg.lasts


class Mishaps:
    """All of one run.

    Args:
        mishaps: that the scenario has.
        network: whose aisles things fall into.
        vehicles, cameras: names of those that may fail.
        rng: source of chance.

    Attributes:
        lying: what falls or fell. Two of each kind are kept for those that are added later.
        broken: vehicles that break down. blind: cameras that fail.

    Raises:
        ValueError: a place, vehicle or camera that is named is not there.
    """

    def __init__(
        self,
        mishaps: Sequence[MishapCfg],
        network: Network,
        vehicles: list[str],
        cameras: list[str],
        rng: np.random.Generator,
    ) -> None:
        self._network, self._rng = network, rng
        self.lying = [_falling(cfg, network, rng) for cfg in mishaps if cfg.kind in FALLING]
        self.broken = [
            Failure(cfg, _one_of(cfg, vehicles, rng)) for cfg in mishaps if cfg.kind == "failed_amr"
        ]
        self.blind = [
            Failure(cfg, _one_of(cfg, cameras, rng)) for cfg in mishaps if cfg.kind == "blind_camera"
        ]
        never = [MishapCfg(kind, np.inf) for kind in FALLING for _ in range(_SPARE)]
        self._spare = [_falling(cfg, network, rng) for cfg in never]
        self.lying += self._spare

    def let_fall(self, cfg: MishapCfg) -> None:
        """Let something fall that the scenario does not have.

        Raises:
            ValueError: nothing of the kind falls, or nothing is left of it, or the place is not there.
        """
        left = [one for one in self._spare if one.cfg.kind == cfg.kind and one.happened is None]
        if not left:
            kinds = ", ".join(FALLING)
            raise ValueError(f"No {cfg.kind} is left that could fall; two of each of {kinds} are there.")
        one, like = left[0], _falling(cfg, self._network, self._rng)
        one.cfg, one.place, one.position, one.yaw = cfg, like.place, like.position, like.yaw

    def step(self, time: float, others: np.ndarray) -> list[Lying | Failure]:
        """What happens at `time` in s, with everybody else at (n, 2) in m."""
        happened: list[Lying | Failure] = []
        for mishap in (*self.lying, *self.broken, *self.blind):
            if mishap.happened is not None or time < mishap.cfg.at:
                continue
            if isinstance(mishap, Lying) and len(others):
                gap = np.linalg.norm(others - mishap.position, axis=1).min() - mishap.radius
                if gap < _CLEAR_OF:
                    continue
            mishap.happened = time
            happened.append(mishap)
        return happened

    def state(self) -> dict[str, Any]:
        """What has happened, and what was added, for a checkpoint."""
        lying = [
            {"cfg": asdict(one.cfg), "place": one.place, "position": one.position.tolist(), "yaw": one.yaw}
            for one in self.lying
        ]
        happened = [one.happened for one in (*self.lying, *self.broken, *self.blind)]
        return {"lying": lying, "happened": happened, "rng": self._rng.bit_generator.state}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state` of the same scenario."""
        for one, kept in zip(self.lying, state["lying"], strict=True):
            one.cfg, one.place, one.yaw = MishapCfg(**kept["cfg"]), kept["place"], kept["yaw"]
            one.position = np.array(kept["position"])
        for one, happened in zip((*self.lying, *self.broken, *self.blind), state["happened"], strict=True):
            one.happened = happened
        self._rng.bit_generator.state = state["rng"]


def _falling(cfg: MishapCfg, network: Network, rng: np.random.Generator) -> Lying:
    names = list(network.aisles)
    aisle = names[_one_of(cfg, names, rng)]
    inner = network.aisles[aisle][_MIDDLE:-_MIDDLE]
    vertex = int(rng.choice(inner))
    middle = float(network.at[network.aisles[aisle], 0].mean())
    aside = 0.0 if cfg.kind == "blocked_aisle" else float(rng.uniform(-0.6, 0.6))
    place = np.array([middle + aside, network.at[vertex, 1]])
    return Lying(cfg, FALLING[cfg.kind](rng), aisle, place, float(rng.uniform(-0.3, 0.3)))


def _one_of(cfg: MishapCfg, names: list[str], rng: np.random.Generator) -> int:
    """Number of the one that is named, or of any."""
    if not cfg.place:
        return int(rng.integers(len(names)))
    if cfg.place not in names:
        shown = ", ".join(names[:3])
        raise ValueError(
            f"incident {cfg.kind}: place = '{cfg.place}' is not there; known are {shown} and so on."
        )
    return names.index(cfg.place)
