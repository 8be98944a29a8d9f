"""What people tell the twin: docks that are out of use, and stretches of lanes that nobody may drive on.

Those who manage the warehouse say so of docks, maintenance says so of lanes; no camera sees either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...perception.activity.calibration import Zone
from ..journal.journal import Journal
from .network import Network
from .scenario import MishapCfg

NOTICES = ("closed_dock", "broken_lane")
"""Kinds of incidents that are told."""
_TOLD = {"closed_dock": ("dock_closed", "dock_opened"), "broken_lane": ("lane_closed", "lane_opened")}
_STRETCH = 1.6  # m along a lane to both sides of the middle of what is broken
_ENDS = 4  # places at each end of an aisle, counted over both lanes, that nothing breaks at


@dataclass(eq=False)
class Notice:
    """A dock or a stretch of lane that is out of use, from `detected` on.

    Attributes:
        cfg: as the scenario says.
        place: the dock, or the aisle or lane of the stretch. position: (2,) m.
        vertices: of the stretch; none for a dock.
        detected: when it was told, s; None if that is still to come.
        is_over: whether it was told that it is in use again.
        id: of its event in the journal, -1 until it is written down.
    """

    cfg: MishapCfg
    place: str
    position: np.ndarray
    vertices: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    detected: float | None = None
    is_over: bool = False
    id: int = -1

    @property
    def holds(self) -> bool:
        """Whether it was told, and is not over."""
        return self.detected is not None and not self.is_over


class Notices:
    """All of one run.

    Args:
        mishaps: that the scenario has; of other kinds than `NOTICES` are passed over.
        network: whose stations and lanes they are about.
        zones: of the floor.
        journal: in which they are written down.
        rng: source of chance.

    Raises:
        ValueError: a dock, aisle or lane that is named is not there.
    """

    def __init__(
        self,
        mishaps: Sequence[MishapCfg],
        network: Network,
        zones: Sequence[Zone],
        journal: Journal,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._journal, self._rng = network, journal, rng
        self._lanes = {name: vertices[_ENDS:-_ENDS] for name, vertices in network.aisles.items()}
        for zone in zones:
            if zone.kind == "amr_lane":
                self._lanes[zone.name] = np.flatnonzero(zone.contains(network.at) & network.core)
        self._all: list[Notice] = []
        for cfg in mishaps:
            if cfg.kind in NOTICES:
                self.add(cfg)

    def add(self, cfg: MishapCfg) -> None:
        """Have one more.

        Raises:
            ValueError: the dock, aisle or lane is not there.
        """
        stations = self._network.stations
        known = list(stations if cfg.kind == "closed_dock" else self._lanes)
        if cfg.place and cfg.place not in known:
            shown = ", ".join(known[:3])
            raise ValueError(
                f"incident {cfg.kind}: place = '{cfg.place}' is not there; known are {shown} and so on."
            )
        place = cfg.place or str(self._rng.choice(known))
        if cfg.kind == "closed_dock":
            self._all.append(Notice(cfg, place, self._network.at[stations[place]]))
            return
        lanes = self._lanes[place]
        vertices = self._stretch(lanes, self._network.at[self._rng.choice(lanes)])
        self._all.append(Notice(cfg, place, self._network.at[vertices].mean(axis=0), vertices))

    def _stretch(self, lanes: np.ndarray, middle: np.ndarray) -> np.ndarray:
        """Places of all lanes side by side that are near a place along them."""
        at = self._network.at[lanes]
        along = int(np.argmax(np.ptp(at, axis=0)))
        return lanes[np.abs(at[:, along] - middle[along]) < _STRETCH]

    def step(self, time: float) -> list[Notice]:
        """Tell what begins and ends at `time` in s; stretches of lanes that are to be closed now."""
        begun = []
        for one in self._all:
            first, last = _TOLD[one.cfg.kind]
            about = {"place": one.place, "at": (float(one.position[0]), float(one.position[1]))}
            if one.detected is None and time >= one.cfg.at:
                self._journal.event(time, "truth", note=one.cfg.kind, value=one.cfg.lasts, **about)
                one.detected, one.id = time, self._journal.event(time, first, **about)
                begun += [one] if len(one.vertices) else []
            elif one.holds and time >= one.cfg.at + one.cfg.lasts:
                one.is_over = True
                self._journal.event(time, last, incident=one.id, **about)
        return begun

    @property
    def open(self) -> list[Notice]:
        """Those that hold now."""
        return [one for one in self._all if one.holds]

    @property
    def docks(self) -> set[str]:
        """Names of the docks that are out of use now."""
        return {one.place for one in self.open if one.cfg.kind == "closed_dock"}

    def closed(self, taken: np.ndarray) -> np.ndarray:
        """(V,) bool, vertices that nobody may drive on; of `taken` (n,), somebody is yet to leave."""
        closed = np.zeros(len(self._network.at), bool)
        for one in self.open:
            closed[one.vertices] = True
        closed[taken] = False
        return closed

    def state(self) -> list[dict[str, Any]]:
        """All of them, for a checkpoint."""
        return [
            {
                "cfg": asdict(one.cfg), "place": one.place, "position": one.position.tolist(),
                "vertices": one.vertices.tolist(), "detected": one.detected, "is_over": one.is_over,
                "id": one.id,
            }
            for one in self._all
        ]  # fmt: skip

    def restore(self, state: Sequence[Mapping[str, Any]]) -> None:
        """Go on from a `state`."""
        self._all = [
            Notice(
                MishapCfg(**one["cfg"]), one["place"], np.array(one["position"]),
                np.array(one["vertices"], int), one["detected"], one["is_over"], one["id"],
            )
            for one in state
        ]  # fmt: skip
