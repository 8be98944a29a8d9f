"""A language model on a local fake of an OpenAI-compatible API: it may name a query, and nothing more."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from gaitway.twin.ask.ask import ask
from gaitway.twin.ask.checked import checked_query
from gaitway.twin.ask.facts import Source
from gaitway.twin.ask.llm import KEY, Endpoint
from gaitway.twin.ask.query import ACTOR_KINDS, INTENTS, PLACE_KINDS
from gaitway.twin.ask.topics import TOPICS
from gaitway.twin.journal.reading import Reading

from .ask_shift import make_shift

QUESTION = "how many contacts"  # the rules read it: 2


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    reading = Reading(make_shift().write(tmp_path_factory.mktemp("llm") / "journal.sqlite"))
    yield reading
    reading.close()


class Fake(ThreadingHTTPServer):
    """Answers every request with `reply`, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply: Callable[[BaseHTTPRequestHandler], None] = said("{}")
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Fake  # type: ignore[assignment]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.server.reply(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def raw(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key, value)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def said(content: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return raw(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_its_query_is_answered_from_the_journal(
    fake: Fake, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "secret")
    fake.reply = said('{"intent": "count", "topic": "near_miss", "windows": [[3600, null]]}')
    endpoint = Endpoint(fake.url, "small")
    answer = ask(reading, "wie viele Beinaheunfälle seit zehn Uhr?", reader=endpoint)
    rows = [row for row in make_shift().events if row["kind"] == "near_miss" and row["time"] >= 3600]
    assert answer.figures == {"count": len(rows)} and answer.understood["read_by"] == "llm"
    assert endpoint.refused is None
    path, headers, body = fake.asked[0]
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer secret"
    assert body["model"] == "small" and body["messages"][1]["content"].startswith("wie viele")
    # It is told names, and no row.
    assert "amr_00 to amr_11" in body["messages"][0]["content"]
    assert "person ahead" not in json.dumps(body)


HOSTILE = {
    "a figure": said('{"intent": "count", "topic": "contact", "count": 9999}'),
    "an answer": said("There were 9999 contacts."),
    "sql": said('{"intent": "count", "topic": "contact; DROP TABLE events"}'),
    "sql as a name": said('{"intent": "status", "actors": ["amr_01\' OR 1=1 --"]}'),
    "a list": said('[{"intent": "count"}]'),
    "no intent": said('{"topic": "contact"}'),
    "an unknown intent": said('{"intent": "delete"}'),
    "wrong types": said('{"intent": ["count"], "topic": {"a": 1}}'),
    "nan": said('{"intent": "count", "topic": "contact", "windows": [[NaN, null]]}'),
    "a window that ends first": said('{"intent": "count", "topic": "contact", "windows": [[9, 3]]}'),
    "a huge number": said('{"intent": "incident", "incident": 1' + "0" * 5000 + "}"),
    "an incident that is none": said('{"intent": "incident", "incident": 1}'),
    "a rank without sense": said('{"intent": "count", "topic": "contact", "rank": "most"}'),
    "nothing to compare": said('{"intent": "compare", "topic": "contact"}'),
    "many names": said(json.dumps({"intent": "list", "actors": ["amr_01"] * 21})),
    "deep": said("[" * 50_000),
    "no json": raw(b"<html>busy</html>"),
    "no choices": raw(b'{"error": "busy"}'),
    "choices of another kind": raw(b'{"choices": "count"}'),
    "null": raw(b'{"choices": [{"message": {"content": null}}]}'),
    "too long": raw(b" " * 200_000),
    "an error": raw(b"{}", 500),
    "no right": raw(b"{}", 401),
    "a redirect": raw(b"", 307, Location="http://127.0.0.1:9/v1"),
    "half": raw(b'{"choices": [', 200, **{"Content-Length": "500"}),
}  # fmt: skip


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused_and_the_rules_hold(
    fake: Fake, reading: Reading, reply: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    fake.reply = reply
    endpoint = Endpoint(fake.url, seconds=2.0)
    answer = ask(reading, QUESTION, reader=endpoint)
    assert answer == ask(reading, QUESTION) and answer.figures == {"count": 2}
    assert endpoint.refused and "\n" not in endpoint.refused and len(endpoint.refused) < 200
    assert len(fake.asked) == 1


def test_a_slow_reply_is_not_waited_for(fake: Fake, reading: Reading) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):  # nobody listens any more
            for _ in range(40):
                handler.wfile.write(b" ")
                time.sleep(0.05)

    fake.reply = drip
    endpoint = Endpoint(fake.url, seconds=0.2)
    assert ask(reading, QUESTION, reader=endpoint).figures == {"count": 2}
    assert endpoint.refused == "The language model gave no answer (TimeoutError)."


def test_an_absent_endpoint_and_a_wrong_url(reading: Reading) -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1", seconds=1.0)
    assert ask(reading, QUESTION, reader=endpoint).figures == {"count": 2}
    assert endpoint.refused
    for url in ("file:///etc/passwd", "ftp://host/v1", "http://", "host/v1"):
        with pytest.raises(ValueError, match="must be a URL"):
            Endpoint(url)


def test_every_query_that_is_let_in_has_an_answer(reading: Reading) -> None:
    """Random documents: those that are checked are answered, whatever they combine."""
    source_of: list[Source] = []
    ask(reading, QUESTION, reader=lambda _, source: source_of.append(source))
    source, random_, answered = source_of[0], random.Random(1), set()
    slots: dict[str, Any] = {
        "topic": list(TOPICS),
        "actor_kind": ACTOR_KINDS,
        "place_kind": PLACE_KINDS,
        "by": ("place", "actor", "hour"),
        "rank": ("most", "fewest", "first", "last", "least", "greatest"),
        "actors": [["amr_03"], ["amr_01", "amr_02"], ["camera_012"]],
        "orders": [["order_017"], ["order_059"]],
        "places": [["aisle_04B"], ["aisle_01A", "dock_02"]],
        "other_run": (True,),
        "windows": [[[0, 1]], [[None, 3600], [3600, None]], [[100, 200.5]]],
    }
    needed = {"most": ["topic", "by"], "extreme": ["topic"], "duration": ["topic"]}
    needed |= {"when": ["topic"], "block": ["places"], "status": ["actors"]}
    for intent in [*INTENTS] * 20:
        chosen = {*needed.get(intent, ()), *random_.sample(list(slots), random_.randrange(4))}
        document = {"intent": intent} | {slot: random_.choice(slots[slot]) for slot in sorted(chosen)}
        try:
            query = checked_query(document, source)
        except ValueError:
            continue
        answer = ask(reading, QUESTION, other=reading, reader=lambda *_, query=query: query)
        assert answer.text and json.dumps(answer.as_dict())
        answered.add(query.intent)
    assert answered == set(INTENTS)
