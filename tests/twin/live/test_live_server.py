"""The live page's server: what it tells, and whom it refuses."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from gaitway.twin.journal.journal import Journal, Sample
from gaitway.twin.live.controls import Controls, Wanted
from gaitway.twin.live.server import LiveServer, serving

from ..synthetic_shift import write_shift

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_shift(folder / "journal.sqlite", seconds=200, amrs=4)
    (folder / "cameras").mkdir()
    (folder / "cameras" / "camera_01.jpg").write_bytes(b"\xff\xd8\xff picture")
    (folder / "cameras" / "a b.jpg").write_bytes(b"\xff\xd8\xff odd name")
    (folder / "secret.jpg").write_bytes(b"secret")
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    with serving(folder) as address:
        yield urlsplit(address).port or 0


def _ask(port: int, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**(JSON if body is not None else {}), **(headers or {})}
    connection.request("GET" if body is None else "POST", path, content, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_the_floor_and_ways_are_the_journals(port: int) -> None:
    facts = json.loads(_ask(port, "/floor")[1])
    assert {"aisle_01A", "station_0", "hall"} <= {place["name"] for place in facts["places"]}
    assert dict(facts["actors"])["amr_00"] == "amr"
    frames = json.loads(_ask(port, "/frames?from=10&to=15")[1])
    assert [time for time, _ in frames] == [11, 12, 13, 14, 15]
    assert len(frames[0][1]) == 4 + 8 + 3
    longest = json.loads(_ask(port, "/frames?from=0&to=1e9")[1])
    assert longest[-1][0] == 60.0, "not more than a minute at a time"
    assert _ask(port, "/frames?from=a")[0] == 400


def _news(port: int) -> Iterator[dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream"
    try:
        while True:
            line = answer.readline()
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        connection.close()


def test_the_stream_tells_what_is_new_as_the_journal_grows(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite", {"start": "2026-11-28T09:00:00"}) as journal:
        journal.actor("amr_0", "amr")
        journal.samples(1.0, [Sample("amr_0", 1.0, 2.0, 0.0, 1.0, 0.5)])
        journal.commit()
        with serving(tmp_path) as address:
            stream = _news(urlsplit(address).port or 0)
            first = next(stream)
            assert (first["until"], first["ended"], first["events"]) == (1.0, False, [])
            assert first["frames"] == [[1.0, [["amr_0", 1.0, 2.0, 0.0, 1.0, 0.5, ""]]]]
            assert first["figures"]["contacts"] == 0
            journal.samples(2.0, [Sample("amr_0", 2.0, 2.0, 0.0, 1.0, 0.5)])
            journal.event(1.5, "contact", actor="amr_0", other="worker_0")
            journal.event(1.5, "truth", note="spill")
            journal.commit()
            new = next(news for news in stream if news.get("frames"))
            assert [frame[0] for frame in new["frames"]] == [2.0]
            told = new["events"] or next(news["events"] for news in stream if news["events"])
            assert [event["kind"] for event in told] == ["contact"], "nobody is told the truth"
            journal.note("ended", "completed")
            journal.commit()
            assert next(news for news in stream if news["ended"])
            assert next(news for news in stream if "figures" in news)["figures"]["contacts"] == 1
            stream.close()


def test_questions_are_answered_with_events_to_go_to(port: int) -> None:
    status, content = _ask(port, "/ask", {"question": "how many near misses were there?", "now": 200.0})
    answer = json.loads(content)
    assert status == 200
    assert {"text", "events", "jump"} <= set(answer)
    assert _ask(port, "/ask", {"question": 3})[0] == 422
    assert _ask(port, "/ask", {"question": "x", "now": "noon"})[0] == 422
    assert _ask(port, "/ask", {"question": "x", "now": float("nan")})[0] == 422
    status, content = _ask(port, "/event/1")
    assert status == 200 and json.loads(content)["id"] == 1
    assert json.loads(_ask(port, "/event/" + "9" * 30)[1]) is None


def test_orders_reach_the_run(port: int, folder: Path) -> None:
    assert json.loads(_ask(port, "/controls", {"speed": 5})[1]) == {"paused": False, "speed": 5.0}
    assert _ask(port, "/controls", {"incident": {"kind": "spill", "place": "aisle_02B"}})[0] == 200
    status, why = _ask(port, "/controls", {"incident": {"kind": "spill", "place": "no such"}})
    assert (status, why) == (422, b"There is no such place.")
    assert _ask(port, "/controls", {"speed": -1})[0] == 422
    controls = Controls(folder)
    controls.poll()
    assert controls.speed == 5.0 and list(controls.incidents) == [Wanted("spill", "aisle_02B")]


def test_pictures_come_from_the_folder_of_pictures_alone(port: int) -> None:
    assert _ask(port, "/cameras/camera_01.jpg") == (200, b"\xff\xd8\xff picture")
    for path in (
        "/cameras/../secret.jpg", "/cameras/..%2fsecret.jpg", "/cameras/none.jpg", "/cameras/.jpg",
        "/cameras//etc/passwd.jpg", "/../server.py", "/page/../server.py", "/..%2fserver.py", "/%00",
    ):  # fmt: skip
        assert _ask(port, path)[0] == 404, path


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:99999999"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_are_refused(port: int, headers: dict[str, str]) -> None:
    headers = {name: value.format(port=port) for name, value in headers.items()}
    assert _ask(port, "/floor", headers=headers)[0] == 403
    assert _ask(port, "/controls", {"paused": True}, headers)[0] == 403
    own = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    assert _ask(port, "/floor", headers=own)[0] == 200


def test_bodies_that_a_form_could_send_and_oversized_ones_are_refused(port: int) -> None:
    assert _ask(port, "/controls", b'{"paused": true}', {"Content-Type": "text/plain"})[0] == 415
    assert _ask(port, "/controls", b"x" * 70_000)[0] == 413
    assert _ask(port, "/controls", b"{" * 1000)[0] == 400
    assert _ask(port, "/controls", b"[" * 60_000)[0] == 400
    assert _ask(port, "/controls", [1])[0] == 400
    assert _ask(port, "/nothing", {})[0] == 404


def test_it_listens_on_this_machine_and_says_what_is_wrong(folder: Path, port: int, tmp_path: Path) -> None:
    with LiveServer(folder, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
    with pytest.raises(ValueError, match=rf"port {port} .*choose another --port"):
        LiveServer(folder, port)
    with pytest.raises(ValueError, match="port 70000"):
        LiveServer(folder, 70_000)
    with pytest.raises(ValueError, match="no such journal"):
        LiveServer(tmp_path, 0)
    with socket.create_connection(("127.0.0.1", port)) as garbage:
        garbage.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        garbage.recv(100)
    assert _ask(port, "/floor")[0] == 200
