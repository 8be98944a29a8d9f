"""Results of single runs in a folder, so that a long campaign goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...assets.whole_file import whole_file
from .attempt import Attempt

Result = TypeVar("Result")


def result_from(kind: Callable[..., Result], document: dict[str, Any]) -> Result:
    """A result with attempts, from what `dataclasses.asdict` made of it.

    Raises:
        ValueError: fields are missing, or others are there.
    """
    try:
        fields = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        fields["attempts"] = tuple(Attempt(**attempt) for attempt in fields["attempts"])
        return kind(**fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"is no result ({error})") from error


def read_kept(path: Path | None, kind: Callable[..., Result]) -> Result | None:
    """The result in a file, if there is one.

    Raises:
        ValueError: the file is none.
    """
    if path is None or not path.is_file():
        return None
    try:
        return result_from(kind, json.loads(path.read_text()))
    except ValueError as error:
        raise ValueError(f"{path}: {error}; delete it to work it again.") from error


def write_kept(path: Path | None, document: dict[str, Any]) -> None:
    """Write a result into a folder that is there, whole or not at all; nowhere without a path."""
    if path is not None:
        with whole_file(path) as partial:
            partial.write_text(json.dumps(document, indent=1) + "\n")
