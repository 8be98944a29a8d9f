"""The loop: orders, vehicles, people, cameras, what goes wrong, and new ways around it.

Time goes on by `TICK`. The fleet sends vehicles on several times in two seconds, cameras look once or twice a
second; what they see goes wrong is closed to the fleet at once.
"""

from __future__ import annotations

import time as clock
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...envs.video import VideoWriter
from ..ceiling import cast
from ..ceiling.hall import Hall
from ..ceiling.shapes import PHASES, Shape, stride
from ..ceiling.views import Pose
from ..journal.journal import Journal, Sample
from .checkpoint import pack, unpack
from .contacts import Contacts
from .film import Film
from .mishaps import Failure, Lying, Mishaps
from .network import build_network
from .notices import NOTICES, Notice, Notices
from .people import Crowd, People
from .places import write_places
from .radio import Air, RadioVehicles
from .scenario import MishapCfg, Scenario
from .show import Show
from .vehicles import Vehicles
from .watch import Alarm, Watch
from .work import Work, name_of

TICK = 0.1
"""s."""
_DECIDE_TICKS = 4  # after which the fleet says what comes next
_LESSONS, _LESSON_EVERY = 8, 5.0  # pictures from which cameras learn the hall, and s between them
_LASTS = 120.0  # s for which what spectators wanted lies about
_REMEMBER = 15.0  # s for which what a vehicle has seen is closed
_STOPPED, _SEEN_NEAR = (
    2.0,
    3.0,
)  # s that a vehicle stands until that is told; m from the truth that an alarm is


