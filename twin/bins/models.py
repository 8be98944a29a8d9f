"""The catalogue's objects as perception takes them."""

from __future__ import annotations

from functools import cache

from ...assets.objects import object_file, read_object
from ...perception.pose.model import CadModel


@cache
def cad_model(name: str) -> CadModel:
    """Mesh and symmetries of the catalogue's object `name`."""
    mesh = read_object(object_file(name))
    return CadModel(name, mesh.vertices, mesh.faces, mesh.symmetries_discrete, mesh.symmetries_continuous)
