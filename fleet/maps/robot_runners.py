"""Problems of the League of Robot Runners: a JSON that names files of a map, robots and tasks.

Cells are numbers: row times width plus column. Robots begin facing east; a task is one cell, or cells to
visit in turn (2024). https://github.com/MAPF-Competition/Start-Kit/blob/main/Input_Output_Format.md
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ScenarioError
from .lines import Lines
from .movingai import read_map, refuse_shared_cells

ASSIGNMENTS = ("greedy", "roundrobin", "roundrobin_fixed")
_MAX_ROBOTS = 1_000_000


@dataclass(frozen=True, eq=False)
class RobotRunnersProblem:
    """A lifelong problem.

    Attributes:
        name: of the JSON, without its end.
        free: (height, width) bool.
        start: (n,) int cells, row-major.
        tasks: cells of each task, in the order in which tasks are revealed.
        reveal: tasks that are known at a time; 2023 files say how many per robot with `numTasksReveal`.
        assignment: `greedy`, `roundrobin` or `roundrobin_fixed`: who gets which task in the 2023 files.
    """

    name: str
    free: npt.NDArray[np.bool_]
    start: npt.NDArray[np.int64]
    tasks: tuple[tuple[int, ...], ...]
    reveal: float
    assignment: str


def read_robot_runners(file: Path) -> RobotRunnersProblem:
    """Read a problem and the three files that it names, relative to its folder.

    Raises:
        ScenarioError: the JSON, the robots' or the tasks' file is missing or broken, or does not fit the map.
        MapError: the map is.
    """
    fields = _document(file)
    free = read_map(file.parent / _name(file, fields, "mapFile"))
    agents = file.parent / _name(file, fields, "agentFile", "agents")
    tasks = file.parent / _name(file, fields, "taskFile", "tasks")
    team = _whole(file, fields, "teamSize", 1, _MAX_ROBOTS)
    reveal = fields.get("numTasksReveal", 1)
    if isinstance(reveal, bool) or not isinstance(reveal, int | float) or not 0 < reveal < float("inf"):
        raise ScenarioError(f"{file}: numTasksReveal is {reveal!r}; it must be a number above 0.")
    assignment = fields.get("taskAssignmentStrategy", ASSIGNMENTS[0])
    if assignment not in ASSIGNMENTS:
        raise ScenarioError(
            f"{file}: taskAssignmentStrategy is {assignment!r}; it must be one of {', '.join(ASSIGNMENTS)}."
        )
    starts = _listed(agents, free, team, "robots")
    start = np.array([cells[0] for _, cells in starts], np.int64)
    refuse_shared_cells(agents, np.array([line for line, _ in starts]), "start", _xy(start, free.shape[1]))
    listed = _listed(tasks, free, None, "tasks")
    return RobotRunnersProblem(
        file.stem, free, start, tuple(cells for _, cells in listed), float(reveal), assignment
    )


def _xy(cells: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    return np.stack([cells % width, cells // width], axis=1)


def _document(file: Path) -> dict[str, Any]:
    text = "\n".join(Lines(file, ScenarioError).text)
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ScenarioError(f"{file}, line {problem.lineno}: is no JSON: {problem.msg}.") from None
    except RecursionError:
        raise ScenarioError(f"{file}: is nested too deeply.") from None
    if not isinstance(fields, dict):
        raise ScenarioError(f"{file}: must be a JSON object with mapFile, agentFile, teamSize and taskFile.")
    return fields


def _name(file: Path, fields: dict[str, Any], *keys: str) -> str:
    for key in keys:
        if key in fields:
            if not isinstance(fields[key], str) or not fields[key] or "\0" in fields[key]:
                raise ScenarioError(f"{file}: {key} is {fields[key]!r}; it must be the name of a file.")
            return fields[key]
    raise ScenarioError(f"{file}: has no field '{keys[0]}'; it must name a file.")


def _whole(file: Path, fields: dict[str, Any], key: str, least: int, most: int) -> int:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ScenarioError(f"{file}: {key} is {value!r}; it must be a whole number from {least} to {most}.")
    return value


def _listed(
    file: Path, free: npt.NDArray[np.bool_], count: int | None, what: str
) -> list[tuple[int, tuple[int, ...]]]:
    """Lines and cells of a file of robots or tasks: comments, how many, one a line."""
    lines = Lines(file, ScenarioError)
    at = [i for i, text in enumerate(lines.text) if text.strip() and not text.lstrip().startswith("#")]
    if not at:
        raise ScenarioError(f"{file}: is empty; it must begin with the number of {what}.")
    stated = lines.whole(at[0], f"number of {what}", lines.text[at[0]], 1, _MAX_ROBOTS)
    rows = at[1 : 1 + (stated if count is None else count)]
    if len(rows) < (count or stated):
        raise ScenarioError(f"{file}: has {len(rows)} {what}; {count or stated} are asked for.")
    return [(index + 1, _cells(lines, index, free)) for index in rows]


def _cells(lines: Lines, index: int, free: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    words = lines.text[index].strip().rstrip(",").split(",")
    cells = tuple(lines.whole(index, "cell", word, 0, free.size - 1) for word in words)
    for cell in cells:
        if not free.flat[cell]:
            lines.refuse(
                index, f"cell {cell} (x {cell % free.shape[1]}, y {cell // free.shape[1]}) is blocked"
            )
    return cells
