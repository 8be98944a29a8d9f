"""Built engines on disk, by what they were built for: an engine fits one GPU, one TensorRT and one bundle."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from .. import schema
from ..contract import sha256

FOLDER = "gaitway/engines"


@dataclass(frozen=True)
class Key:
    """What an engine depends on: `model` is the SHA-256 of the ONNX graph it was built from."""

    device: str
    tensorrt: str
    model: str
    precision: str
    max_batch: int

    @property
    def stem(self) -> str:
        """File name without ending."""
        return f"{self.device}-trt{self.tensorrt}-{self.model[:16]}-{self.precision}-b{self.max_batch}"


@dataclass(frozen=True)
class Entry:
    """What lies beside a stored engine. `action_error` is on the golden recording, after the build."""

    key: Key
    engine_sha256: str
    action_error: float


class EngineCache:
    """A folder of engines with a note beside each, and one timing cache per GPU and TensorRT.

    Only its owner may read or write it: an engine is code for the GPU.
    """

    def __init__(self, folder: Path | None = None) -> None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.folder = folder or home / FOLDER

    def load(self, key: Key) -> bytes | None:
        """The engine stored for `key`; None if there is none, or not the one that was stored."""
        try:
            entry = schema.read(Entry, json.loads(self._note(key).read_text(encoding="utf-8")))
            engine = self.path(key).read_bytes()
        except (OSError, ValueError):
            return None
        return engine if entry.key == key and sha256(engine) == entry.engine_sha256 else None

    def store(self, key: Key, engine: bytes, action_error: float) -> Path:
        """Keep an engine that was checked; returns its file."""
        self._write(self.path(key), engine)
        entry = dataclasses.asdict(Entry(key, sha256(engine), action_error))
        self._write(self._note(key), json.dumps(entry, indent=2).encode() + b"\n")
        return self.path(key)

    def timing(self, key: Key) -> bytes:
        """The timing cache for the key's GPU and TensorRT; empty if there is none."""
        path = self._timing(key)
        return path.read_bytes() if path.is_file() else b""

    def store_timing(self, key: Key, timing: bytes) -> None:
        """Keep a timing cache."""
        self._write(self._timing(key), timing)

    def path(self, key: Key) -> Path:
        """Where the engine of `key` is or would be."""
        return self.folder / f"{key.stem}.engine"

    def _note(self, key: Key) -> Path:
        return self.folder / f"{key.stem}.json"

    def _timing(self, key: Key) -> Path:
        return self.folder / f"{key.device}-trt{key.tensorrt}.timing"

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
        temporary.write_bytes(content)
        temporary.replace(path)
