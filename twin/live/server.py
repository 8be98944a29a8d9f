"""Serves the page, and what it shows, to browsers on this machine alone."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..ask.ask import ask
from ..journal.reading import Reading
from . import feed
from .controls import Controls, send
from .guard import HOST, is_ours

JOURNAL = "journal.sqlite"
_PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
_LARGEST_BODY = 1 << 16  # bytes
_TICK, _FIGURES_EVERY, _FIGURES_SHARE = 0.25, 2.0, 0.05  # s, s, of the time of a core


class LiveServer(ThreadingHTTPServer):
    """The server of a run's folder; `port` 0 takes any.

    Raises:
        ValueError: there is no journal, or the port is taken.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        with closing(self.open()):
            pass
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise ValueError(
                f"Cannot listen on {HOST}, port {port} ({reason}); choose another --port (0 takes any)."
            ) from error
        self._lock = threading.Lock()
        self._controls = Controls(folder)
        self._figures: dict[str, Any] = {}
        self._next = 0.0

    @property
    def address(self) -> str:
        """Of the page."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def open(self) -> Reading:
        """The journal, for one thread."""
        return Reading(self.folder / JOURNAL)

    def figures(self, reading: Reading) -> dict[str, Any]:
        """The figures, however many look: new every two seconds, more seldom if they take long to make."""
        with self._lock:
            begin = time.monotonic()
            if begin > self._next:
                self._figures = feed.figures(reading)
                self._next = begin + max(_FIGURES_EVERY, (time.monotonic() - begin) / _FIGURES_SHARE)
            return self._figures

    def controls(self) -> dict[str, Any]:
        """What was last asked of the run."""
        with self._lock:
            self._controls.poll()
            self._controls.incidents.clear()  # they are for the run
            return {"paused": self._controls.paused, "speed": self._controls.speed}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no news; all else is told as usual."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve the page of a run in a thread beside it; its address."""
    with LiveServer(folder, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.address
        finally:
            server.shutdown()


class News:
    """What one browser was told so far, and what is new since."""

    def __init__(self, reading: Reading, server: LiveServer) -> None:
        self._reading, self._server = reading, server
        self._time, self._event = -1.0, 0
        self._figures: dict[str, Any] | None = None

    def collect(self) -> dict[str, Any]:
        """News for the page, as it is JSON."""
        until, ended = feed.progress(self._reading)
        news: dict[str, Any] = {"until": until, "ended": ended, "controls": self._server.controls()}
        if until > self._time:
            news["frames"] = feed.frames(self._reading, max(self._time, until - feed.LONGEST), until)
            news["cameras"] = feed.cameras(self._server.folder)
            self._time = until
        news["events"] = feed.events(self._reading, self._event)
        if news["events"]:
            self._event = news["events"][-1]["id"]
        figures = self._server.figures(self._reading)
        if figures is not self._figures:
            news["figures"] = self._figures = figures
        return news


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Files of the page, pictures, ways, and the stream of news."""
        if not self._is_allowed():
            return
        url = urlsplit(self.path)
        name = url.path.removeprefix("/") or "index.html"
        if name == "stream":
            self._stream()
        elif name == "floor":
            self._with_journal(feed.floor)
        elif name == "frames":
            self._frames(parse_qs(url.query))
        elif name.startswith("event/") and name[6:].isdecimal():
            self._with_journal(lambda reading: feed.event(reading, min(int(name[6:20]), 2**62)))
        elif name.startswith("cameras/") and name.endswith(".jpg"):
            content = feed.picture(self.server.folder, name[8:-4])
            self._answer(content, "image/jpeg") if content else self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._file(name)

    def do_POST(self) -> None:
        """A question, or something that is asked of the run."""
        if not self._is_allowed():
            return
        body = self._body()
        if body is None:
            return
        try:
            if self.path == "/ask":
                self._ask(body)
            elif self.path == "/controls":
                self._control(body)
            else:
                self._refuse(HTTPStatus.NOT_FOUND)
        except ValueError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    def _is_allowed(self) -> bool:
        allowed = is_ours(self.headers, self.server.server_address[1])
        if not allowed:
            self._refuse(HTTPStatus.FORBIDDEN, "This page belongs to another site.")
        return allowed

    def _body(self) -> Any:
        """JSON that was sent; None, and a refusal, if it is none."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json" or not length.isdecimal():
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON.")
        elif len(length) > 9 or int(length) > _LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too long.")
        else:
            try:
                body = json.loads(self.rfile.read(int(length)))
                if isinstance(body, dict):
                    return body
            except (ValueError, RecursionError):
                pass
            self._refuse(HTTPStatus.BAD_REQUEST, "That is no JSON object.")
        return None

    def _ask(self, body: dict[str, Any]) -> None:
        question, now = body.get("question"), body.get("now")
        is_time = now is None or (isinstance(now, (int, float)) and math.isfinite(now))
        if not isinstance(question, str) or not is_time:
            raise ValueError("A question is a text, and now a time in s.")
        self._with_journal(lambda reading: ask(reading, question, now).as_dict())

    def _control(self, body: dict[str, Any]) -> None:
        incident = body.get("incident")
        if isinstance(incident, dict):
            with closing(self.server.open()) as reading:
                places = {place["name"] for place in feed.floor(reading)["places"]}
            if incident.get("place") not in places:
                raise ValueError("There is no such place.")
        send(self.server.folder, body)
        self._json(self.server.controls())

    def _frames(self, query: dict[str, list[str]]) -> None:
        try:
            begin, end = float(query["from"][0]), float(query["to"][0])
        except (KeyError, ValueError):
            self._refuse(HTTPStatus.BAD_REQUEST, "Give from and to in s.")
            return
        self._with_journal(lambda reading: feed.frames(reading, begin, end))

    def _stream(self) -> None:
        """Server-sent events, until the browser goes: what is new, four times a second."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        with closing(self.server.open()) as reading:
            news = News(reading, self.server)
            while True:
                self.wfile.write(f"data: {json.dumps(news.collect())}\n\n".encode())
                self.wfile.flush()
                time.sleep(_TICK)

    def _with_journal(self, read: Any) -> None:
        with closing(self.server.open()) as reading:
            self._json(read(reading))

    def _file(self, name: str) -> None:
        path = _PAGE / name
        if path.parent == _PAGE and path.suffix in _TYPES and path.is_file():
            self._answer(path.read_bytes(), f"{_TYPES[path.suffix]}; charset=utf-8")
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _json(self, content: Any) -> None:
        self._answer(json.dumps(content).encode(), "application/json")

    def _refuse(self, status: HTTPStatus, why: str = "") -> None:
        self.close_connection = True  # a body may be unread
        self._answer((why or status.phrase).encode(), "text/plain; charset=utf-8", status)

    def _answer(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the terminal."""
