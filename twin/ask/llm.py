"""A language model may say what a question means. It never sees a row, and never says a number."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict
from email.message import Message
from typing import IO, Final

from .checked import checked_query
from .facts import Source
from .query import ACTOR_KINDS, INTENTS, PLACE_KINDS, Query
from .topics import TOPICS

KEY: Final = "GAITWAY_LLM_KEY"
"""The environment variable with the endpoint's key; none is sent if it is not set."""
_LONGEST = 65536  # bytes of a reply


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key must not follow a redirect to another host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """None is followed: the reply is an error."""


class Endpoint:
    """Turns words into a query through an OpenAI-compatible chat endpoint.

    Args:
        url: of the API, as http://127.0.0.1:8000/v1.
        model: its name.
        seconds: to wait for all of the reply.

    Attributes:
        refused: why the last reply was not used; None if it was.

    Raises:
        ValueError: the URL is no http or https.
    """

    def __init__(self, url: str, model: str = "default", seconds: float = 10.0) -> None:
        if not re.match(r"https?://[^/\s]", url):
            raise ValueError(f"--llm {url}: must be a URL that begins with http:// or https://.")
        self._url = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self._model = model
        self._seconds = seconds
        self._open = urllib.request.build_opener(_NoRedirects).open
        self.refused: str | None = None

    def __call__(self, question: str, source: Source) -> Query | None:
        """The query that the model reads in a question; None if it gives none that is whole and known."""
        self.refused = None
        try:
            return checked_query(self._ask(question, source), source)
        except (ValueError, RecursionError) as error:
            self.refused = str(error)
        except (OSError, LookupError, TypeError) as error:
            self.refused = f"The language model gave no answer ({type(error).__name__})."
        return None

    def _ask(self, question: str, source: Source) -> object:
        body = {
            "model": self._model,
            "temperature": 0,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": instructions(source)},
                {"role": "user", "content": question},
            ],
        }
        headers = {"Content-Type": "application/json"}
        if os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {os.environ[KEY]}"
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers)
        reply = json.loads(self._read(request))
        return json.loads(reply["choices"][0]["message"]["content"])

    def _read(self, request: urllib.request.Request) -> bytes:
        """The whole reply, in time and not too long."""
        end = time.monotonic() + self._seconds
        content = b""
        with self._open(request, timeout=self._seconds) as reply:
            while part := reply.read1(8192):
                content += part
                if len(content) > _LONGEST:
                    raise ValueError("The language model's reply is too long.")
                if time.monotonic() > end:
                    raise TimeoutError
        return content


def instructions(source: Source) -> str:
    """What the model is told: the fields, and the names of this run."""
    names, reading = source.names, source.reading
    return "\n".join(
        [
            "Turn a question about a warehouse into one JSON object. Answer nothing else; state no numbers.",
            f"Fields, left out where not needed: {json.dumps(asdict(Query('list')))}.",
            "intent: " + "; ".join(f"{name}: {what}" for name, what in INTENTS.items()) + ".",
            "topic: " + "; ".join(f"{name}: {topic.many}" for name, topic in TOPICS.items()) + ".",
            f"actor_kind: {', '.join(ACTOR_KINDS)}. place_kind: {', '.join(PLACE_KINDS)}.",
            "by: place, actor or hour, for intent most. rank: most or fewest (most), first or last (when), "
            "least (extreme near_miss), greatest (extreme).",
            "windows: [[since, until]] in seconds since the start, null where open; two of them to compare.",
            f"It is {source.now:.0f} s since the start, which was at {reading.clock(0.0):%H:%M:%S}.",
            f"actors: {_families(names.actors)}.",
            f"places: {_families(names.places)}.",
            f"orders: {_families(names.orders)}.",
        ]
    )


def _families(names: Iterable[str]) -> str:
    """amr_00 to amr_23, dock_0: names that differ in their numbers by the first and the last."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    return ", ".join(
        family[0] if len(family) == 1 else f"{min(family)} to {max(family)}" for family in families.values()
    )