class Run:
    """One run of the twin.

    Args:
        scenario: what happens.
        hall: in which it happens.
        journal: in which it is written down; if it has a checkpoint, the run goes on from there.
        film: of the first incident.
        show: for those who watch.
        air: over which the fleet reaches its vehicles; without, all are in this process.

    Attributes:
        time: s since the start.
        contacts: of vehicles with anything, by the truth.
    """

    def __init__(
        self,
        scenario: Scenario,
        hall: Hall,
        journal: Journal,
        film: VideoWriter | None = None,
        show: Show | None = None,
        air: Air | None = None,
    ) -> None:
        self.scenario, self.hall, self.journal, self.time = scenario, hall, journal, 0.0
        streams = [np.random.default_rng([scenario.seed, k]) for k in range(7)]
        layout = hall.layout
        self._film = None if film is None else Film(film, hall.calibration)
        self._show = show
        self.network = build_network(layout, scenario.ways, scenario.fleet.chargers)
        self.people = People(layout, scenario.people, scenario.seconds, streams[0])
        about = (self.network, layout, scenario.fleet.amrs, scenario.fleet.speed, TICK, streams[1])
        self.vehicles = Vehicles(*about) if air is None else RadioVehicles(*about, air)
        # Over the air, what vehicles are told is safe before they are told.
        self._commit_ticks = round(1 / TICK) if air is None else _DECIDE_TICKS
        cameras = list(hall.calibration.cameras)
        names = [name_of(k) for k in range(len(self.vehicles))]
        crowd = self._crowd_shapes(streams[3])
        self.mishaps = Mishaps(scenario.mishaps, self.network, names, cameras, crowd, streams[2])
        self.notices = Notices(scenario.mishaps, self.network, hall.calibration.zones, journal, streams[6])
        shapes = self._shapes(list(crowd.values()), streams[3])
        lessons = self._lessons() if scenario.watch.rate else ()
        self.watch = Watch(hall, shapes, self.network, lessons, streams[4])
        self.work = Work(
            self.network, self.vehicles, scenario.orders, scenario.fleet, journal, scenario.seconds,
            streams[5],
        )  # fmt: skip
        self.contacts = Contacts(journal)
        self._crowd = self.people.step(0.0, TICK, self.vehicles.true_position)
        self._closed = np.zeros(len(self.network.at), bool)
        self._reported: dict[int, float] = {}  # vertices that vehicles found taken, until when
        self._standing = np.zeros(len(self.vehicles), bool)
        self._changed: list[Alarm | Notice] = []
        self._first = 0
        if journal.checkpoint is None:
            write_places(journal, self.hall, self.network)
            self._write_actors()
        else:
            self._restore(unpack(journal.checkpoint))

    def run(self, tell: Callable[[float], None] = lambda time: None) -> None:
        """Let it go on to its end; `tell` is told the time in s once a second."""
        ticks = round(self.scenario.seconds / TICK)
        rate, second = self.scenario.watch.rate, round(1 / TICK)
        look_ticks = round(1 / rate / TICK) if rate else ticks + 1
        for tick in range(self._first, ticks):
            self.time = tick * TICK
            self._happen()
            if tick % _DECIDE_TICKS == 0:
                self._decide()
            self._drive()
            if rate and tick % look_ticks == 0:
                self._look()
            if tick % second == 0:
                self._sample()
            if tick % second == 0 or tick % self._commit_ticks == 0:
                self.journal.commit(pack(self._state(tick + 1)))
            self.vehicles.exchange(self.time)
            if tick % second == 0:
                tell(self.time)
                self._oblige()
        self.journal.note("contacts", str(self.contacts.count))
        self.journal.note("near_misses", str(self.contacts.near_misses))
        self.journal.commit()

    def _state(self, tick: int) -> dict[str, Any]:
        """All of the run before a tick, for a checkpoint; orders are in the journal."""
        crowd = self._crowd
        return {
            "tick": tick, "vehicles": self.vehicles.state(), "people": self.people.state(),
            "crowd": [crowd.position, crowd.yaw, crowd.walked, crowd.velocity],
            "mishaps": self.mishaps.state(), "notices": self.notices.state(),
            "watch": self.watch.state(), "work": self.work.state(),
            "contacts": self.contacts.state(), "closed": self._closed, "standing": self._standing,
            "reported": list(self._reported.items()), "changed": [alarm.id for alarm in self._changed],
            "wishes": 0 if self._show is None else self._show.taken,
        }  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        self._first = state["tick"]
        self.time = (self._first - 1) * TICK
        self.vehicles.restore(state["vehicles"])
        self.people.restore(state["people"])
        self._crowd = Crowd(*state["crowd"])
        self.mishaps.restore(state["mishaps"])
        self.notices.restore(state["notices"])
        self.watch.restore(state["watch"], self.time)
        self.work.restore(state["work"], self.journal.orders())
        self.contacts.restore(state["contacts"])
        self._closed, self._standing = state["closed"], state["standing"]
        self._reported = dict(state["reported"])
        closing = (*self.watch.open, *self.notices.open)
        self._changed = [one for one in closing if one.id in state["changed"]]
        if self._show is not None:
            self._show.resume(state["wishes"])
        self.journal.event(self.time, "run_resumed")

    def _oblige(self) -> None:
        """Let go wrong what spectators want."""
        if self._show is None:
            return
        for wanted in self._show.wait(1.0):
            try:
                self._add(MishapCfg(wanted.kind, self.time, _LASTS, wanted.place))
            except ValueError as error:
                warnings.warn(str(error), stacklevel=2)

    def _add(self, wanted: MishapCfg) -> None:
        """Let go wrong what the scenario does not have."""
        if wanted.kind in NOTICES:
            self.notices.add(wanted)
            return
        if wanted.kind == "person_down":
            wanted = replace(wanted, place=self._nearest_worker(wanted.place))
        self.mishaps.let_fall(wanted)

    def _nearest_worker(self, place: str) -> str:
        """The name of who is nearest to the middle of a zone of the floor, '' if there is none."""
        middles = {zone.name: zone.polygon.mean(axis=0) for zone in self.hall.calibration.zones}
        workers = [k for k, kind in enumerate(self.people.kinds) if kind == "worker"]
        if place not in middles or not workers:
            return ""
        away = np.linalg.norm(self._crowd.position[workers] - middles[place], axis=1)
        return f"worker_{workers[int(away.argmin())]:02d}"

    def _happen(self) -> None:
        """Things go wrong, and vehicles feel their own failures."""
        self._close_for(self.notices.step(self.time))
        self.work.use(self.time, self.notices.docks)
        for mishap in self.mishaps.step(self.time, self.vehicles.true_position, self._crowd):
            at = place = None
            if isinstance(mishap, Failure):
                actor = self._broken_name(mishap)
            else:
                at = (float(mishap.position[0]), float(mishap.position[1]))
                place, actor = (mishap.place, None) if mishap.person is None else (None, mishap.place)
            self.journal.event(
                self.time, "truth", actor=actor, place=place, at=at, note=mishap.cfg.kind,
                value=mishap.cfg.lasts,
            )  # fmt: skip
            if isinstance(mishap, Failure):
                kind = "vehicle_failed" if mishap in self.mishaps.broken else "camera_silent"
                self.journal.event(self.time, kind, actor=actor)
        failed = np.zeros(len(self.vehicles), bool)
        failed[[one.number for one in self.mishaps.broken if one.lasts(self.time)]] = True
        silent = self.vehicles.silent
        for k in np.flatnonzero(silent & ~failed & ~self.vehicles.failed).tolist():
            self.journal.event(self.time, "vehicle_failed", actor=name_of(k), note="no word from it")
        failed |= silent
        for k in np.flatnonzero(failed & ~self.vehicles.failed).tolist():
            self.work.lost(self.time, k)
        for k in np.flatnonzero(self.vehicles.failed & ~failed).tolist():
            self.journal.event(self.time, "vehicle_repaired", actor=name_of(k))
        self.vehicles.failed = failed

    def _broken_name(self, failure: Failure) -> str:
        if failure in self.mishaps.broken:
            return name_of(failure.number)
        return list(self.hall.calibration.cameras)[failure.number]

    def _decide(self) -> None:
        """The fleet says who goes where; loads change hands."""
        for vertex in self.vehicles.in_the_way().tolist():
            self._reported[vertex] = self.time + _REMEMBER
        self._reported = {vertex: until for vertex, until in self._reported.items() if until > self.time}
        self._close()
        begin = clock.perf_counter()
        arrived = self.vehicles.decide()
        for alarm in self._changed:
            value = self.time - (alarm.detected or 0.0) + clock.perf_counter() - begin
            self.journal.event(
                self.time, "routes_accepted", incident=alarm.id, place=alarm.place, value=value
            )
        self._changed.clear()
        self.work.arrived(self.time, arrived)
        self.work.step(self.time)

    def _close(self) -> None:
        """Tell the fleet which floor is taken, if that changed."""
        closed = np.zeros(len(self.network.at), bool)
        if self.scenario.watch.reroute:
            closed |= self.watch.closed()
            closed[list(self._reported)] = True
            closed[self.vehicles.cells[self.vehicles.failed]] = True
        closed |= self.notices.closed(self.vehicles.cells)
        if not np.array_equal(closed, self._closed):
            before = self.vehicles.traffic.remaining(np.arange(len(self.vehicles)))
            going = self.vehicles.traffic.goal >= 0
            self.vehicles.change(closed)
            longer = self.vehicles.traffic.remaining(np.arange(len(self.vehicles))) > before + 0.5
            for k in np.flatnonzero(going & longer & (self.vehicles.traffic.goal >= 0)).tolist():
                incident = self._changed[-1].id if self._changed else None
                self.journal.event(self.time, "rerouted", actor=name_of(k), incident=incident)
            self._closed = closed

    def _drive(self) -> None:
        self.vehicles.look(self.time, self._crowd, self.people.kinds, self._lying())
        kept = self.vehicles.drive()
        down = self.mishaps.down(self.time, len(self.people.kinds))
        self._crowd = self.people.step(self.time, TICK, self.vehicles.true_position, down)
        self.work.drain(TICK)
        self.contacts.step(self.time, self.vehicles, self._crowd, self.people.kinds, self._lying())
        for k in np.flatnonzero(kept & (self.vehicles.waits >= _STOPPED) & ~self._standing).tolist():
            x, y = self.vehicles.position[k].tolist()
            self.journal.event(
                self.time, "vehicle_stopped", actor=name_of(k), at=(x, y), note="something is ahead"
            )
            self._standing[k] = True
        for k in np.flatnonzero(~kept & self._standing).tolist():
            self.journal.event(self.time, "vehicle_resumed", actor=name_of(k))
            self._standing[k] = False

    def _look(self) -> None:
        """Look through the cameras, and close what was seen to be taken."""
        poses = self._poses()
        begin = clock.perf_counter()
        blind = [one.number for one in self.mishaps.blind if one.lasts(self.time)]
        own = self.vehicles.position[~self.vehicles.failed]
        look = self.watch.look(self.time, poses, blind, own)
        looked = clock.perf_counter() - begin
        if self._film is not None:
            self._film.take(self.time, look.new, look.pictures)
        if self._show is not None:
            self._show.pictures(self.time, look.pictures)
        for alarm in look.new:
            self._write_alarm(alarm, looked)
        for alarm in look.over:
            self.journal.event(
                self.time, "incident_cleared", incident=alarm.id, place=alarm.place, note=alarm.kind
            )
        self._close_for([alarm for alarm in look.new if len(alarm.vertices) and self.scenario.watch.reroute])

    def _close_for(self, closing: Sequence[Alarm | Notice]) -> None:
        """Close floor because of what was seen or told just now."""
        begin = clock.perf_counter()
        self._changed += closing
        self._close()
        for one in closing:
            self.journal.event(
                self.time, "map_updated", incident=one.id, place=one.place,
                value=clock.perf_counter() - begin, note=f"{len(one.vertices)} places closed",
            )  # fmt: skip

    def _write_alarm(self, alarm: Alarm, looked: float) -> None:
        x, y = alarm.position.tolist()
        if alarm.kind == "near_miss":
            alarm.id = self.journal.event(self.time, "near_miss", place=alarm.place or None, at=(x, y))
            return
        truth = [
            one.happened
            for one in self.mishaps.lying
            if one.happened is not None and np.linalg.norm(one.position - alarm.position) < _SEEN_NEAR
        ]
        value = self.time - truth[0] + looked if truth and truth[0] is not None else None
        alarm.id = self.journal.event(
            self.time, "incident_detected", place=alarm.place or None, at=(x, y), value=value, note=alarm.kind
        )

    def _lying(self) -> list[Lying]:
        return [one for one in self.mishaps.lying if one.lies(self.time)]

    def _crowd_shapes(self, rng: np.random.Generator) -> dict[str, Shape]:
        """How people and fork trucks look, by name."""
        return {
            f"{kind}_{k:02d}": cast.worker(rng) if kind == "worker" else cast.forklift(rng)
            for k, kind in enumerate(self.people.kinds)
        }

    def _shapes(self, crowd: list[Shape], rng: np.random.Generator) -> list[Shape]:
        """How everybody looks: vehicles, people and fork trucks, what and who lies."""
        vehicles = [cast.amr(rng) for _ in range(len(self.vehicles))]
        return [*vehicles, *crowd, *(one.shape for one in self.mishaps.lying)]

    def _lessons(self) -> Iterator[list[Pose | None]]:
        """Poses before the shift: people at work, vehicles out."""
        nobody = np.zeros((0, 2))
        for n in range(_LESSONS):
            self._crowd = self.people.step(n * _LESSON_EVERY, TICK, nobody)
            yield [None] * len(self.vehicles) + self._poses()[len(self.vehicles) :]

    def _poses(self) -> list[Pose | None]:
        """Where they are now, in the order of the shapes."""
        crowd: Crowd = self._crowd
        poses: list[Pose | None] = [
            Pose(at, float(yaw))
            for at, yaw in zip(self.vehicles.true_position, self.vehicles.true_yaw, strict=True)
        ]
        phases = (crowd.walked / stride() * PHASES).astype(int) % PHASES
        down = self.mishaps.down(self.time, len(self.people.kinds))
        for k, kind in enumerate(self.people.kinds):
            phase = int(phases[k]) if kind == "worker" else 0
            poses.append(None if down[k] else Pose(crowd.position[k], float(crowd.yaw[k]), phase))
        for one in self.mishaps.lying:
            poses.append(Pose(one.position, one.yaw) if one.lies(self.time) else None)
        return poses

    def _sample(self) -> None:
        vehicles, crowd = self.vehicles, self._crowd
        samples = [
            _sample_of(
                name_of(k), vehicles.position[k], vehicles.yaw[k], vehicles.speed[k],
                round(float(vehicles.battery[k]), 4), self.work.describe(k),
            )
            for k in range(len(vehicles))
        ]  # fmt: skip
        samples += [
            _sample_of(f"{kind}_{k:02d}", crowd.position[k], crowd.yaw[k], crowd.speed[k])
            for k, kind in enumerate(self.people.kinds)
        ]
        self.journal.samples(self.time, samples)

    def _write_actors(self) -> None:
        for k in range(len(self.vehicles)):
            self.journal.actor(name_of(k), "amr")
        for k, kind in enumerate(self.people.kinds):
            self.journal.actor(f"{kind}_{k:02d}", kind)
        for camera in self.hall.calibration.cameras:
            self.journal.actor(camera, "camera")


def _sample_of(
    name: str, at: np.ndarray, yaw: float, speed: float, battery: float | None = None, task: str = ""
) -> Sample:
    x, y = np.round(at, 3).tolist()
    return Sample(name, x, y, round(float(yaw), 3), round(float(speed), 3), battery, task)
