"""Where the mesh files of a URDF lie."""

from __future__ import annotations

from pathlib import Path


def find_mesh(name: str, urdf: Path) -> Path | None:
    """A mesh by its path relative to the file, or to any folder above it for `package://` addresses."""
    plain = name.removeprefix("file://").removeprefix("package://").removeprefix("model://")
    without_package = plain.partition("/")[2] if "://" in name else plain
    for folder in urdf.resolve().parents:
        for candidate in (folder / plain, folder / without_package):
            if candidate.is_file():
                return candidate
    return None
