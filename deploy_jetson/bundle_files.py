"""A bundle's files: which there are, and reading and writing them as a whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

CONTRACT_FILE = "policy.json"
NETWORK_FILE = "policy.onnx"
GOLDEN_FILE = "golden.npz"

LARGEST = {CONTRACT_FILE: 4 << 20, NETWORK_FILE: 512 << 20, GOLDEN_FILE: 512 << 20}
"""Bytes that a file may have: a robot's memory is not filled before a digest is looked at."""


class BundleError(ValueError):
    """A bundle is incomplete, edited or does not fit; the message names file and field."""


def read_limited(path: Path) -> bytes:
    """The content of a bundle's file, which lies in its bundle's folder and is not too large.

    Raises:
        BundleError: it is missing, a link to a file elsewhere, or too large.
    """
    if not path.is_file():
        raise BundleError(f"{path}: is missing from the bundle; export it again.")
    if path.resolve().parent != path.parent.resolve():
        raise BundleError(f"{path}: is a link to a file outside the bundle; copy that file here.")
    return read_up_to(path, LARGEST[path.name])


def read_up_to(path: Path, largest: int) -> bytes:
    """The content of a file of at most `largest` bytes.

    Raises:
        BundleError: it is larger, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > largest:
        raise BundleError(f"{path}: has more than {largest:,} bytes, which is no policy of a robot.")
    return content


def require_bundle_or_nothing(out: Path) -> None:
    """Refuse to replace a folder that is no bundle.

    Raises:
        BundleError: `out` exists and is neither empty nor a bundle.
    """
    if out.exists() and not (out.is_dir() and ((out / CONTRACT_FILE).exists() or not any(out.iterdir()))):
        raise BundleError(f"{out}: exists and is not a bundle; choose another folder for --out.")


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside `out`, then move them there together; replaces an older bundle.

    Raises:
        BundleError: the disk is full or not writable; `out` is then as it was.
    """
    staging: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        new = staging / "new"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if out.exists():
            out.rename(staging / "old")
        new.rename(out)
    except OSError as error:
        raise BundleError(f"{out}: could not be written ({error}); free some space.") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
