"""A shift that nobody drove: a seeded journal of the size and look of a real one, for pages to show."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from gaitway.twin.journal.journal import Journal, OrderRow, Sample

AISLES = np.linspace(-49.0, 49.0, 15)
BLOCKS = {"A": (-22.0, -1.0), "B": (3.0, 24.0)}
STATIONS = np.linspace(-44.0, 44.0, 9)
SPEED, LOADING = 1.6, 12  # m/s, s
INCIDENTS = (
    (0.22, 3, "B", "blocked_aisle", 260.0),
    (0.45, 8, "A", "spill", 200.0),
    (0.62, 11, "B", "person_down", 90.0),
    (0.78, 5, "A", "dropped_load", 150.0),
)
"""Share of the shift at which it happens, aisle, block, kind, s until the floor is free again."""


@dataclass
class Amr:
    """One vehicle on its way."""

    name: str
    at: np.ndarray
    path: list[np.ndarray] = field(default_factory=list)
    order: OrderRow | None = None
    wait: int = 0
    yaw: float = 0.0
    speed: float = 0.0
    battery: float = 1.0
    charging: bool = False


def write_shift(
    path: Path,
    seconds: int = 600,
    amrs: int = 12,
    seed: int = 0,
    reroutes: bool = True,
    evil: str = "",
    ends: bool = True,
) -> None:
    """Write a journal of so many seconds; `evil` is a name that some place, vehicle and SKU bear."""
    meta = {"start": "2026-11-28T09:00:00", "name": evil or "keynote", "seed": str(seed)}
    journal = Journal(path, meta)
    with journal if ends else closing(journal):
        shift = Shift(journal, np.random.default_rng(seed), seconds, amrs, reroutes, evil)
        for second in range(seconds):
            shift.step(float(second))
            if second % 20 == 0:
                journal.commit()


class Shift:
    """Vehicles that take orders from aisles to stations, people who walk, things that go wrong."""

    def __init__(
        self, journal: Journal, rng: np.random.Generator, seconds: int, amrs: int, reroutes: bool, evil: str
    ) -> None:
        self.journal, self.rng, self.seconds, self.reroutes, self.evil = journal, rng, seconds, reroutes, evil
        self.orders: list[OrderRow] = []
        self.late: set[str] = set()
        self.count = 0
        self.rate = amrs / 172.0
        self.amrs = [
            Amr(f"amr_{k:02d}{evil if k == 3 else ''}", np.array([54.0, -18.0 + 1.6 * k]),
                battery=float(rng.uniform(0.3, 1.0)))
            for k in range(amrs)
        ]  # fmt: skip
        self.people = [(f"worker_{k:02d}", rng.uniform((-50, 28), (50, 32))) for k in range(8)]
        self.people += [(f"forklift_{k}", rng.uniform((-50, -34), (50, -25))) for k in range(3)]
        self.goals = [at.copy() for _, at in self.people]
        self.open: list[dict] = []
        self._furnish()

    def _furnish(self) -> None:
        place = self.journal.place
        place("hall", "hall", _box(-61, -38, 61, 38))
        for k, x in enumerate(AISLES):
            for block, (south, north) in BLOCKS.items():
                name = f"aisle_{k + 1:02d}{block}" + (self.evil if (k, block) == (3, "B") else "")
                place(name, "aisle", _box(x - 1.8, south, x + 1.8, north))
                place(f"rack_{k + 1:02d}{block}", "rack", _box(x + 1.8, south, x + 5.2, north))
        place("amr_lane_north", "lane", _box(-55, 25, 55, 28))
        place("main_aisle", "lane", _box(-55, -26, 55, -22.5))
        for k, x in enumerate(STATIONS):
            place(f"station_{k}", "station", _box(x - 1.5, 32, x + 1.5, 36))
            place(f"dock_{k}", "dock", _box(x - 2, -38, x + 2, -33))
        for k in range(6):
            place(f"charger_{k}", "charger", _box(-60, -20 + 7 * k, -57.5, -17 + 7 * k))
        for amr in self.amrs:
            self.journal.actor(amr.name, "amr")
        for name, _ in self.people:
            self.journal.actor(name, name.split("_")[0])

    def step(self, time: float) -> None:
        """One second."""
        if self.rng.random() < self.rate:
            self._create(time)
        self._mishaps(time)
        for amr in self.amrs:
            self._drive(amr, time)
        self._near_misses(time)
        for order in self.orders:
            if order.due < time and order.id not in self.late and order.delivered is None:
                self.late.add(order.id)
                self.journal.event(order.due, "order_late", order=order.id, actor=order.actor)
        self.journal.samples(time, [*self._vehicles(), *self._walk()])

    def _create(self, time: float) -> None:
        self.count += 1
        aisle = int(self.rng.integers(len(AISLES)))
        source = f"aisle_{aisle + 1:02d}{self.rng.choice(list(BLOCKS))}"
        source += self.evil if source == "aisle_04B" else ""
        target = f"station_{self.rng.integers(len(STATIONS))}"
        due = time + float(self.rng.uniform(190, 420))
        sku = self.evil or str(self.rng.choice(["mug", "drill", "lamp", "kettle"]))
        self._save(OrderRow(f"order_{self.count:04d}", "pick", sku, source, target, time, due, "new"))
        self.journal.event(time, "order_created", order=self.orders[-1].id, place=source)

    def _save(self, order: OrderRow) -> OrderRow:
        self.orders = [one for one in self.orders if one.id != order.id]
        if order.state != "delivered":
            self.orders.append(order)
        self.journal.order(order)
        return order

    def _drive(self, amr: Amr, time: float) -> None:
        amr.speed = 0.0
        amr.battery = min(1.0, amr.battery + 0.004) if amr.charging else max(0.0, amr.battery - 0.0002)
        if amr.charging and amr.battery > 0.9:
            amr.charging = False
            self.journal.event(time, "charging_ended", actor=amr.name, value=amr.battery)
        if amr.charging or any(amr.name in mishap["stopped"] for mishap in self.open):
            return
        if amr.wait > 0:
            amr.wait -= 1
        elif amr.path:
            self._advance(amr)
        else:
            self._arrive(amr, time)

    def _advance(self, amr: Amr) -> None:
        left = SPEED * (0.55 if any(mishap["slow"] for mishap in self.open) else 1.0)
        while amr.path and left > 0:
            way = amr.path[0] - amr.at
            length = float(np.hypot(*way))
            if length > 1e-6:
                amr.yaw = float(np.arctan2(way[1], way[0]))
            step = min(length, left)
            amr.at = amr.at + way * (step / max(length, 1e-9))
            left -= step
            amr.speed += step
            if step == length:
                amr.path.pop(0)

    def _arrive(self, amr: Amr, time: float) -> None:
        event, order = self.journal.event, amr.order
        at = (float(amr.at[0]), float(amr.at[1]))
        if order is None:
            self._choose(amr, time)
        elif order.state == "assigned":
            amr.order = self._save(_changed(order, state="picked", picked=time))
            event(time, "order_picked", actor=amr.name, order=order.id, place=order.source, at=at)
            amr.wait, amr.path = LOADING, self._to_station(amr.at, order.target)
        else:
            self._save(_changed(order, state="delivered", delivered=time))
            event(time, "order_delivered", actor=amr.name, order=order.id, place=order.target, at=at)
            amr.wait, amr.order = LOADING, None

    def _choose(self, amr: Amr, time: float) -> None:
        if amr.battery < 0.25:
            if amr.at[0] > -55:
                lane = -24.0 if amr.at[1] < 0 else 26.5
                amr.path = [np.array([amr.at[0], lane]), np.array([-56.0, lane]), np.array([-57.0, 0.0])]
            else:
                amr.charging = True
                self.journal.event(time, "charging_started", actor=amr.name, value=amr.battery)
            return
        closed = {mishap["place"] for mishap in self.open} if self.reroutes else set()
        new = [order for order in self.orders if order.state == "new" and order.source not in closed]
        if new:
            order = new[0]
            amr.order = self._save(_changed(order, state="assigned", actor=amr.name))
            self.journal.event(time, "order_assigned", actor=amr.name, order=order.id)
            amr.path = self._to_aisle(amr.at, order.source)

    def _to_aisle(self, at: np.ndarray, source: str) -> list[np.ndarray]:
        x, (south, north) = AISLES[int(source[6:8]) - 1], BLOCKS[source[8]]
        lane = 26.5 if source[8] == "B" else -24.0
        first = 26.5 if at[1] > 0 else -24.0
        side = [] if first == lane else [np.array([53.0, first]), np.array([53.0, lane])]
        y = self.rng.uniform(south + 1, north - 1)
        return [np.array([at[0], first]), *side, np.array([x, lane]), np.array([x, y])]

    def _to_station(self, at: np.ndarray, target: str) -> list[np.ndarray]:
        x = STATIONS[int(target.split("_")[1])]
        return [np.array([at[0], 26.5]), np.array([x, 26.5]), np.array([x, 31.5])]

    def _mishaps(self, time: float) -> None:
        for share, aisle, block, kind, lasts in INCIDENTS:
            if time == round(share * self.seconds):
                self._happen(time, aisle, block, kind, min(lasts, 0.2 * self.seconds))
        for mishap in self.open:
            self._handle(mishap, time)
        self.open = [mishap for mishap in self.open if time < mishap["until"]]

    def _happen(self, time: float, aisle: int, block: str, kind: str, lasts: float) -> None:
        place = f"aisle_{aisle + 1:02d}{block}" + (self.evil if (aisle, block) == (3, "B") else "")
        at = (float(AISLES[aisle]), float(np.mean(BLOCKS[block])))
        self.journal.event(time, "truth", place=place, at=at, note=kind)
        self.open.append(
            {"time": time, "until": time + lasts, "place": place, "at": at, "kind": kind,
             "slow": True, "stopped": set()}
        )  # fmt: skip

    def _handle(self, mishap: dict, time: float) -> None:
        event, at, begin = self.journal.event, mishap["at"], mishap["time"]
        if time == begin + 2:
            delay = float(self.rng.uniform(0.9, 1.9))
            found = event(
                begin + delay, "incident_detected", place=mishap["place"], at=at, note=mishap["kind"],
                value=delay,
            )  # fmt: skip
            event(begin + delay + 0.21, "map_updated", incident=found, value=0.21)
            mishap["id"], mishap["mapped"] = found, begin + delay + 0.21
            near = [amr for amr in self.amrs if abs(amr.at[0] - at[0]) < 1.5 and abs(amr.at[1] - at[1]) < 11]
            for amr in near:
                mishap["stopped"].add(amr.name)
                event(time, "vehicle_stopped", actor=amr.name, at=(amr.at[0], amr.at[1]), note=mishap["kind"])
        if time == begin + 3 and self.reroutes:
            took = float(self.rng.uniform(0.3, 0.7))
            event(mishap["mapped"] + took, "routes_accepted", incident=mishap["id"], value=took)
            for amr in self.amrs[::3]:
                event(time, "rerouted", actor=amr.name, incident=mishap["id"])
        if time == begin + (9 if self.reroutes else round(mishap["until"] - begin - 1)):
            for name in sorted(mishap["stopped"]):
                event(time, "vehicle_resumed", actor=name, value=time - begin - 2)
            mishap["stopped"] = set()
        mishap["slow"] = time < begin + (45 if self.reroutes else 150)
        if time == np.ceil(mishap["until"] - 1):
            event(time, "incident_cleared", incident=mishap["id"], place=mishap["place"])

    def _near_misses(self, time: float) -> None:
        if self.rng.random() < 0.004:
            amr, (name, _) = self.amrs[self.rng.integers(len(self.amrs))], self.people[self.rng.integers(8)]
            self.journal.event(
                time, "near_miss", actor=amr.name, other=name, at=(amr.at[0], amr.at[1]),
                place="amr_lane_north" if amr.at[1] > 25 else "main_aisle",
                value=float(self.rng.uniform(0.15, 0.5)),
            )  # fmt: skip

    def _vehicles(self) -> list[Sample]:
        return [
            Sample(amr.name, amr.at[0], amr.at[1], amr.yaw, amr.speed, amr.battery,
                   amr.order.id if amr.order else "charging" if amr.charging else "")
            for amr in self.amrs
        ]  # fmt: skip

    def _walk(self) -> list[Sample]:
        samples = []
        for k, (name, at) in enumerate(self.people):
            low, high = ((-50, -34), (50, -25)) if name.startswith("forklift") else ((-50, 26), (50, 33))
            way = self.goals[k] - at
            if np.hypot(*way) < 1.5:
                self.goals[k] = self.rng.uniform(low, high)
            step = 1.2 * way / max(np.hypot(*way), 1e-6)
            self.people[k] = (name, at + step)
            samples.append(Sample(name, at[0], at[1], float(np.arctan2(step[1], step[0])), 1.2))
        return samples


def _changed(order: OrderRow, **changes: object) -> OrderRow:
    return OrderRow(**{**order.__dict__, **changes})


def _box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
