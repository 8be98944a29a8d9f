"""What a run of the twin is: a hall, who is in it, what it has to do and what goes wrong. A TOML file.

Every part but `seed` and `seconds` may be left out; `docs/twin/scenario.md` lists all keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tomllib

from ...assets.warehouse.layout import WarehouseCfg, plan

MISHAPS = (
    "blocked_aisle", "dropped_load", "spill", "person_down", "failed_amr", "blind_camera", "closed_dock",
    "broken_lane",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class HallCfg:
    """A generated warehouse: its floor in m2, ceiling cameras, storage aisles (None: as many as fit at 3.6 m)
    and the height of its racks in m.
    """

    area_m2: float = 9290.0
    cameras: int = 100
    aisles: int | None = None
    rack_height: float = 6.0

    @property
    def warehouse(self) -> WarehouseCfg:
        """What the generator is told."""
        return WarehouseCfg(self.area_m2, self.aisles, self.rack_height, self.cameras)


@dataclass(frozen=True)
class WaysCfg:
    """Names of the AMRs' aisles that are closed, and of those in whose lanes nobody drives against them."""

    closed: tuple[str, ...] = ()
    one_way: tuple[str, ...] = ()


@dataclass(frozen=True)
class FleetCfg:
    """The AMRs: how many, their speed in m/s, and a share of the battery below which they charge.

    The first `physical` are in physics and know what their sensors tell; the others move as they are told.

    `chargers` of the hall's are used, all if None; from empty to full takes `charge_minutes`.
    """

    amrs: int = 24
    physical: int = 200
    speed: float = 1.5
    charge_below: float = 0.25
    chargers: int | None = None
    charge_minutes: float = 30.0


@dataclass(frozen=True)
class PeopleCfg:
    """Who else is there."""

    workers: int = 30
    forklifts: int = 8


@dataclass(frozen=True)
class OrdersCfg:
    """How many orders come in an hour, and how many minutes each may take."""

    per_hour: float = 400.0
    due_minutes: float = 15.0


@dataclass(frozen=True)
class WatchCfg:
    """Pictures a second of each camera, 0 for none, and whether vehicles go round what is seen."""

    rate: float = 1.0
    reroute: bool = True


@dataclass(frozen=True)
class MishapCfg:
    """Something that goes wrong `at` s, for `lasts` s.

    `place` is an aisle for what falls or is broken, a worker, a vehicle, a camera or a station; drawn by the
    seed if empty.
    """

    kind: str
    at: float
    lasts: float = 300.0
    place: str = ""


@dataclass(frozen=True)
class Scenario:
    """A run.

    Attributes:
        seed: of all that is drawn.
        seconds: that are simulated.
        name: of the run.
        start: clock time at its beginning.
    """

    seed: int = 0
    seconds: float = 1800.0
    name: str = "shift"
    start: datetime = datetime(2026, 1, 5, 8, 0)
    hall: HallCfg = field(default_factory=HallCfg)
    ways: WaysCfg = field(default_factory=WaysCfg)
    fleet: FleetCfg = field(default_factory=FleetCfg)
    people: PeopleCfg = field(default_factory=PeopleCfg)
    orders: OrdersCfg = field(default_factory=OrdersCfg)
    watch: WatchCfg = field(default_factory=WatchCfg)
    mishaps: tuple[MishapCfg, ...] = ()


_PARTS = {
    "hall": HallCfg,
    "ways": WaysCfg,
    "fleet": FleetCfg,
    "people": PeopleCfg,
    "orders": OrdersCfg,
    "watch": WatchCfg,
}
_RANGES = {
    "seed": (0, 2**31 - 1),
    "seconds": (60.0, 86_400.0),
    "hall.area_m2": (2000.0, 20_000.0),
    "hall.cameras": (1, 300),
    "hall.aisles": (3, 60),
    "hall.rack_height": (2.7, 8.0),
    "fleet.amrs": (1, 1000),
    "fleet.physical": (0, 200),
    "fleet.speed": (0.3, 2.0),
    "fleet.charge_below": (0.05, 0.9),
    "fleet.chargers": (1, 100),
    "fleet.charge_minutes": (1.0, 600.0),
    "people.workers": (0, 100),
    "people.forklifts": (0, 20),
    "orders.per_hour": (0.0, 10_000.0),
    "orders.due_minutes": (1.0, 600.0),
    "watch.rate": (0.0, 2.0),
    "incident.at": (0.0, 86_400.0),
    "incident.lasts": (10.0, 86_400.0),
}


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file.

    Raises:
        ValueError: it cannot be read, has an unknown key, a value of the wrong type or range, or one that
            does not fit its hall.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML file: {error}") from error
    try:
        scenario = _scenario(document)
        _fit(scenario)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return scenario


