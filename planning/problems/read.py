"""Reads planning problems from whichever file somebody has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import ProblemError
from .fields import Field
from .moveit import read_moveit
from .own_json import FORMAT, problems_of_own
from .problem import Problem
from .vamp_json import problems_of_vamp

_PICKLES = (".pkl", ".pickle", ".p")


def read_problems(path: Path) -> list[Problem]:
    """Read MotionBenchMaker's YAML from a folder or tar, VAMP's JSON of it, or our own JSON.

    Raises:
        ProblemError: no such file, a pickle, another format, a field that is missing or cannot be used, or a
            problem's name that is there twice. The sentence names file and field.
    """
    try:
        problems = _problems(path)
    except OSError as error:
        raise ProblemError(f"{error.filename or path}: {error.strerror}.") from error
    if not problems:
        raise ProblemError(f"{path}: holds no problem.")
    names = set()
    for problem in problems:
        if problem.name in names:
            raise ProblemError(f"{path}: problem {problem.name} is there twice.")
        names.add(problem.name)
    return problems


def _problems(path: Path) -> list[Problem]:
    if path.is_dir():
        return read_moveit(path)
    with path.open("rb") as file:
        head = file.read(1)
    if path.suffix in _PICKLES or head == b"\x80":
        raise ProblemError(
            f"{path}: is a pickle, which could run any code when read; give the YAML files it was made of, "
            "or the JSON that VAMP's script writes beside it."
        )
    if path.suffix != ".json":
        return read_moveit(path)
    try:
        document = Field(json.loads(path.read_bytes(), object_pairs_hook=_mapping), str(path))
    except (ValueError, RecursionError) as error:
        raise ProblemError(f"{path}: is no JSON: {error}.") from error
    kind = document.get("format")
    if kind is None:
        return problems_of_vamp(document)
    if kind.value != FORMAT:
        kind.refuse(f"is {kind.value!r}; '{FORMAT}' can be read, and VAMP's files, which have none")
    return problems_of_own(document)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; of two obstacles of one name Python would keep but the last."""
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(name for name in names if names.count(name) > 1)}' is there twice")
    return mapping
