"""Ten objects of a warehouse's shelves, made by code: cartons, totes, bottles, a mug and brackets.

`assets/props/objects/NAME.usdc` is what `write_objects` makes of the catalogue, and is read by `read_object`.
"""

from .author import OBJECTS_FOLDER, object_file, write_objects
from .catalogue import CATALOGUE, WarehouseObject
from .read import ObjectMesh, read_object
from .scene import write_bin_scene

__all__ = [
    "CATALOGUE",
    "OBJECTS_FOLDER",
    "ObjectMesh",
    "WarehouseObject",
    "object_file",
    "read_object",
    "write_bin_scene",
    "write_objects",
]
