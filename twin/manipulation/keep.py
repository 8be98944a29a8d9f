"""Results of single runs in a folder, so that a long campaign goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...assets.whole_file import whole_file

Result = TypeVar("Result")


def read_kept(path: Path | None, parse: Callable[[dict[str, Any]], Result]) -> Result | None:
    """The result in a file, if there is one.

    Raises:
        ValueError: the file is none.
    """
    if path is None or not path.is_file():
        return None
    try:
        return parse(json.loads(path.read_text()))
    except ValueError as error:
        raise ValueError(f"{path}: {error}; delete it to work it again.") from error


def write_kept(path: Path | None, document: dict[str, Any]) -> None:
    """Write a result into a folder that is there, whole or not at all; nowhere without a path."""
    if path is not None:
        with whole_file(path) as partial:
            partial.write_text(json.dumps(document, indent=1) + "\n")
