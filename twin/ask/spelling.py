"""Puts right words that are nearly written."""

from __future__ import annotations

import difflib
import re
from typing import Final

_WORDS: Final = (
    "aisle", "aisles", "robot", "robots", "forklift", "forklifts", "battery", "batteries", "throughput",
    "incident", "incidents", "compare", "status", "camera", "cameras", "delivered", "vehicle", "vehicles",
    "blocked", "which",
)  # fmt: skip
_OTHER_WORDS: Final = ("amount", "stated", "states", "while", "order", "orders", "robust")
"""Words of their own that look like one of these."""


def spelled(text: str) -> str:
    """A question in small letters, 'ailse' written 'aisle'."""

    def right(match: re.Match[str]) -> str:
        word = match[0]
        if word in _WORDS or word in _OTHER_WORDS:
            return word
        near = difflib.get_close_matches(word, _WORDS, n=1, cutoff=0.8)
        return near[0] if near else word

    return re.sub(r"(?<![a-z_])[a-z]{5,12}(?![a-z_\d])", right, text)
