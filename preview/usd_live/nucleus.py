"""A live folder on an Omniverse Nucleus server, by NVIDIA's `omniverseclient`.

The client was tried with local URLs and with servers that are not there, never with a server.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

from pxr import Sdf, UsdUtils

from ...assets.localize import no_localization_warnings
from .outage import Outage

_RETRY_MS = (5000, 100, 100)  # longest, first delay, jitter; the client's own two minutes help nobody


class NucleusFolder:
    """Files below a URL, which the client writes whole; without checkpoints, which would be one per frame.

    Raises:
        OSError: from every method: `omniverseclient` is not installed, or does not reach the URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client = _load_client()
        result = self._client.create_folder(self.url)
        if result not in (self._client.Result.OK, self._client.Result.ERROR_ALREADY_EXISTS):
            raise OSError(f"{self.url}: cannot be made a folder ({_reason(result)}).")

    def write(self, name: str, content: bytes) -> None:
        """Replace a file; `name` may be a path below the folder."""
        url = f"{self.url}/{name}"
        result, _ = self._client.write_file_ex(url, content, skip_checkpoint=True)
        if result != self._client.Result.OK:
            raise OSError(f"{url}: cannot be written ({_reason(result)}).")

    def upload(self, root: Path) -> None:
        """Copy a USD file and all that it refers to, wherever that lies, with references that hold there."""
        with tempfile.TemporaryDirectory() as folder:
            with no_localization_warnings():
                collected = UsdUtils.LocalizeAsset(Sdf.AssetPath(str(root)), folder)
            if not collected:
                raise OSError(f"{root}: what it refers to cannot be collected for {self.url}.")
            # The root last: nobody opens it before the rest is there.
            for file in sorted(Path(folder).rglob("*"), key=lambda file: file.name == root.name):
                if file.is_file():
                    self.write(file.relative_to(folder).as_posix(), file.read_bytes())


class Mirror:
    """Writes the newest content of one file from a thread of its own: a slow server delays nothing else."""

    def __init__(self, folder: NucleusFolder, name: str) -> None:
        self._folder, self._name = folder, name
        self._newest: bytes | None = None
        self._open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def offer(self, content: bytes) -> None:
        """Have `content` written next, in place of what still waits."""
        with self._changed:
            self._newest = content
            self._changed.notify()

    def close(self) -> None:
        """Write what waits, and stop."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        outage = Outage()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or not self._open)
                content, self._newest = self._newest, None
            if content is None:
                return
            try:
                self._folder.write(self._name, content)
            except OSError as error:
                outage.failed(error)
            else:
                outage.over()


def _load_client() -> Any:
    try:
        import omni.client as client  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise OSError(
            "--nucleus needs omniverseclient, which is not installed; pip install omniverseclient."
        ) from error
    client.set_log_callback(lambda *_: None)  # else it writes a line per retry
    if not client.initialize():
        raise OSError("omniverseclient cannot be initialized; see its log.")
    client.set_retries(*_RETRY_MS)
    return client


def _reason(result: Any) -> str:
    return result.name.removeprefix("ERROR_").replace("_", " ").lower()
