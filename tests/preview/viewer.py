"""A viewer of the window without a browser: its messages, as bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import viser
from websockets.sync.client import connect
from websockets.typing import Subprotocol

CAMERA = {
    "type": "ViewerCameraMessage",
    "wxyz": [1, 0, 0, 0],
    "position": [1, 1, 1],
    "fov": 1.0,
    "near": 0.1,
    "far": 100.0,
    "image_height": 10,
    "image_width": 10,
    "look_at": [0, 0, 0],
    "up_direction": [0, 0, 1],
}
"""What a page sends first; nobody is there before."""


def join(server: viser.ViserServer, **options: Any) -> Any:
    """A connection to `server`, as the page opens it."""
    version = Subprotocol(f"viser-v{viser.__version__}")
    return connect(f"ws://127.0.0.1:{server.get_port()}", subprotocols=[version], max_size=None, **options)


def packed(**message: Any) -> bytes:
    """A message as the page sends it."""
    return msgspec.msgpack.encode(message)
