"""`gaitway-edge serve`."""

from __future__ import annotations

import argparse
import ipaddress
import socket
from pathlib import Path
from typing import Any

from ..contract import BundleError
from ..policy import Policy


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser("serve", help="answer observations over HTTP with a bundle's actions")
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default: 8080)")
    parser.add_argument(
        "--token-file",
        type=Path,
        help="file with the bearer token that clients must send",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit status."""
    try:
        import uvicorn

        from .app import load_token, make_app
    except ImportError as error:
        raise BundleError(f"serving needs more packages ({error}): pip install 'gaitway[serve]'.") from error
    if options.token_file is None and not _is_loopback(options.host):
        raise BundleError(
            f"{options.host} can be reached from other machines: name a file with a token by --token-file."
        )
    try:
        token = None if options.token_file is None else load_token(options.token_file)
    except ValueError as error:
        raise BundleError(str(error)) from error
    app = make_app(Policy.load(options.bundle), token)
    with _listen(options.host, options.port) as listener:
        print(
            f"Serving on http://{options.host}:{listener.getsockname()[1]}; the API is at /docs.", flush=True
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_keep_alive=30))
        server.run(sockets=[listener])
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        raise BundleError(f"cannot listen on {host}:{port} ({error}); name another by --port.") from error
    return listener
