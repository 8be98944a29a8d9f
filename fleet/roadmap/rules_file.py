"""Sites and rules from a file: TOML or JSON, and the `sites.json` that a generated warehouse comes with."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

import tomllib

from ..errors import RoadmapError
from ..maps.lines import Lines
from .areas import polygon
from .rules import DIRECTIONS, KINDS, Rules, Site, Zone

_MAX_NUMBER = 1e6
_GROUPS = {"stations": None, "docks": None, "spawn_points": None}
_KIND_OF = {"pick_station": "station", "charger": "charger", "dock_open": "dock", "amr": "parking"}
"""Kinds of a generated warehouse; those that robots have no business at are left out."""


def read_rules(file: Path) -> Rules:
    """Read sites and rules.

    A file may name another one by `sites`, which is looked for beside it: one of the same form with sites
    alone, or the `sites.json` of a generated warehouse.

    Raises:
        RoadmapError: a file is missing or broken, a key is unknown, a value is wrong, a name is there twice.
    """
    table = _Table(file, "", _document(file))
    robot = table.table("robot", ("diameter", "clearance"))
    cell = table.number("cell", 0.05, 100) if "cell" in table.fields else None
    sites = [_site(entry) for entry in table.entries("site", ("name", "kind", "position", "reach"))]
    if "sites" in table.fields:
        sites += _sites_of(file.parent / table.text("sites"))
    names: set[str] = set()
    for site in sites:
        if site.name in names:
            raise RoadmapError(f"{file}: two sites are named {site.name!r}; give each its own name.")
        names.add(site.name)
    table.refuse_unknown(("robot", "cell", "sites", "site", "one_way", "speed", "keep_out"))
    return Rules(
        source=str(file),
        diameter=robot.number("diameter", 0.05, 20),
        clearance=robot.number("clearance", 0, 5, 0.05),
        cell=cell,
        sites=tuple(sites),
        one_way=tuple(_zone(entry) for entry in table.entries("one_way", ("name", "area", "direction"))),
        speed=tuple(_zone(entry) for entry in table.entries("speed", ("name", "area", "speed"))),
        keep_out=tuple(_zone(entry) for entry in table.entries("keep_out", ("name", "area"))),
    )


class _Table:
    """Fields of a table in a file, and how they are refused."""

    def __init__(self, file: Path, where: str, fields: dict[str, Any]) -> None:
        self.file, self.where, self.fields = file, where, fields

    def refuse(self, why: str) -> NoReturn:
        raise RoadmapError(f"{self.file}: {self.where}{why}.")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        known = list(known)
        for key in self.fields:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]!r}" if near else f"known are {', '.join(known)}"
                self.refuse(f"{key!r} is no key here; {hint}")

    def table(self, key: str, known: Iterable[str]) -> _Table:
        fields = self.fields.get(key, {})
        if not isinstance(fields, dict):
            self.refuse(f"{key} must be a table, [{key}]")
        table = _Table(self.file, f"{key}: ", fields)
        table.refuse_unknown(known)
        return table

    def entries(self, key: str, known: Iterable[str]) -> list[_Table]:
        found = self.fields.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.refuse(f"{key} must be a list of tables, [[{key}]]")
        tables = [_Table(self.file, f"{key} {_label(i, entry)}: ", entry) for i, entry in enumerate(found)]
        for table in tables:
            table.refuse_unknown(known)
        return tables

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        value = self.fields.get(key, default)
        if not _is_number(value) or not least <= value <= most:
            missing = "is missing" if value is None else f"is {value!r}"
            self.refuse(f"{key} {missing}; it must be a number from {least:g} to {most:g}")
        return float(value)

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
            self.refuse(f"{key} is {value!r}; it must be a name in quotes")
        return value

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        value = self.fields.get(key)
        if value not in words:
            self.refuse(f"{key} is {value!r}; it must be one of {', '.join(words)}")
        return str(value)


def _label(index: int, entry: dict[str, Any]) -> str:
    name = entry.get("name")
    return repr(name[:40]) if isinstance(name, str) else f"number {index + 1}"


def _is_number(value: object) -> TypeGuard[float]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and abs(value) <= _MAX_NUMBER


def _site(entry: _Table, kind: str | None = None) -> Site:
    """A site; `position` may have a height, which is left out."""
    place = entry.fields.get("position")
    if not isinstance(place, list) or len(place) not in (2, 3) or not all(map(_is_number, place)):
        entry.refuse(f"position is {place!r}; it must be [x, y] in m")
    kind = kind or entry.one_of("kind", KINDS)
    reach = entry.number("reach", 0, 100, Site.reach)
    return Site(entry.text("name"), kind, (float(place[0]), float(place[1])), reach)


def _zone(entry: _Table) -> Zone:
    try:
        area = polygon(entry.fields.get("area", ()))
    except ValueError as problem:
        entry.refuse(f"area {problem}")
    direction = -1
    if entry.where.startswith("one_way"):
        direction = DIRECTIONS.index(entry.one_of("direction", DIRECTIONS))
    speed = entry.number("speed", 0.05, 1) if entry.where.startswith("speed") else 1.0
    return Zone(entry.text("name"), area, direction, speed)


def _sites_of(file: Path) -> list[Site]:
    """Sites of another file."""
    table = _Table(file, "", _document(file))
    if not any(group in table.fields for group in _GROUPS):
        table.refuse_unknown(("site",))
        return [_site(entry) for entry in table.entries("site", ("name", "kind", "position", "reach"))]
    sites = []
    for group in _GROUPS:
        for entry in table.entries(group, ("name", "kind", "position", "yaw")):
            kind = _KIND_OF.get(str(entry.fields.get("kind")))
            if kind:
                sites.append(_site(entry, kind))
    return sites


def _document(file: Path) -> dict[str, Any]:
    text = "\n".join(Lines(file, RoadmapError).text)
    try:
        document = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as problem:
        raise RoadmapError(f"{file}, line {problem.lineno}: is no JSON: {problem.msg}.") from None
    except tomllib.TOMLDecodeError as problem:
        raise RoadmapError(f"{file}: is no TOML: {problem}.") from None
    except RecursionError:
        raise RoadmapError(f"{file}: is nested too deeply.") from None
    if not isinstance(document, dict):
        raise RoadmapError(f"{file}: must be a table of sites and rules.")
    return document
