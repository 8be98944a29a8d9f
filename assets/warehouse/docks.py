"""The shell of the building: walls, dock openings with doors, the goods staged before them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .parts import Box, Instance, box_between
from .racks import LOAD_VARIANTS

DOCK_PITCH = 7.6
OPENING = (3.2, 3.6)
"""Clear width and height of a dock opening, in m."""
WALL = 0.3
STAGING = (3.0, 8.4)
"""Distance of the staging lane's two ends from the dock wall, in m."""
LANE_PITCH, PALLET_PITCH = 1.0, 1.35
"""Pitch of staged pallets across and along the lane, in m."""


@dataclass(frozen=True)
class Dock:
    """A dock opening in the south wall, centred on `x` m; an open one has a trailer behind its barrier.

    `staged` counts the rows of two pallets that wait before it.
    """

    name: str
    x: float
    is_open: bool
    staged: int


def place_docks(length: float, width: float, rng: np.random.Generator) -> list[Dock]:
    """Docks at an even pitch along the south wall; some have a trailer, every third has goods before it."""
    count = max(2, math.floor((length - 8.0) / DOCK_PITCH))
    most = math.floor((STAGING[1] - STAGING[0]) / PALLET_PITCH) if width > 60 else 1
    docks = []
    for k in range(count):
        x = (k - (count - 1) / 2) * DOCK_PITCH
        staged = int(rng.integers((most + 1) // 2, most + 1)) if k % 3 == 1 else 0
        docks.append(Dock(f"dock_{k:02d}", x, bool(k == count // 2 or rng.random() < 0.3), staged))
    return docks


def walls(docks: list[Dock], length: float, width: float, height: float) -> list[Box]:
    """The walls as one sees them, the south one with its lintel, closed doors and barriers of open docks."""
    x, y = length / 2, width / 2
    boxes = [
        box_between("WallNorth", (-x - WALL, y, 0.0), (x + WALL, y + WALL, height), "WallPanel"),
        box_between("WallWest", (-x - WALL, -y, 0.0), (-x, y, height), "WallPanel"),
        box_between("WallEast", (x, -y, 0.0), (x + WALL, y, height), "WallPanel"),
        box_between("Lintel", (-x - WALL, -y - WALL, OPENING[1]), (x + WALL, -y, height), "WallPanel"),
    ]
    edges = [-x - WALL]
    for dock in docks:
        edges += [dock.x - OPENING[0] / 2, dock.x + OPENING[0] / 2]
    edges.append(x + WALL)
    for k in range(0, len(edges), 2):
        lo, hi = (edges[k], -y - WALL, 0.0), (edges[k + 1], -y, OPENING[1])
        boxes.append(box_between(f"WallSouth{k // 2:02d}", lo, hi, "WallPanel"))
    for k, dock in enumerate(docks):
        west, east = dock.x - OPENING[0] / 2, dock.x + OPENING[0] / 2
        if dock.is_open:
            for name, bottom, material in (("Upper", 0.85, "SafetyRed"), ("Lower", 0.15, "SafetyYellow")):
                lo, hi = (west, -y - 0.2, bottom), (east, -y - 0.08, bottom + 0.25)
                boxes.append(box_between(f"Barrier{name}{k:02d}", lo, hi, material))
        else:
            lo, hi = (west, -y - 0.2, 0.0), (east, -y - 0.1, OPENING[1])
            boxes.append(box_between(f"Door{k:02d}", lo, hi, "DoorPanel"))
    return boxes


def dock_props(docks: list[Dock], width: float, rng: np.random.Generator) -> tuple[list[Instance], list[Box]]:
    """Frames, door seams, trailers and staged pallets, with one collider for the goods of each dock."""
    y = -width / 2
    props: list[Instance] = []
    colliders: list[Box] = []
    for k, dock in enumerate(docks):
        props.append(Instance("DockFrame", (dock.x, y, 0.0)))
        props.append(Instance("Trailer" if dock.is_open else "DoorSeams", (dock.x, y, 0.0)))
        for row in range(dock.staged):
            for side in (-0.5, 0.5):
                position = (dock.x + side * LANE_PITCH, y + STAGING[0] + 0.8 + row * PALLET_PITCH, 0.0)
                props.append(Instance(f"Load_{rng.integers(LOAD_VARIANTS):02d}", position, math.pi / 2))
        if dock.staged:
            lo = (dock.x - LANE_PITCH / 2 - 0.4, y + STAGING[0] + 0.2, 0.0)
            hi = (dock.x + LANE_PITCH / 2 + 0.4, y + STAGING[0] + 1.4 + (dock.staged - 1) * PALLET_PITCH, 1.4)
            colliders.append(box_between(f"Staged{k:02d}", lo, hi))
    return props, colliders


def dock_prototypes() -> dict[str, list[Box]]:
    """Prototypes at a dock; the origin is the middle of the opening at floor level, +Y points inside."""
    half, top = OPENING[0] / 2, OPENING[1]
    frame = [
        box_between("JambWest", (-half - 0.25, 0.0, 0.0), (-half, 0.06, top), "Rubber"),
        box_between("JambEast", (half, 0.0, 0.0), (half + 0.25, 0.06, top), "Rubber"),
        box_between("Head", (-half - 0.25, 0.0, top), (half + 0.25, 0.06, top + 0.35), "WallStripe"),
        box_between("Number", (-0.3, 0.06, top + 0.06), (0.3, 0.075, top + 0.29), "LineWhite"),
        box_between("BollardWest", (-half - 0.25, 0.06, 0.0), (-half - 0.08, 0.1, 1.1), "SafetyYellow"),
        box_between("BollardEast", (half + 0.08, 0.06, 0.0), (half + 0.25, 0.1, 1.1), "SafetyYellow"),
    ]
    seams = [
        box_between(f"Seam{k}", (-half, -0.1, z), (half, -0.09, z + 0.03), "DoorSeam")
        for k, z in enumerate(np.arange(0.6, top, 0.6).tolist())
    ]
    seams += [
        box_between(f"Window{k}", (x - 0.25, -0.1, 1.5), (x + 0.25, -0.085, 1.72), "Rubber")
        for k, x in enumerate((-0.7, 0.7))
    ]
    inner, depth = 1.25, 7.0
    trailer = [
        box_between("DoorRolled", (-half, -0.25, top - 0.45), (half, -0.08, top), "DoorPanel"),
        box_between("Leveller", (-half + 0.3, -WALL - 0.3, -0.02), (half - 0.3, 0.0, 0.012), "Steel"),
        box_between("Bed", (-inner, -depth, -0.1), (inner, -WALL - 0.3, 0.01), "PalletWood"),
        box_between("SideWest", (-inner - 0.05, -depth, 0.0), (-inner, -WALL - 0.1, 2.7), "LineWhite"),
        box_between("SideEast", (inner, -depth, 0.0), (inner + 0.05, -WALL - 0.1, 2.7), "LineWhite"),
        box_between("Roof", (-inner, -depth, 2.7), (inner, -WALL - 0.1, 2.75), "LineWhite"),
        box_between("Front", (-inner, -depth - 0.05, 0.0), (inner, -depth, 2.7), "LineWhite"),
        box_between("SealWest", (-half, -WALL - 0.1, 0.0), (-inner, -WALL, top), "Rubber"),
        box_between("SealEast", (inner, -WALL - 0.1, 0.0), (half, -WALL, top), "Rubber"),
        box_between("SealHead", (-half, -WALL - 0.1, 2.7), (half, -WALL, top), "Rubber"),
        box_between(
            "Cargo", (-inner + 0.15, -depth + 0.2, 0.15), (inner - 0.15, -depth + 2.6, 1.5), "Cardboard"
        ),
    ]
    return {"DockFrame": frame, "DoorSeams": seams, "Trailer": trailer}
