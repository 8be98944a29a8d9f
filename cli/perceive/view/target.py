"""Where a view goes: to a file, or to a browser on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ....assets.whole_file import whole_file
from .quiet_page import quiet_page

if TYPE_CHECKING:
    from rerun import RecordingStream

IN_BROWSER = Path()
"""What `--view` means without a file."""
_HOST = "127.0.0.1"
_PATIENCE = 30.0  # s until the server answers


@contextmanager
def open_view(target: Path | None, name: str = "gaitway perceive") -> Iterator[RecordingStream | None]:
    """A stream of a name to log to, in a `.rrd` file or shown in a browser; None if there is no target.

    A file appears when the block ends well. A browser's page stays until Ctrl-C.

    Raises:
        ValueError: rerun is not installed, the file is no `.rrd`, or the server does not start.
    """
    if target is None:
        yield None
        return
    try:
        import rerun
    except ModuleNotFoundError:
        raise ValueError(
            "--view shows things in rerun, which is missing: pip install 'gaitway[view]'."
        ) from None
    recording = rerun.RecordingStream(name)
    if target == IN_BROWSER:
        with _web_viewer() as (server, source, page):
            recording.connect_grpc(source)
            print(f"Look at {page}", flush=True)
            yield recording
            recording.flush()
            recording.disconnect()  # the server keeps what it was told
            print("All is shown; Ctrl-C ends it.", flush=True)
            with suppress(KeyboardInterrupt):
                server.wait()
        return
    if target.suffix != ".rrd":
        raise ValueError(
            f"{target}: a view is written to a .rrd file, or shown in a browser by --view alone."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as partial:
        recording.save(partial)
        yield recording
        recording.flush()
        recording.disconnect()


@contextmanager
def _web_viewer() -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """rerun's server and page for this machine alone: its process, where to log to, and the page's address.

    Served from Python, rerun would listen to the whole network.
    """
    source, page = _free_ports(2)
    ports = ["--port", str(source), "--web-viewer-port", str(page)]
    server = subprocess.Popen(
        [sys.executable, "-m", "rerun", "--serve-web", "--bind", _HOST, *ports],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Python starts the server proper: both are ended together, by us
    )
    try:
        _wait_for(server, source, page)
        with quiet_page(page, source) as address:
            shown = f"{address}/?url=rerun%2Bhttp%3A%2F%2F{_HOST}%3A{source}%2Fproxy"
            yield server, f"rerun+http://{_HOST}:{source}/proxy", shown
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server((_HOST, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait_for(server: subprocess.Popen[bytes], *ports: int) -> None:
    end = time.monotonic() + _PATIENCE
    for port in ports:
        while True:
            try:
                socket.create_connection((_HOST, port), 1.0).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > end:
                    raise ValueError("rerun's server does not start; does `rerun --serve-web`?") from None
                time.sleep(0.1)
