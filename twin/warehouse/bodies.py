"""The bodies and senses of all AMRs: the first of them in physics and with sensors, the others without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...assets.warehouse.layout import Layout
from ...perception.scan.movers import Movers
from .kinematic import KinematicPlatforms, Told
from .platforms import Platforms
from .scanner import Bystanders
from .senses import Senses


class Bodies:
    """The bodies of n AMRs, of which the first `physical` are in physics. As `Platforms`, for all of them."""

    def __init__(self, position: np.ndarray, yaw: np.ndarray, period: float, physical: int) -> None:
        self._parts: list[Platforms | KinematicPlatforms] = []
        if physical:
            self._parts.append(Platforms(position[:physical], yaw[:physical], period))
        if physical < len(yaw):
            self._parts.append(KinematicPlatforms(position[physical:], yaw[physical:], period))
        self._counts = [physical, len(yaw) - physical] if len(self._parts) == 2 else [len(yaw)]

    @property
    def position(self) -> np.ndarray:
        """(n, 2) m."""
        return np.concatenate([part.position for part in self._parts])

    @property
    def yaw(self) -> np.ndarray:
        """(n,) rad."""
        return np.concatenate([part.yaw for part in self._parts])

    @property
    def speed(self) -> np.ndarray:
        """(n,) m/s along the floor."""
        return np.concatenate([part.speed for part in self._parts])

    def go(self, goal: np.ndarray, heading: np.ndarray, fastest: np.ndarray) -> None:
        """Drive for a tick towards goals (n, 2) m, then turn to headings (n,) rad; see `Platforms.go`."""
        ends = np.cumsum(self._counts)[:-1]
        shares = zip(*(np.split(array, ends) for array in (goal, heading, fastest)), strict=True)
        for part, share in zip(self._parts, shares, strict=True):
            part.go(*share)

    def state(self) -> list[dict[str, np.ndarray]]:
        """Of each part, for a checkpoint."""
        return [part.state() for part in self._parts]

    def restore(self, state: Sequence[Mapping[str, np.ndarray]]) -> None:
        """Go on from a `state` of as many AMRs."""
        for part, kept in zip(self._parts, state, strict=True):
            part.restore(kept)


class Minds:
    """What n AMRs know; the first `sensing` of them by their own sensors. As `Senses`, for all of them."""

    def __init__(
        self,
        layout: Layout,
        pose: np.ndarray,
        half: tuple[float, float],
        sensing: int,
        rng: np.random.Generator,
    ) -> None:
        self._parts: list[Senses | Told] = []
        if sensing:
            self._parts.append(Senses(layout, pose[:sensing], half, rng))
        if sensing < len(pose):
            self._parts.append(Told(pose[sensing:]))
        self._sensing = sensing

    @property
    def pose(self) -> np.ndarray:
        """(n, 3) m and rad, where they take themselves to be."""
        return np.concatenate([part.pose for part in self._parts])

    def move(self, gone: np.ndarray, turned: np.ndarray) -> None:
        """In a tick, they have truly gone (n,) m forward, and turned by (n,) rad."""
        for part in self._parts:
            own = slice(self._sensing) if isinstance(part, Senses) else slice(self._sensing, None)
            part.move(gone[own], turned[own])

    def look(self, time: float, true: np.ndarray, said: np.ndarray, others: Bystanders) -> list[Movers]:
        """What each sees at `time` in s; see `Senses.look`."""
        return [one for part in self._parts for one in part.look(time, true, said, others)]

    def state(self) -> list[dict[str, Any]]:
        """Of each part, for a checkpoint."""
        return [part.state() for part in self._parts]

    def restore(self, state: Sequence[Mapping[str, Any]]) -> None:
        """Go on from a `state` of as many AMRs."""
        for part, kept in zip(self._parts, state, strict=True):
            part.restore(kept)
