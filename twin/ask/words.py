"""The words of `words.toml`."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import tomllib

_TABLES: Final[dict[str, dict[str, list[str]]]] = tomllib.loads(
    files("gaitway.twin.ask").joinpath("words.toml").read_text("utf-8")
)


def pattern(table: str, entry: str) -> str:
    """An entry's words as one regular expression without groups around it."""
    return "|".join(_TABLES[table][entry])


def entries(table: str) -> list[str]:
    """The entries of a table, in its order."""
    return list(_TABLES[table])


def said(table: str, text: str) -> list[str]:
    """Entries of a table of which a question in small letters has a word, in the table's order."""
    return [entry for entry in _TABLES[table] if is_said(table, entry, text)]


def is_said(table: str, entry: str, text: str) -> bool:
    """Whether a question has a word of an entry."""
    return re.search(rf"(?<![a-z])(?:{pattern(table, entry)})(?![a-z])", text) is not None
