"""English words of a question that no rule made use of: the answer may be about less than was asked."""

from __future__ import annotations

import re
from functools import cache

from .words import entries, pattern

_MOST = 3
_TABLES = ("topics", "intents", "nouns", "hints", "idle")


@cache
def _used(table: str) -> re.Pattern[str]:
    words = "|".join(pattern(table, entry) for entry in entries(table))
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")


def unused(rest: str) -> tuple[str, ...]:
    """The first few words not used, of a question with ‹kind› for each name and without its times."""
    words = " ".join(re.sub("[‹›]", " ", rest).split())
    for table in _TABLES:
        words = _used(table).sub(" ", words)
    return tuple(dict.fromkeys(re.findall(r"[a-z]{3,20}|no", words)))[:_MOST]
