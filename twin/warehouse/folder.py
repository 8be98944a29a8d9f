"""The folder of a run: one process at a time writes into it, and a run that was killed goes on in it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..journal.journal import Journal
from ..journal.reading import Reading
from .scenario import Scenario


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else runs in `folder` meanwhile; the lock ends with the process, however that ends.

    Raises:
        ValueError: somebody does.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ValueError(
            f"{folder}: another process runs a shift there; end it, or give another folder."
        ) from None
    finally:
        os.close(handle)


def is_ended(path: Path) -> bool:
    """Whether the run of a journal came to its end.

    Raises:
        ValueError: there is no journal.
    """
    with closing(Reading(path)) as reading:
        return "ended" in reading.meta


def begin(path: Path, scenario: Scenario) -> Journal:
    """A new journal.

    Raises:
        ValueError: there is one.
    """
    if path.exists():
        raise ValueError(f"{path} is there already: give another folder, or go on with its run by --resume.")
    facts = {"start": scenario.start.isoformat(), "name": scenario.name, "seed": str(scenario.seed)}
    return Journal(path, facts | {"scenario": _written(scenario)})


def go_on(path: Path, scenario: Scenario) -> Journal:
    """The journal of a run that did not end.

    Raises:
        ValueError: there is none, or it is of another scenario.
    """
    with closing(Reading(path)) as reading:
        known = json.loads(reading.meta.get("scenario", "{}"))
    for key, value in _flat(json.loads(_written(scenario))).items():
        if (before := _flat(known).get(key)) != value:
            raise ValueError(
                f"{path} is of another scenario, with {key} {before!r} where this one has {value!r}: "
                "give another folder."
            )
    return Journal(path, None)


def _written(scenario: Scenario) -> str:
    return json.dumps(asdict(scenario), default=str)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
