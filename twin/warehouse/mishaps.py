"""What goes wrong in a run: things fall into aisles, people collapse, vehicles and cameras fail.

Nobody is told. What the twin is told of is in `notices.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..ceiling.cast import fallen
from ..ceiling.mishaps import FALLING
from ..ceiling.shapes import Shape
from .network import Network
from .people import Crowd
from .scenario import MishapCfg

_CLEAR_OF = 2.0  # m from the middle of anybody within which nothing falls
_SPARE = 2  # things of each kind that may be added
_MIDDLE = 4  # vertices from the ends of an aisle within which nothing falls


@dataclass(eq=False)
class Lying:
    """A thing or a person that lies about, or may.

    Attributes:
        cfg: as the scenario says. shape: how it looks.
        place: the aisle, or the name of the person.
        position: (2,) m, yaw: rad, once it lies.
        happened: time at which it fell, s.
        person: number in the crowd, None for a thing.
    """

    cfg: MishapCfg
    shape: Shape
    place: str
    position: np.ndarray
    yaw: float
    happened: float | None = None
    person: int | None = None

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
        crowd: how everybody on the floor looks, by name.
        rng: source of chance.

    Attributes:
        lying: what falls or fell. Two of each kind are kept for those that are added later, and all people.
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
        crowd: Mapping[str, Shape],
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
        self._people = [
            Lying(MishapCfg("person_down", np.inf), fallen(shape), name, np.zeros(2), 0.0, person=k)
            for k, (name, shape) in enumerate(crowd.items())
            if shape.kind == "worker"
        ]
        self.lying += [*self._spare, *self._people]
        for cfg in mishaps:
            if cfg.kind == "person_down":
                self.let_fall(cfg)

    def let_fall(self, cfg: MishapCfg) -> None:
        """Let something or somebody fall whom the scenario does not have.

        Raises:
            ValueError: nothing of the kind falls, or nothing is left of it, or the place is not there.
        """
        if cfg.kind == "person_down":
            self._let_collapse(cfg)
            return
        left = [one for one in self._spare if one.cfg.kind == cfg.kind and one.happened is None]
        if not left:
            kinds = ", ".join(FALLING)
            raise ValueError(f"No {cfg.kind} is left that could fall; two of each of {kinds} are there.")
        one, like = left[0], _falling(cfg, self._network, self._rng)
        one.cfg, one.place, one.position, one.yaw = cfg, like.place, like.position, like.yaw

    def _let_collapse(self, cfg: MishapCfg) -> None:
        left = [one for one in self._people if one.cfg.at == np.inf]
        if not left:
            raise ValueError("incident person_down: nobody is left who could fall; give more people.workers.")
        left[_one_of(cfg, [one.place for one in left], self._rng)].cfg = cfg

    def step(self, time: float, vehicles: np.ndarray, crowd: Crowd) -> list[Lying | Failure]:
        """What happens at `time` in s, with vehicles at (n, 2) in m."""
        happened: list[Lying | Failure] = []
        for mishap in (*self.lying, *self.broken, *self.blind):
            if mishap.happened is not None or time < mishap.cfg.at:
                continue
            if isinstance(mishap, Lying) and not _has_room(mishap, vehicles, crowd):
                continue
            mishap.happened = time
            happened.append(mishap)
        return happened

    def down(self, time: float, count: int) -> np.ndarray:
        """(count,) bool, who of the crowd lies on the floor at `time` in s."""
        down = np.zeros(count, bool)
        down[[one.person for one in self._people if one.person is not None and one.lies(time)]] = True
        return down

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


def _has_room(one: Lying, vehicles: np.ndarray, crowd: Crowd) -> bool:
    """Whether nobody is near where it is to lie; people collapse where they are."""
    others = crowd.position
    if one.person is not None:
        one.position, one.yaw = others[one.person].copy(), float(crowd.yaw[one.person])
        others = np.delete(others, one.person, axis=0)
    others = np.concatenate([vehicles, others])
    away = np.linalg.norm(others - one.position, axis=1)
    return not len(away) or bool(away.min() - one.radius >= _CLEAR_OF)


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
