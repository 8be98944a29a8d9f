"""A viewer without a screen: it takes all that the window sends, as a browser on another machine would."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import viser
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

# What a browser says first: from then on it counts as a spectator.
_CAMERA: dict[str, Any] = {
    "type": "ViewerCameraMessage",
    "wxyz": [1.0, 0.0, 0.0, 0.0],
    "position": [3.0, 3.0, 3.0],
    "look_at": [0.0, 0.0, 0.0],
    "up_direction": [0.0, 0.0, 1.0],
    "fov": 1.0,
    "near": 0.01,
    "far": 1000.0,
    "image_height": 720,
    "image_width": 1280,
}


def join(address: str) -> ClientConnection:
    """Become a spectator of the window at `address`, as its page does."""
    version = Subprotocol(f"viser-v{viser.__version__}")
    connection = connect(address.replace("http", "ws", 1), subprotocols=[version], max_size=None)
    connection.send(msgspec.msgpack.encode(_CAMERA))
    return connection


def watch(address: str, seconds: float = float("inf")) -> int:
    """Look for `seconds`, or until the window closes; returns how many bytes were sent."""
    received, end = 0, time.monotonic() + seconds
    with join(address) as connection:
        while (left := end - time.monotonic()) > 0:
            try:
                received += len(connection.recv(min(left, 1.0)))
            except TimeoutError:
                continue
    return received
