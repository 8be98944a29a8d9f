"""Files that another program reads while we write them: under a temporary name first, then renamed."""

from __future__ import annotations

import os
from pathlib import Path

from pxr import Sdf, Tf


class LiveFolder:
    """A folder whose files are always whole.

    Raises:
        OSError: from every method, in one sentence that names the file; then no temporary file is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"{path}: cannot be made a folder ({error.strerror}).") from error

    def write(self, name: str, content: bytes) -> None:
        """Replace a file."""
        temporary = self._temporary(name)
        try:
            temporary.write_bytes(content)
            temporary.replace(self.path / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise OSError(f"{self.path / name}: cannot be written ({error.strerror}).") from error

    def export(self, name: str, layer: Sdf.Layer) -> None:
        """Replace a file by a layer, in the format that the name asks for."""
        temporary = self._temporary(name)
        try:
            if not layer.Export(str(temporary)):
                raise OSError("USD does not say why")
            temporary.replace(self.path / name)
        except (OSError, Tf.ErrorException) as error:
            temporary.unlink(missing_ok=True)
            why = error.strerror if isinstance(error, OSError) and error.strerror else "is the disk full?"
            raise OSError(f"{self.path / name}: cannot be written ({why}).") from error

    def remove(self, *names: str) -> None:
        """Remove files that may be there from another run."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def _temporary(self, name: str) -> Path:
        stem, _, suffix = name.rpartition(".")
        return self.path / f".{stem}.{os.getpid()}.tmp.{suffix}"
