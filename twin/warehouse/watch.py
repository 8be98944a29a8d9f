"""The ceiling cameras: what they see goes wrong, and which floor that takes from the vehicles.

Nothing here knows what truly happens: pictures go in (`twin/ceiling/views.py` draws them), the activity map
of `perception/activity` says what is on the floor, and own vehicles are told from others by where they say
that they are. Cameras have learnt the hall before the shift, with people in it and all vehicles out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...perception.activity.incidents import Incident
from ...perception.activity.pipeline import ActivityMap, Thing
from ...perception.activity.view import Picture
from ..ceiling.hall import Hall
from ..ceiling.sensor import Sensor, SensorCfg
from ..ceiling.shapes import Shape
from ..ceiling.views import CeilingViews, Pose
from .network import Network
from .vehicles import RADIUS

_OWN = 0.7  # m from where a vehicle says it is, within which what is seen is it
_GONE = 4.0  # s that something has not been seen where cameras look, until its floor is free again
_AGAIN = 10.0  # s in which what was seen before the cameras began anew is to be seen again
_SAME = 1.0  # m from it within which it is that
_MARGIN, _MARGIN_OF_PERSON = 0.15, 1.0  # m about what, or who, lies
_BLOCKING = ("person_down", "blocked_aisle", "dropped_load", "spill", "stopped_vehicle")
"""What takes floor; of one thing, the first of these is told."""


@dataclass(eq=False)
class Alarm:
    """Something that cameras saw, and the floor that it takes.

    Attributes:
        id: of its event in the journal, -1 until it is written down.
        kind: of incident. place: zone, or ''. position: (2,) m.
        vertices: that are closed because of it.
        things: ids in the activity map. seen: last time at which one was there, s.
        detected: s.
    """

    kind: str
    place: str
    position: np.ndarray
    things: tuple[int, ...]
    detected: float
    vertices: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    seen: float = 0.0
    id: int = -1


@dataclass(frozen=True, eq=False)
class Look:
    """What one look at the floor brought: new alarms, those that are over, and the pictures."""

    new: list[Alarm]
    over: list[Alarm]
    pictures: dict[str, Picture]


class Watch:
    """Looks at the floor through all cameras.

    Args:
        hall: with its cameras.
        shapes: of all actors, in the order of the poses to come.
        network: that may be closed.
        lessons: poses at some times before the shift, from which cameras learn the hall.
        rng: source of chance.

    Attributes:
        open: alarms that last.
    """

    def __init__(
        self,
        hall: Hall,
        shapes: list[Shape],
        network: Network,
        lessons: Iterable[list[Pose | None]],
        rng: np.random.Generator,
    ) -> None:
        self._network = network
        self._views = CeilingViews(hall, shapes)
        self._names = list(hall.calibration.cameras)
        _, height, width = hall.depth.shape
        self._sensor = Sensor(SensorCfg(), height, width, rng)
        learning: dict[str, list[Picture]] = {name: [] for name in self._names}
        for poses in lessons:
            for name, picture in self._take(poses, list(range(len(self._names)))).items():
                learning[name].append(picture)
        self._map = ActivityMap(hall.calibration, learning)
        self.open: list[Alarm] = []

    def look(self, time: float, poses: list[Pose | None], blind: list[int], own: np.ndarray) -> Look:
        """Look at `time` in s.

        `blind` cameras deliver nothing; `own` (n, 2) m is where vehicles say that they are.
        """
        pictures = self._take(poses, [k for k in range(len(self._names)) if k not in blind])
        activity = self._map.step(time, pictures)
        begun = [one for one in activity.incidents if one.end is None and not _is_own(one, own)]
        new = self._alarms(begun, activity.things, time)
        over = self._over(time, activity.things)
        return Look(new, over, pictures)

    def closed(self) -> np.ndarray:
        """(V,) bool, vertices that alarms take."""
        closed = np.zeros(len(self._network.at), bool)
        for alarm in self.open:
            closed[alarm.vertices] = True
        return closed

    def state(self) -> list[dict[str, Any]]:
        """Alarms that are open, for a checkpoint; what cameras remember else is not kept."""
        return [
            {
                "id": alarm.id, "kind": alarm.kind, "place": alarm.place, "position": alarm.position.tolist(),
                "vertices": alarm.vertices.tolist(), "detected": alarm.detected,
            }
            for alarm in self.open
        ]  # fmt: skip

    def restore(self, state: Iterable[Mapping[str, Any]], time: float) -> None:
        """Go on at `time` in s from a `state`: floor stays closed until cameras look there again."""
        self.open = [
            Alarm(
                one["kind"], one["place"], np.array(one["position"]), (), one["detected"],
                np.array(one["vertices"], int), time, one["id"],
            )
            for one in state
        ]  # fmt: skip

    def _take(self, poses: list[Pose | None], cameras: list[int]) -> dict[str, Picture]:
        depth, rgb = self._views.draw(poses, cameras)
        return {self._names[k]: self._sensor.take(depth[k], rgb[k]) for k in cameras}

    def _alarms(self, incidents: list[Incident], things: list[Thing], time: float) -> list[Alarm]:
        """One alarm for each thing that takes floor, and one for each incident of another kind."""
        new = []
        for incident in sorted(incidents, key=lambda one: _rank(one.kind)):
            alarm = Alarm(incident.kind, incident.zone, incident.position, incident.things, time, seen=time)
            if incident.kind in _BLOCKING:
                if any(set(alarm.things) & set(other.things) for other in self.open):
                    continue
                if self._is_seen_again(alarm):
                    continue
                margin = _MARGIN_OF_PERSON if incident.kind == "person_down" else _MARGIN
                alarm.vertices = self._floor_of([one for one in things if one.id in incident.things], margin)
                self.open.append(alarm)
            new.append(alarm)
        return new

    def _is_seen_again(self, alarm: Alarm) -> bool:
        """Whether it is one of those that were open when the cameras began anew; that has its things now."""
        for other in self.open:
            if not other.things and np.linalg.norm(other.position - alarm.position) < _SAME:
                other.things, other.seen = alarm.things, alarm.detected
                return True
        return False

    def _floor_of(self, things: list[Thing], margin: float) -> np.ndarray:
        """Vertices that things take, `margin` m about them."""
        taken = [
            self._network.near(one.position, float(np.linalg.norm(one.size)) / 2 + RADIUS + margin)
            for one in things
        ]
        return np.unique(np.concatenate(taken)) if taken else np.zeros(0, int)

    def _over(self, time: float, things: list[Thing]) -> list[Alarm]:
        """Alarms whose things have not been there for a while; they are closed no more."""
        there = {thing.id for thing in things if thing.still_for > 0}
        for alarm in self.open:
            if there & set(alarm.things):
                alarm.seen = time
        over = [alarm for alarm in self.open if time - alarm.seen > (_GONE if alarm.things else _AGAIN)]
        self.open = [alarm for alarm in self.open if alarm not in over]
        return over


def _rank(kind: str) -> int:
    return _BLOCKING.index(kind) if kind in _BLOCKING else len(_BLOCKING)


def _is_own(incident: Incident, own: np.ndarray) -> bool:
    """Whether it is one of our vehicles, whatever it is taken for: it works, waits or parks."""
    if incident.kind == "near_miss" or not len(own):
        return False
    return bool(np.linalg.norm(own - incident.position, axis=1).min() < _OWN)
