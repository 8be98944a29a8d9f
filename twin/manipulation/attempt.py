"""What one try to take a thing came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile


@dataclass
class Attempt:
    """One try to take a thing.

    Attributes:
        name: what it was taken for, '' if for none of the objects.
        kind: 'fingers' or 'cup', '' if there was no way to take it.
        outcome: 'placed', 'not held', 'dropped', 'no way' or 'gave up'.
        reason: of a failure, in a sentence.
        seconds: of the cell's time, from look to look.
        thinking: s of the computer's time for looking and planning.
        error: rad, the largest distance of a joint from where it was sent.
        waited: s for somebody in the way.
    """

    name: str
    kind: str
    outcome: str
    reason: str = ""
    seconds: float = 0.0
    thinking: float = 0.0
    error: float = 0.0
    waited: float = 0.0


def is_stuck(outcomes: Sequence[str]) -> bool:
    """Whether the next try should be a last resort, by what those before came to.

    It should after 'no way', and after every second 'not held' in a row: what is no last resort is tried
    again in between, elsewhere.
    """
    if outcomes and outcomes[-1] == "no way":
        return True
    in_a_row = len(list(takewhile(lambda outcome: outcome == "not held", reversed(outcomes))))
    return in_a_row > 0 and in_a_row % 2 == 0
