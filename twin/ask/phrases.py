"""The sentences of `sentences.toml`: key -> [English, Chinese]."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import tomllib

_TABLES: Final[dict[str, dict[str, list[str]]]] = tomllib.loads(
    files("gaitway.twin.ask").joinpath("sentences.toml").read_text("utf-8")
)
TEXTS: Final = _TABLES["sentences"]
STATE_NAMES: Final = _TABLES["states"]
EVENT_NAMES: Final = _TABLES["events"]
INCIDENT_NAMES: Final = _TABLES["incidents"]
