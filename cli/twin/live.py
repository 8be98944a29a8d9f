"""`gaitway twin live`: a run in the browser while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass
class Live:
    """Show a run in the browser while it goes on, or go back in its time: until Ctrl-C.

    Attributes:
        folder: of the run, with journal.sqlite and perhaps cameras/NAME.jpg.
        port: on 127.0.0.1; 0 takes any.
    """

    folder: Positional[Path]
    port: int = 8090

    def run(self) -> None:
        """Serve the page."""
        from ...twin.live.server import LiveServer

        with LiveServer(self.folder, self.port) as server:
            print(f"{server.address} shows {self.folder}; Ctrl-C ends it.", flush=True)
            server.serve_forever()
