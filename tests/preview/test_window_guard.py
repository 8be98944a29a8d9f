"""Viewers that send garbage, pages of other sites, ports in use: none of them takes the window down."""

from __future__ import annotations

import http.client
import math
import random
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import viser
from gaitway.preview.window.guard import close_server, open_server
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .viewer import CAMERA, join, packed
from .waiting import until


@pytest.fixture
def server() -> Iterator[viser.ViserServer]:
    server = open_server("127.0.0.1", 0, "test")
    yield server
    close_server(server)


def _send(server: viser.ViserServer, *messages: bytes | str) -> None:
    """What one viewer sends before it leaves, or is thrown out."""
    with join(server) as viewer:
        try:
            for message in messages:
                viewer.send(message)
            time.sleep(0.05)
        except ConnectionClosed:
            pass


def test_garbage_changes_nothing_and_others_go_on(server: viser.ViserServer) -> None:
    slider = server.gui.add_slider("v", -1.0, 1.0, 0.1, 0.0)
    box = server.gui.add_checkbox("b", False)
    choice = server.gui.add_dropdown("c", ("one", "two"))
    calls: list[float] = []
    slider.on_update(lambda event: calls.append(event.target.value))
    uuid = slider._impl.uuid
    rng = random.Random(0)
    values = [math.nan, math.inf, 2.0, -1e300, "0.5", None, True, [0.5], {"a": 1}, 2**70 // 2**8]
    hostile: list[bytes | str] = [
        "text",
        b"",
        *(rng.randbytes(rng.randrange(1, 300)) for _ in range(40)),
        b"\xff" * (1 << 20),
        msgspec.msgpack.encode([1, 2, 3]),
        packed(type="NoSuchMessage"),
        packed(type="GuiUpdateMessage"),
        packed(type="GuiUpdateMessage", uuid=uuid, updates=[1]),
        *(packed(type="GuiUpdateMessage", uuid=uuid, updates={"value": v}) for v in values),
        packed(type="GuiUpdateMessage", uuid=box._impl.uuid, updates={"value": "yes"}),
        packed(type="GuiUpdateMessage", uuid=choice._impl.uuid, updates={"value": "three"}),
        packed(type="GuiUpdateMessage", uuid=uuid, updates={"update_cb": []}),
        packed(type="GuiUpdateMessage", uuid=uuid, updates={"removed": True}),
        packed(type="GuiUpdateMessage", uuid=uuid, updates={"props": None}),
        packed(type="CommandTriggerMessage", uuid=[1]),
        packed(type="ShareUrlRequest"),
        packed(**{**CAMERA, "position": "nowhere"}),
        packed(**{**CAMERA, "image_width": None}),
    ]
    for message in hostile:
        _send(server, packed(**CAMERA), message)
    assert slider.value == 0.0 and box.value is False and choice.value == "one" and not calls
    assert server._share_tunnel is None, "no viewer opens a tunnel to the internet"
    _send(server, packed(**CAMERA), packed(type="GuiUpdateMessage", uuid=uuid, updates={"value": 0.4}))
    assert until(lambda: calls == [0.4])
    slider.value = 0.1
    assert until(lambda: not server.get_clients()), "who left is forgotten"


def _get(server: viser.ViserServer, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.get_port(), timeout=10)
    connection.request("GET", "/", headers=headers)
    return connection.getresponse().status


def test_pages_of_other_sites_are_refused(server: viser.ViserServer) -> None:
    port = server.get_port()
    assert _get(server, {}) == 200
    assert _get(server, {"Host": f"localhost:{port}"}) == 200
    assert _get(server, {"Host": f"evil.example:{port}"}) == 403, "a name that was made to point here"
    with pytest.raises(InvalidStatus):
        join(server, origin="http://evil.example")
    with join(server, origin=f"http://127.0.0.1:{port}"):
        pass


def test_half_a_handshake_holds_nobody_up(server: viser.ViserServer) -> None:
    with socket.create_connection(("127.0.0.1", server.get_port())) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\nUpgrade: web")
        assert _get(server, {}) == 200


def test_only_this_machine_is_listened_to(server: viser.ViserServer) -> None:
    """127.0.0.2 is this machine too, but not the address that was asked for."""
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", server.get_port()), timeout=2)


def test_a_port_in_use_is_one_sentence(server: viser.ViserServer) -> None:
    with pytest.raises(ValueError, match=rf"port {server.get_port()} \(Address already in use\)"):
        open_server("127.0.0.1", server.get_port(), "second")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Gaitway/NoSuchTask-v0"], "no task"),
        (["no/such/folder"], "no task"),
        (["no_such.usda"], "no_such.usda"),
        (["Gaitway/DroidVelocityFlat-v0", "--worlds", "0"], "--worlds is 0"),
        (["Gaitway/DroidVelocityFlat-v0", "--port", "70000"], "--port is 70000"),
        (["Gaitway/DroidVelocityFlat-v0", "--policy", "no/such"], "no such run, checkpoint or bundle"),
        (["scene.usda", "--policy", "x"], "--policy"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], says: str, capsys: Any, monkeypatch: Any) -> None:
    from gaitway.cli.main import main

    monkeypatch.setattr(sys, "argv", ["gaitway", "preview", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    message = capsys.readouterr().err
    assert end.value.code == 1
    assert says in message and message.count("\n") == 1, message
