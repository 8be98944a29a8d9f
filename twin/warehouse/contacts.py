"""Whether a vehicle touches anything or nearly hits somebody, by the truth: what must never be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...perception.activity.incidents import NEAR_MISS
from ..journal.journal import Journal
from .mishaps import Lying
from .people import Crowd
from .vehicles import HALF_LENGTH, HALF_WIDTH, Vehicles
from .work import name_of

_PERSON = 0.20  # m, half of a person's depth
_TRUCK = 0.75
_FLAT = 0.05  # m up to which what lies can be driven over
_FAR, _FAST = 3.0, 0.5  # m, m/s


class Contacts:
    """Looks for contacts, and writes each down once.

    Attributes:
        count: so far.
        near_misses: of people and vehicles that moved, so far.
        closest: least distance to a person so far, m.
        astray: most that a vehicle was from where it took itself to be so far, m.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._touching: set[tuple[int, str]] = set()
        self._near: set[tuple[int, str]] = set()
        self.count, self.near_misses, self.closest, self.astray = 0, 0, np.inf, 0.0

    def step(
        self, time: float, vehicles: Vehicles, crowd: Crowd, kinds: list[str], lying: list[Lying]
    ) -> None:
        """Look at `time` in s."""
        off = np.linalg.norm(vehicles.position - vehicles.true_position, axis=1)
        self.astray = max(self.astray, float(off.max()))
        touching: set[tuple[int, str]] = set()
        nearly: set[tuple[int, str]] = set()
        lying = [one for one in lying if one.shape.height > _FLAT]
        things = [one.position[None] for one in lying]
        others = np.concatenate([crowd.position, vehicles.true_position, *things])
        names = [f"{kind}_{k:02d}" for k, kind in enumerate(kinds)]
        names += [name_of(k) for k in range(len(vehicles))] + [f"{one.cfg.kind}" for one in lying]
        radius = np.array(
            [_PERSON if kind == "worker" else _TRUCK for kind in kinds]
            + [HALF_WIDTH] * len(vehicles)
            + [one.radius * 0.7 for one in lying]
        )
        for k in range(len(vehicles)):
            off = others - vehicles.true_position[k]
            near = np.flatnonzero(np.abs(off).max(axis=1) < _FAR)
            c, s = np.cos(vehicles.true_yaw[k]), np.sin(vehicles.true_yaw[k])
            along = np.abs(off[near] @ [c, s]) - HALF_LENGTH
            aside = np.abs(off[near] @ [-s, c]) - HALF_WIDTH
            gap = np.hypot(np.maximum(along, 0.0), np.maximum(aside, 0.0)) - radius[near]
            for n, distance in zip(near.tolist(), gap.tolist(), strict=True):
                if names[n] == name_of(k):
                    continue
                if names[n].startswith("worker"):
                    self.closest = min(self.closest, distance)
                    if distance < NEAR_MISS and vehicles.speed[k] > _FAST:
                        nearly.add((k, names[n]))
                if distance < 0:
                    touching.add((k, names[n]))
        for k, other in sorted(touching - self._touching):
            x, y = vehicles.true_position[k].tolist()
            self._journal.event(time, "contact", actor=name_of(k), other=other, at=(x, y))
            self.count += 1
        self.near_misses += len(nearly - self._near)
        self._touching, self._near = touching, nearly

    def state(self) -> dict[str, Any]:
        """What was counted, and who touches whom now, for a checkpoint."""
        return {
            "count": self.count, "near_misses": self.near_misses, "closest": float(self.closest),
            "astray": self.astray, "touching": sorted(self._touching), "near": sorted(self._near),
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        self.count, self.near_misses, self.closest, self.astray = (
            state[name] for name in ("count", "near_misses", "closest", "astray")
        )
        self._touching, self._near = (
            {(int(k), str(other)) for k, other in state[name]} for name in ("touching", "near")
        )
