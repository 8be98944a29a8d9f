"""What keeps the window's server to itself: one address, one origin, and nothing but what the page sends.

viser listens on the next free port if the one asked for is taken, opens a tunnel to the internet when a
viewer asks for one, sets whatever attribute of a control a viewer names, and takes pages of any site. None of
it can be turned off by its interface.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import io
import logging
import math
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import viser
import websockets.asyncio.server
from viser import _messages
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

_LARGEST_MESSAGE = 1 << 16  # bytes; the page sends some hundred
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def open_server(host: str, port: int, title: str) -> viser.ViserServer:
    """A viser server on `host` and `port` (0: any) that no viewer can take down or turn outwards.

    Raises:
        ValueError: the port is in use or not ours to take, or there is no such address.
    """
    listener = _bind(host, port)
    # The bound address is printed by whoever opens the window: viser's own frame would be in its way.
    with _serving_on(listener, host), contextlib.redirect_stdout(io.StringIO()):
        server = viser.ViserServer(host, listener.getsockname()[1], title, verbose=False)
    _accept_only_the_page(server)
    return server


def close_server(server: viser.ViserServer) -> None:
    """Stop listening, and wait for it."""
    with contextlib.redirect_stdout(io.StringIO()):
        server.stop()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number is not None and number > 0 else str(error)
        raise ValueError(
            f"Cannot listen on {host}, port {port} ({reason}); choose another --port (0 takes any) or --host."
        ) from error


@contextlib.contextmanager
def _serving_on(listener: socket.socket, host: str) -> Iterator[None]:
    """Have viser's server take our socket, refuse other sites' pages, and close on oversized messages."""
    serve = websockets.asyncio.server.serve

    def serve_guarded(
        handler: Callable[..., Any],
        _host: str,
        _port: int,
        *,
        process_request: Callable[..., Any],
        **options: Any,
    ) -> Any:
        def screen(connection: ServerConnection, request: Request) -> Response | None:
            if not _is_ours(request, host):
                return connection.respond(http.HTTPStatus.FORBIDDEN, "This page belongs to another site.\n")
            return process_request(connection, request)

        options |= {"max_size": _LARGEST_MESSAGE, "process_request": screen}
        return serve(handler, sock=listener, **options)

    websockets.asyncio.server.serve = serve_guarded  # type: ignore[misc,assignment]
    try:
        yield
    finally:
        websockets.asyncio.server.serve = serve  # type: ignore[misc]


def _is_ours(request: Request, host: str) -> bool:
    """Whether a request comes from our own page: a browser says which site's page it is that connects."""
    asked = request.headers.get("Host", "")
    name = urlsplit(f"//{asked}").hostname
    if host in _LOOPBACK and name not in _LOOPBACK:
        return False  # a foreign name that was made to point here
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == asked


def _accept_only_the_page(server: viser.ViserServer) -> None:
    """Drop the handlers of what our page never sends, and check the values of what it does."""
    handlers = server._websock_server._incoming_handlers
    wanted = (_messages.GuiUpdateMessage, _messages.CommandTriggerMessage)
    for kind in [kind for kind in handlers if kind not in wanted]:
        del handlers[kind]
    (update,) = handlers[_messages.GuiUpdateMessage]

    async def update_if_sound(client_id: Any, message: Any) -> None:
        if _is_sound(server, message):
            await update(client_id, message)  # type: ignore[misc]

    handlers[_messages.GuiUpdateMessage] = [update_if_sound]
    # A viewer that sends garbage is disconnected; that is no news, and no trace back through the server.
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    server.get_event_loop().call_soon_threadsafe(_keep_quiet, server.get_event_loop())


def _is_sound(server: viser.ViserServer, message: Any) -> bool:
    """Whether a message sets a control that there is to a value that it can have."""
    uuid, updates = message.uuid, message.updates
    if not isinstance(uuid, str) or not isinstance(updates, dict) or set(updates) != {"value"}:
        return False
    handle, value = server.gui._gui_input_handle_from_uuid.get(uuid), updates["value"]
    if isinstance(handle, viser.GuiSliderHandle):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and math.isfinite(value) and handle.min <= value <= handle.max
    if isinstance(handle, (viser.GuiDropdownHandle, viser.GuiButtonGroupHandle)):
        return isinstance(value, str) and value in handle.options
    return isinstance(handle, (viser.GuiCheckboxHandle, viser.GuiButtonHandle)) and isinstance(value, bool)


def _keep_quiet(loop: asyncio.AbstractEventLoop) -> None:
    loop.set_exception_handler(
        lambda _, context: logging.getLogger(__name__).debug("%s", context.get("message"))
    )
