"""Finds the names of the journal in a question, however people write them: robot 7, AMR-07, 7号机器人."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

from ..journal.reading import Reading
from .words import entries, pattern

_ALSO = {"amr": ("forklift",)}
"""A robot may be a forklift, if there is no such AMR."""
_NUMBER = r"\d{1,6}[a-z]?(?![a-z\d])(?!\s*(?::\d|[ap]\.?m\b|点|分|小时|秒|min|sec|hour|s\b))"
_MORE = rf"(?:\s*(?:,|and|&|or|vs\.?|versus|with|to|than|和|与|跟|、|比)\s*({_NUMBER}))"
_JOIN = r"(?:[ _#-]|no\.?|number|号)*"


@dataclass
class Found:
    """What a question names.

    Attributes:
        actors, places, orders: names of the journal, in the order of the question.
        incident: id of an event, if one is named.
        unknown: (what was written, nearest known name or None) of a name that the journal does not have.
        rest: the question with ‹kind› for each name.
    """

    actors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    incident: int | None = None
    unknown: tuple[str, str | None] | None = None
    rest: str = ""


class Names:
    """All names of a journal.

    Attributes:
        actors: name -> kind.
        places: name -> kind.
        orders: ids.
    """

    def __init__(self, reading: Reading) -> None:
        ask = reading.database.execute
        self.actors: dict[str, str] = dict(ask("SELECT name, kind FROM actors ORDER BY name").fetchall())
        self.places: dict[str, str] = dict(ask("SELECT name, kind FROM places ORDER BY name").fetchall())
        self.orders: list[str] = [row[0] for row in ask("SELECT id FROM orders ORDER BY id")]

    def find(self, text: str) -> Found:
        """Names in a question in small letters."""
        found = Found(rest=text)
        self._find_whole(found)
        for kind in entries("nouns"):
            nouns = pattern("nouns", kind)
            before = rf"(?<![a-z_])(?:{nouns}){_JOIN}({_NUMBER})号?{_MORE}*"
            after = rf"(?<![a-z\d:])({_NUMBER})\s*号?\s*(?:{nouns})(?![a-z])"
            found.rest = re.sub(before, lambda match, k=kind: self._take(found, k, match), found.rest)
            if re.search(r"[\u4e00-\u9fff]", text):
                found.rest = re.sub(after, lambda match, k=kind: self._take(found, k, match), found.rest)
        found.actors, found.places = (
            sorted(names, key=lambda name: _position(text, name)) for names in (found.actors, found.places)
        )
        return found

    def _find_whole(self, found: Found) -> None:
        """Names written as in the journal, the long before the short."""
        self._turn_round(found)
        squeezed = re.sub("[ _-]", "", found.rest)
        names = (name for name in (*self.actors, *self.places, *self.orders) if len(name) > 2)
        likely = [name for name in names if re.sub("[ _-]", "", name.lower()) in squeezed]
        for name in sorted(likely, key=len, reverse=True):
            spelled = re.escape(name.lower()).replace("_", "[ _-]?")
            written = rf"(?<![a-z\d_]){spelled}(?![a-z\d_])"
            if re.search(written, found.rest):
                found.rest = re.sub(written, f" ‹{self._kind(name)}› ", found.rest)
                self._put(found, name)

    def _turn_round(self, found: Found) -> None:
        """'North lane' as lane_north."""
        for name in self.places:
            if name.count("_") == 1 and not re.search(r"\d", name):
                turned = " ".join(reversed(name.lower().split("_")))
                found.rest = re.sub(rf"(?<![a-z]){re.escape(turned)}(?![a-z])", name.lower(), found.rest)

    def _take(self, found: Found, kind: str, match: re.Match[str]) -> str:
        """Resolve the numbers of one mention; what stays in its place."""
        for number in re.findall(_NUMBER, match[0]):
            if kind == "incident":
                found.incident = int(re.sub(r"\D", "", number))
                continue
            names = self._numbered(kind, number)
            for name in names:
                self._put(found, name)
            if not names and found.unknown is None:
                written = re.sub(r"[^\w #-]", "", match[0])[:24]
                found.unknown = (written, self.nearest(kind, number, written))
        return f" ‹{kind}› "

    def _put(self, found: Found, name: str) -> None:
        for known, into in (
            (self.actors, found.actors),
            (self.places, found.places),
            (self.orders, found.orders),
        ):
            if name in known:
                if name not in into:
                    into.append(name)
                return

    def _kind(self, name: str) -> str:
        return self.actors.get(name) or self.places.get(name) or "order"

    def _of(self, kind: str) -> list[str]:
        """Names of a kind, vehicles for robots."""
        if kind == "order":
            return self.orders
        known = {**self.places, **self.actors}
        return [name for name, of in known.items() if of == kind]

    def _numbered(self, kind: str, number: str) -> list[str]:
        """Names with a number; all blocks of an aisle, if no letter says which."""
        wanted, letter = re.fullmatch(r"(\d+)([a-z]?)", number).groups()  # type: ignore[union-attr]
        for one in (kind, *_ALSO.get(kind, ())):
            numbered = [(name, re.search(r"(\d+)([A-Za-z]?)$", name)) for name in self._of(one)]
            names = [
                name
                for name, match in numbered
                if match and int(match[1]) == int(wanted) and (not letter or match[2].lower() == letter)
            ]
            if names:
                return names
        return []

    def nearest(self, kind: str, number: str, written: str) -> str | None:
        """The known name that is nearest to one that is not known: by number, then by letter."""
        names = self._of(kind)
        wanted = int(re.sub(r"\D", "", number))
        near = [
            (abs(int(match[0]) - wanted), name[-1:].lower() != number[-1:], name)
            for name in names
            if (match := re.search(r"\d+", name))
        ]
        if near:
            return min(near)[2]
        alike = difflib.get_close_matches(written, [*names, *self.actors, *self.places], n=1)
        return alike[0] if alike else None


def _position(text: str, name: str) -> int:
    """Where a question mentions a name, roughly: by its number."""
    match = re.search(r"0*(\d+[A-Za-z]?)$", name)
    where = text.find(match[1].lower()) if match else text.find(name.lower().replace("_", " "))
    return where if where >= 0 else len(text)
