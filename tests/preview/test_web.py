"""The browser viewer: that it serves the model, and to this machine alone."""

from __future__ import annotations

import queue
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import mujoco
import numpy as np
from gaitway.preview.rollout import Moment
from gaitway.preview.web import serve


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listening_addresses(port: int) -> set[str]:
    """Local addresses, in the kernel's hexadecimal, of the sockets that listen on `port`."""
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            address, _, number = local.partition(":")
            if int(number, 16) == port and state == "0A":
                addresses.add(address)
    return addresses


def _page(port: int) -> bytes:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
                return response.read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_serves_this_machine_only() -> None:
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(pos=[0, 0, 1])
    body.add_freejoint()
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.1, 0, 0])
    model, port, stop = spec.compile(), _free_port(), threading.Event()
    failures: queue.Queue[BaseException] = queue.Queue()

    def moments() -> Iterator[Moment]:
        while not stop.is_set():
            yield Moment(model.qpos0, np.zeros(3), np.zeros(3), fell=False)

    def run() -> None:
        try:
            serve(moments(), 0.02, model, port)
        except BaseException as error:
            failures.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        page = _page(port)
        addresses = _listening_addresses(port)
    finally:
        stop.set()
        thread.join(timeout=30)
    assert failures.empty(), failures.get()
    assert b"<html" in page.lower()
    assert addresses == {"0100007F"}, "something else than 127.0.0.1 listens"
