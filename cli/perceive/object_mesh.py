"""The mesh of an object, from whatever kind of file it is in."""

from __future__ import annotations

from pathlib import Path

from ...perception.pose.model import CadModel, load_mesh


def load_object(path: Path, unit: float) -> CadModel:
    """Read a mesh whose lengths are in `unit` m, or an object of USD, which says its own unit and symmetries.

    Raises:
        ValueError: no mesh, or one that seems to be in another unit.
    """
    if path.suffix not in (".usd", ".usda", ".usdc", ".usdz"):
        return load_mesh(path, unit)
    from ...assets.objects import read_object

    mesh = read_object(path)
    return CadModel(
        mesh.name, mesh.vertices, mesh.faces, mesh.symmetries_discrete, mesh.symmetries_continuous
    )
