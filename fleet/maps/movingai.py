"""Maps and scenarios in movingai's form (Sturtevant 2012; Stern et al. 2019, Multi-Agent Pathfinding, SoCS).

Letters: `.`, `G` and `S` are free, and the League of Robot Runners' `E`; `@`, `O`, `T` and `W` are blocked.
x is the column and y the row, from 0, from the upper left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import MapError, ScenarioError
from .lines import Lines

FREE, BLOCKED = ".GSE", "@OTW"
MAX_SIDE = 16_384
_FIELDS = ("bucket", "map", "map width", "map height", "start x", "start y", "goal x", "goal y", "length")


@dataclass(frozen=True, eq=False)
class Scenario:
    """Starts and goals of robots, in the file's order.

    Attributes:
        file: for messages.
        start: (n, 2) int x, y.
        goal: (n, 2) int x, y.
        line: (n,) line of the file, from 1.
    """

    file: Path
    start: npt.NDArray[np.int64]
    goal: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]


def read_map(file: Path) -> npt.NDArray[np.bool_]:
    """Which cells are free.

    Returns:
        (height, width) bool, row 0 the uppermost.

    Raises:
        MapError: the file is missing, broken, or has another size than it says.
    """
    lines = Lines(file, MapError)
    kind = lines.at(0, "'type octile'").split()
    if len(kind) != 2 or kind[0] != "type":
        lines.refuse(0, f"is {lines.text[0].strip()[:40]!r}; it must be 'type octile'")
    sides: dict[str, int] = {}
    for index in (1, 2):
        words = lines.at(index, "'height' or 'width'").split()
        if len(words) != 2 or words[0] not in ("height", "width") or words[0] in sides:
            missing = " or ".join(f"'{side} N'" for side in ("height", "width") if side not in sides)
            lines.refuse(index, f"is {lines.text[index].strip()[:40]!r}; it must be {missing}")
        sides[words[0]] = lines.whole(index, words[0], words[1], 1, MAX_SIDE)
    if lines.at(3, "'map'") != "map":
        lines.refuse(3, f"is {lines.text[3].strip()[:40]!r}; it must be 'map'")
    return _rows(lines, sides["height"], sides["width"])


def _rows(lines: Lines, height: int, width: int) -> npt.NDArray[np.bool_]:
    free = np.zeros((height, width), bool)
    for y in range(height):
        row = lines.at(4 + y, f"row {y} of the map")
        if len(row) != width:
            lines.refuse(4 + y, f"row {y} has {len(row)} cells; the width is {width}")
        if wrong := set(row) - set(FREE + BLOCKED):
            x = min(row.index(letter) for letter in wrong)
            lines.refuse(
                4 + y, f"cell x {x} is {row[x]!r}; it must be one of {FREE} (free) or {BLOCKED} (blocked)"
            )
        free[y] = [letter in FREE for letter in row]
    for index in range(4 + height, len(lines)):
        if lines.text[index].strip():
            lines.refuse(index, f"is a row too many; the height is {height}")
    return free


def write_map(file: Path, free: npt.NDArray[np.bool_]) -> None:
    """Write a map (height, width) that `read_map` reads."""
    rows = ["".join(".@"[not cell] for cell in row) for row in free]
    file.write_text(
        "\n".join(["type octile", f"height {len(free)}", f"width {free.shape[1]}", "map", *rows, ""])
    )


def read_scenario(file: Path, free: npt.NDArray[np.bool_], count: int | None = None) -> Scenario:
    """The first robots of a scenario, all of them by default.

    Args:
        file: `.scen` of version 1.
        free: (height, width) bool, the map that it is for.
        count: how many robots.

    Raises:
        ScenarioError: the file is missing, broken, for a map of another size, too short for `count`, or puts
            a robot or goal on a blocked cell, or two of them on one.
    """
    lines = Lines(file, ScenarioError)
    version = lines.at(0, "'version 1'").split()
    if len(version) != 2 or version[0] != "version" or version[1] not in ("1", "1.0"):
        lines.refuse(0, f"is {lines.text[0].strip()[:40]!r}; it must be 'version 1'")
    at = [index for index in range(1, len(lines)) if lines.text[index].strip()]
    if count is not None and count > len(at):
        raise ScenarioError(f"{file}: has {len(at)} robots; {count} are asked for.")
    if not at:
        raise ScenarioError(f"{file}: has no robots.")
    at = at[:count]
    pairs = np.array([_pair(lines, index, free) for index in at], np.int64).reshape(-1, 4)
    scenario = Scenario(file, pairs[:, :2], pairs[:, 2:], np.array(at) + 1)
    refuse_shared_cells(file, scenario.line, "start", scenario.start)
    refuse_shared_cells(file, scenario.line, "goal", scenario.goal)
    return scenario


def _pair(lines: Lines, index: int, free: npt.NDArray[np.bool_]) -> list[int]:
    """Start x, y, goal x, y of a line."""
    # A map's name may hold blanks, so tabs come first.
    words = lines.text[index].strip().split("\t")
    words = words if len(words) == len(_FIELDS) else lines.text[index].split()
    if len(words) != len(_FIELDS):
        lines.refuse(index, f"has {len(words)} fields; it must have {len(_FIELDS)}: {', '.join(_FIELDS)}")
    height, width = free.shape
    for field, side in ((2, width), (3, height)):
        stated = lines.whole(index, _FIELDS[field], words[field], 1, MAX_SIDE)
        if stated != side:
            lines.refuse(index, f"{_FIELDS[field]} is {stated}; the map's is {side}")
    cells = [
        lines.whole(index, _FIELDS[field], words[field], 0, (width if field % 2 == 0 else height) - 1)
        for field in range(4, 8)
    ]
    for name, (x, y) in (("start", cells[:2]), ("goal", cells[2:])):
        if not free[y, x]:
            lines.refuse(index, f"{name} x {x}, y {y} is a blocked cell")
    return cells


def refuse_shared_cells(
    file: Path, line: npt.NDArray[np.int64], what: str, cells: npt.NDArray[np.int64]
) -> None:
    """Refuse two robots that start, or end, on one cell.

    Raises:
        ScenarioError: with both lines.
    """
    first: dict[tuple[int, ...], int] = {}
    for at, cell in zip(line.tolist(), map(tuple, cells.tolist()), strict=True):
        if cell in first:
            place = ", ".join(f"{axis} {value}" for axis, value in zip("xy", cell, strict=False))
            raise ScenarioError(
                f"{file}, line {at}: {what} {place} is the {what} of line {first[cell]}, too."
            )
        first[cell] = at


def write_scenario(
    file: Path,
    map_name: str,
    shape: tuple[int, int],
    start: Sequence[Sequence[int]],
    goal: Sequence[Sequence[int]],
) -> None:
    """Write starts and goals (n, 2) x, y; lengths are given as 0, for nothing of ours reads them."""
    height, width = shape
    rows = [
        f"{i // 10}\t{map_name}\t{width}\t{height}\t{s[0]}\t{s[1]}\t{g[0]}\t{g[1]}\t0"
        for i, (s, g) in enumerate(zip(start, goal, strict=True))
    ]
    file.write_text("\n".join(["version 1", *rows, ""]))
