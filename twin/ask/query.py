"""What a question means: an intent and its slots, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

INTENTS: Final = {
    "count": "how many there were",
    "list": "which there were",
    "when": "the first or last of them",
    "where": "where somebody is, or where it happened",
    "most": "who or which place had most or fewest",
    "extreme": "the closest, longest or latest",
    "duration": "how long it lasted in all",
    "late": "why orders are late",
    "stop": "why vehicles stopped",
    "block": "what blocks a place",
    "compare": "two windows, places, vehicles or runs",
    "status": "what somebody does",
    "throughput": "orders an hour",
    "battery": "batteries and who charges",
    "incident": "how fast incidents were dealt with",
    "health": "a summary",
}
ACTOR_KINDS: Final = ("amr", "forklift", "worker", "camera", "station", "dock", "charger")
PLACE_KINDS: Final = ("aisle", "lane", "station", "dock", "charger", "parking", "crossing")


class Window(NamedTuple):
    """From `since` until `until`, in s since the start of the run; None where it is open."""

    since: float | None = None
    until: float | None = None


@dataclass(frozen=True)
class Query:
    """A question that the journal can answer.

    Attributes:
        intent: of `INTENTS`.
        topic: of `TOPICS`; None for whatever happened.
        actors: names of who it is about; two are compared.
        both: only what all of the actors have part in, as a near miss between two.
        places: names of places it is about; two are compared.
        orders: ids of orders.
        windows: when; two are compared.
        actor_kind: only these, of `ACTOR_KINDS`.
        place_kind: only these, of `PLACE_KINDS`.
        by: 'place', 'actor' or 'hour', for which of them had most.
        rank: 'most' or 'fewest'; 'first' or 'last'; 'least' or 'greatest'.
        incident: id of one incident.
        other_run: compare with another journal.
    """

    intent: str
    topic: str | None = None
    actors: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    actor_kind: str | None = None
    place_kind: str | None = None
    by: str | None = None
    rank: str | None = None
    incident: int | None = None
    other_run: bool = False
    both: bool = False

    @property
    def window(self) -> Window:
        """The first window, or all of the run."""
        return self.windows[0] if self.windows else Window()

    def as_dict(self) -> dict[str, Any]:
        """Slots that are set, for JSON."""
        return {key: value for key, value in asdict(self).items() if value not in (None, (), False)}
