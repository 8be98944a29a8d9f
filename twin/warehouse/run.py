"""The loop: orders, vehicles, people, cameras, what goes wrong, and new ways around it.

Time goes on by `TICK`. The fleet sends vehicles on several times in two seconds, cameras look once or twice a
second; what they see goes wrong is closed to the fleet at once.
"""

from __future__ import annotations

import time as clock
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...envs.video import VideoWriter
from ..ceiling.hall import Hall
from ..journal.journal import Journal
from .checkpoint import pack, unpack
from .closures import Closures
from .contacts import Contacts
from .film import Film
from .looks import all_shapes, crowd_shapes, lessons, poses
from .mishaps import Failure, Lying, Mishaps
from .network import build_network
from .notices import NOTICES, Notices
from .people import Crowd, People
from .places import write_places
from .radio import Air, RadioVehicles
from .record import write_actors, write_alarm, write_samples, write_standing
from .scanner import Bystanders
from .scenario import MishapCfg, Scenario
from .show import Show
from .vehicles import Vehicles
from .watch import Watch
from .work import Work, name_of

TICK = 0.1
"""s."""
_DECIDE_TICKS = 4  # after which the fleet says what comes next
_LASTS = 120.0  # s for which what spectators wanted lies about


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
        fleet = scenario.fleet
        about = (self.network, layout, fleet.amrs, fleet.physical, fleet.speed, TICK, streams[1])
        self.vehicles = Vehicles(*about) if air is None else RadioVehicles(*about, air)
        # Over the air, what vehicles are told is safe before they are told.
        self._commit_ticks = round(1 / TICK) if air is None else _DECIDE_TICKS
        cameras = list(hall.calibration.cameras)
        names = [name_of(k) for k in range(len(self.vehicles))]
        crowd = crowd_shapes(self.people.kinds, streams[3])
        self.mishaps = Mishaps(scenario.mishaps, self.network, names, cameras, crowd, streams[2])
        self.notices = Notices(scenario.mishaps, self.network, hall.calibration.zones, journal, streams[6])
        count = len(self.vehicles)
        shapes = all_shapes(count, list(crowd.values()), self.mishaps, streams[3])
        before = lessons(count, self.people, self.mishaps, TICK) if scenario.watch.rate else ()
        self.watch = Watch(hall, shapes, self.network, before, streams[4])
        self.work = Work(
            self.network, self.vehicles, scenario.orders, scenario.fleet, journal, scenario.seconds,
            streams[5],
        )  # fmt: skip
        self.contacts = Contacts(journal)
        self._crowd = self.people.step(0.0, TICK, self.vehicles.true_position)
        about = (self.vehicles, self.watch, self.notices)
        self.closures = Closures(*about, scenario.watch.reroute, journal)
        self._standing = np.zeros(len(self.vehicles), bool)
        self._first = 0
        if journal.checkpoint is None:
            write_places(journal, self.hall, self.network)
            write_actors(journal, len(self.vehicles), self.people.kinds, hall)
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
                about = (self.vehicles, self._crowd, self.people.kinds, self.work)
                write_samples(self.journal, self.time, *about)
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
            "contacts": self.contacts.state(), "closures": self.closures.state(), "standing": self._standing,
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
        self.closures.restore(state["closures"])
        self._standing = state["standing"]
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
        self.closures.close(self.time, self.notices.step(self.time))
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
        self.closures.report(self.time, self.vehicles.in_the_way())
        begin = clock.perf_counter()
        arrived = self.vehicles.decide()
        self.closures.accept(self.time, clock.perf_counter() - begin)
        self.work.arrived(self.time, arrived)
        self.work.step(self.time)

    def _drive(self) -> None:
        self.vehicles.look(self.time, Bystanders(self._crowd, self.people.kinds, self._lying()))
        kept = self.vehicles.drive()
        down = self.mishaps.down(self.time, len(self.people.kinds))
        self._crowd = self.people.step(self.time, TICK, self.vehicles.true_position, down)
        self.work.drain(TICK)
        self.contacts.step(self.time, self.vehicles, self._crowd, self.people.kinds, self._lying())
        self._standing = write_standing(self.journal, self.time, self.vehicles, kept, self._standing)

    def _look(self) -> None:
        """Look through the cameras, and close what was seen to be taken."""
        there = poses(self.time, self.vehicles, self._crowd, self.people.kinds, self.mishaps)
        begin = clock.perf_counter()
        blind = [one.number for one in self.mishaps.blind if one.lasts(self.time)]
        own = self.vehicles.position[~self.vehicles.failed]
        look = self.watch.look(self.time, there, blind, own)
        looked = clock.perf_counter() - begin
        if self._film is not None:
            self._film.take(self.time, look.new, look.pictures)
        if self._show is not None:
            self._show.pictures(self.time, look.pictures)
        for alarm in look.new:
            write_alarm(self.journal, self.time, alarm, self.mishaps.lying, looked)
        for alarm in look.over:
            self.journal.event(
                self.time, "incident_cleared", incident=alarm.id, place=alarm.place, note=alarm.kind
            )
        closing = [alarm for alarm in look.new if len(alarm.vertices) and self.scenario.watch.reroute]
        self.closures.close(self.time, closing)

    def _lying(self) -> list[Lying]:
        return [one for one in self.mishaps.lying if one.lies(self.time)]
