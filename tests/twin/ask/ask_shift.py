"""A seeded shift of two hours: plain rows, and the same rows in a journal."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gaitway.twin.journal.journal import Journal, OrderRow, Sample

START = "2026-11-28T09:00:00"
LENGTH = 7200.0


@dataclass
class Shift:
    """Rows as dicts, with the columns of the journal; an event's id is its place in the list + 1."""

    actors: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """Through the journal's own writer."""
        with Journal(path, {"start": START}) as journal:
            for name, kind in self.places.items():
                x0, y0, x1, y1 = self.boxes[name]
                journal.place(name, kind, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
            for name, kind in self.actors.items():
                journal.actor(name, kind)
            for row in self.events:
                rest = {key: value for key, value in row.items() if key not in ("id", "time", "kind")}
                assert journal.event(row["time"], row["kind"], **rest) == row["id"]
            for row in self.orders:
                journal.order(OrderRow(**row))
            for row in self.samples:
                one = {key: value for key, value in row.items() if key != "time"}
                journal.samples(row["time"], [Sample(**one)])
        return path


def make_shift(seed: int = 8, rerouting: bool = True) -> Shift:
    """Orders, stops, near misses, incidents, charges; of a worse day without re-routing."""
    random_ = random.Random(seed)
    shift = Shift()
    _places(shift)
    events: list[dict[str, Any]] = []
    amrs = [name for name, kind in shift.actors.items() if kind == "amr"]
    aisles = [name for name, kind in shift.places.items() if kind == "aisle"]
    _orders(shift, random_, events, amrs, aisles, 1.0 if rerouting else 1.6)
    _incidents(random_, events, amrs, aisles)
    _stops_and_misses(random_, events, shift, aisles)
    _odds_and_ends(events)
    _number(shift, events)
    _samples(shift, random_)
    return shift


def _places(shift: Shift) -> None:
    for k in range(1, 9):
        for block, y in (("A", -20.0), ("B", 1.0)):
            shift.places[f"aisle_{k:02d}{block}"] = "aisle"
            shift.boxes[f"aisle_{k:02d}{block}"] = (4.0 * k, y, 4.0 * k + 2.5, y + 18.0)
    shift.places["lane_north"] = "lane"
    shift.boxes["lane_north"] = (0.0, 20.0, 60.0, 24.0)
    kinds = (("amr", 12, 2), ("forklift", 4, 1), ("worker", 10, 2), ("camera", 20, 3), ("dock", 4, 2))
    for kind, count, digits in kinds:
        shift.actors |= {f"{kind}_{k:0{digits}d}": kind for k in range(count)}
    for kind, count in (("station", 4), ("charger", 4), ("dock", 4)):
        for k in range(count):
            name = f"dock_{k:02d}" if kind == "dock" else f"{kind}_{k}"
            shift.places[name] = kind
            shift.boxes[name] = (50.0, -20.0 + 4 * k, 52.0, -18.0 + 4 * k)


def _orders(
    shift: Shift,
    random_: random.Random,
    events: list[dict[str, Any]],
    amrs: list[str],
    aisles: list[str],
    slow: float,
) -> None:
    for k in range(60):
        name, actor = f"order_{k:03d}", amrs[random_.choice((0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10))]
        created = round(k * 110.0 + random_.uniform(0, 30), 2)
        taken = round(created + random_.uniform(5, 90), 2)
        picked = round(taken + random_.uniform(40, 300) * slow, 2)
        delivered = round(picked + random_.uniform(60, 400) * slow, 2)
        due = round(created + (200.0 if k == 17 else random_.uniform(350, 900)), 2)
        source, target = random_.choice(aisles), f"station_{k % 4}"
        row = {"id": name, "kind": "pick", "sku": f"sku_{k % 7}", "source": source, "target": target}
        row |= {
            "created": created,
            "due": due,
            "state": "new",
            "actor": None,
            "picked": None,
            "delivered": None,
        }
        if k == 33:
            row["state"] = "cancelled"
        else:
            for moment, state in ((taken, "assigned"), (picked, "picked"), (delivered, "delivered")):
                if moment <= LENGTH:
                    row["state"] = state
                    row |= {"actor": actor} if state == "assigned" else {state: moment}
                    events.append({"time": moment, "kind": f"order_{state}", "actor": actor, "order": name})
            if due < min(delivered, LENGTH):
                events.append({"time": due, "kind": "order_late", "order": name})
        events.append({"time": created, "kind": "order_created", "order": name, "place": source})
        shift.orders.append(row)


def _incidents(
    random_: random.Random, events: list[dict[str, Any]], amrs: list[str], aisles: list[str]
) -> None:
    plan = [
        (1320.0, "blocked_aisle", "aisle_04B", 900.0),
        (2710.0, "spill", "aisle_06A", 1200.0),
        (4330.0, "dropped_load", "aisle_05A", 600.0),
        (5600.0, "person_down", "lane_north", 300.0),
        (6350.0, "spill", "aisle_01A", None),
        (6900.0, "dropped_load", "aisle_02A", None),
    ]
    for k, (time, note, place, lasts) in enumerate(plan):
        saw = round(random_.uniform(0.6, 1.9), 2)
        events.append({"time": time, "kind": "truth", "note": note, "place": place, "tag": f"truth{k}"})
        events.append(
            {
                "time": time + saw,
                "kind": "incident_detected",
                "note": note,
                "place": place,
                "value": saw,
                "tag": k,
            }
        )
        later, last = round(random_.uniform(0.1, 0.4), 2), round(random_.uniform(0.2, 0.9), 2)
        events.append({"time": time + saw + later, "kind": "map_updated", "incident": k, "value": later})
        events.append(
            {"time": time + saw + later + last, "kind": "routes_accepted", "incident": k, "value": last}
        )
        for actor in random_.sample(amrs, 3):
            events.append(
                {"time": time + saw + later + last, "kind": "rerouted", "actor": actor, "incident": k}
            )
        if lasts is not None:
            events.append({"time": time + lasts, "kind": "incident_cleared", "incident": k, "place": place})


def _stops_and_misses(
    random_: random.Random, events: list[dict[str, Any]], shift: Shift, aisles: list[str]
) -> None:
    for name, kind in shift.actors.items():
        if kind not in ("amr", "forklift"):
            continue
        time = random_.uniform(100, 900)
        while time < LENGTH - 100:
            stood, place = round(random_.uniform(2, 80), 2), random_.choice(aisles)
            note = random_.choice(("person ahead", "vehicle ahead", "blocked_aisle", "waiting for its turn"))
            time = round(time, 2)
            events.append(
                {"time": time, "kind": "vehicle_stopped", "actor": name, "place": place, "note": note}
            )
            if not (name == "forklift_1" and time > 6000):
                events.append(
                    {
                        "time": time + stood,
                        "kind": "vehicle_resumed",
                        "actor": name,
                        "place": place,
                        "value": stood,
                    }
                )
            elif name == "forklift_1":
                break
            time += stood + random_.uniform(300, 1500)
    for _ in range(60):
        place = random_.choice([*aisles, "aisle_03B", "aisle_03B", "aisle_03B", "lane_north"])
        actor, other = (
            f"amr_{random_.randrange(12):02d}",
            random_.choice(["worker_03", "worker_07", "forklift_2", "amr_00"]),
        )
        value = round(random_.uniform(0.12, 0.5), 3)
        time = round(random_.uniform(50, LENGTH), 2)
        row = {"time": time, "kind": "near_miss", "actor": actor, "other": other}
        events.append({**row, "place": place, "value": value})


def _odds_and_ends(events: list[dict[str, Any]]) -> None:
    def add(time: float, kind: str, actor: str, **rest: Any) -> None:
        events.append({"time": time, "kind": kind, "actor": actor, **rest})

    add(2000.0, "contact", "forklift_2", other="amr_05", place="aisle_03B")
    add(5470.0, "contact", "amr_01", other="forklift_2", place="lane_north")
    add(3000.0, "vehicle_failed", "amr_06")
    add(4200.0, "vehicle_repaired", "amr_06")
    add(6600.0, "vehicle_failed", "amr_10", place="aisle_07A")
    add(1500.0, "camera_silent", "camera_004")
    add(1800.0, "camera_back", "camera_004")
    add(6000.0, "camera_silent", "camera_012")
    add(3300.0, "dock_closed", "dock_02", place="dock_02")
    add(800.0, "dock_closed", "dock_01", place="dock_01")
    add(1700.0, "dock_opened", "dock_01", place="dock_01")
    for actor, begin, end in (
        ("amr_04", 2400.0, 3900.0),
        ("amr_00", 4000.0, 5000.0),
        ("amr_11", 6700.0, None),
    ):
        add(begin, "charging_started", actor, place="charger_1")
        if end is not None:
            add(end, "charging_ended", actor, place="charger_1")


def _number(shift: Shift, events: list[dict[str, Any]]) -> None:
    events.sort(key=lambda row: row["time"])
    detected = {row["tag"]: k + 1 for k, row in enumerate(events) if "tag" in row}
    for k, row in enumerate(events):
        row.pop("tag", None)
        row["id"] = k + 1
        if "incident" in row:
            row["incident"] = detected[row["incident"]]
    shift.events = events


def _samples(shift: Shift, random_: random.Random) -> None:
    for name, kind in shift.actors.items():
        if kind not in ("amr", "forklift", "worker"):
            continue
        for time in range(0, int(LENGTH) + 1, 60):
            row = {"time": float(time), "actor": name, "x": round(random_.uniform(0, 60), 3)}
            row |= {
                "y": round(random_.uniform(-20, 24), 3),
                "yaw": 0.0,
                "speed": round(random_.uniform(0, 1.8), 2),
            }
            battery = round(0.95 - 0.00007 * time - 0.02 * int(name[-2:].strip("_")), 4)
            row |= {"battery": battery if kind == "amr" else None}
            row |= {"task": random_.choice(("", "order_001", "order_002")) if kind != "worker" else "walk"}
            shift.samples.append(row)