def _fit(scenario: Scenario) -> None:
    """Refuse aisles and chargers that the hall has no room for, or does not have."""
    from .network import build_network  # which is made of tables of a scenario

    cfg = scenario.hall.warehouse
    try:
        layout = plan(cfg, np.random.default_rng(cfg.seed))
    except ValueError as error:
        raise ValueError(str(error).replace("--aisles", "hall.aisles =")) from error
    build_network(layout, scenario.ways, scenario.fleet.chargers)


def _scenario(document: dict[str, Any]) -> Scenario:
    parts = {name: _part(cls, document.pop(name, {}), name) for name, cls in _PARTS.items()}
    listed = document.pop("incident", [])
    if not isinstance(listed, list):
        raise ValueError("write each incident as [[incident]], with two brackets.")
    mishaps = tuple(_mishap(entry, k) for k, entry in enumerate(listed))
    start = document.pop("start", Scenario.start)
    if not isinstance(start, datetime):
        raise ValueError(f"start = {start!r} is no clock time; write start = 2026-01-05T08:00:00.")
    top = _part(Scenario, document, "", ("seed", "seconds", "name"))
    if not _NAME.fullmatch(top.name):
        raise ValueError(f"name = {top.name!r}: give up to 40 of a-z, 0-9, _ and -.")
    for mishap in mishaps:
        if mishap.at > top.seconds:
            raise ValueError(f"an incident at {mishap.at:g} s comes after the end at {top.seconds:g} s.")
    return Scenario(top.seed, top.seconds, top.name, start.replace(tzinfo=None), **parts, mishaps=mishaps)


def _mishap(entry: object, number: int) -> MishapCfg:
    where = f"incident {number + 1}"
    if not isinstance(entry, dict) or "kind" not in entry or "at" not in entry:
        raise ValueError(f"{where} needs a kind and the time at which it happens, in s: kind, at.")
    if entry["kind"] not in MISHAPS:
        raise ValueError(f"{where}: kind = {entry['kind']!r} is not known: give {', '.join(MISHAPS)}.")
    return _part(MishapCfg, entry, "incident", where=where)


def _part(
    cls: type[_Part], values: object, prefix: str, known: tuple[str, ...] = (), where: str = ""
) -> _Part:
    """A dataclass of `values`, each looked at."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{prefix} = {values!r} is no table; write [{prefix}].")
    where = where or prefix
    known = known or tuple(one.name for one in fields(cls))  # type: ignore[arg-type]
    types = {one.name: one.type for one in fields(cls)}  # type: ignore[arg-type]
    for key, value in values.items():
        dotted = f"{where}.{key}" if where else key
        if key not in known:
            all_known = [*known, *_PARTS, "start", "incident"] if not prefix else known
            raise ValueError(f"there is no '{dotted}'; known are {', '.join(all_known)}.")
        _check(dotted, f"{prefix}.{key}" if prefix else key, value, str(types[key]).removesuffix(" | None"))
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def _check(dotted: str, name: str, value: object, kind: str) -> None:
    if kind == "tuple[str, ...]":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f'{dotted} = {value!r} is no list of names; write ["aisle_03A"].')
        return
    right = {"int": int, "float": (int, float), "bool": bool, "str": str}[kind]
    if not isinstance(value, right) or (isinstance(value, bool) and kind != "bool"):
        meant = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
        raise ValueError(f"{dotted} = {value!r} is not {meant[kind]}.")
    if name in _RANGES:
        least, most = _RANGES[name]
        assert isinstance(value, int | float)
        if not least <= value <= most:
            raise ValueError(f"{dotted} = {value!r} is out of range: give {least:g} to {most:g}.")
