"""What makes the hall look like one: floor markings, roof steel, lamps, wall bands and station furniture."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from .docks import OPENING, STAGING
from .layout import CROSS_AISLE, Layout
from .parts import MATERIALS, Box, Instance, box_between
from .racks import PALLET

LINE = 0.1
SLAB_Z, MAT_Z, LINE_Z = 0.001, 0.002, 0.003
"""Heights of painted surfaces above the floor, in m: lines over mats over concrete."""
JOINT = 0.01
"""Half the width of the joints between slabs, in m."""
TRUSS_PITCH = 12.0
SHELF_PITCH = 2.1


def block_prototypes() -> dict[str, list[Box]]:
    """A unit cube in every material: fixtures are scaled copies of it."""
    return {f"{name}Block": [Box("Block", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), name)] for name in MATERIALS}


def station_prototypes() -> dict[str, list[Box]]:
    """Prototypes of the pick line and the charger bank, origins on the floor in the middle of their depth.

    A robot comes to a pick station and its shelves from -Y, to a charger from +X.
    """
    pick = [
        Box("Top", (0.0, -0.25, 0.88), (2.4, 1.0, 0.05), "TableTop"),
        *(Box(f"Leg{k}", (x, -0.25, 0.43), (0.07, 0.9, 0.86), "Steel") for k, x in enumerate((-1.1, 1.1))),
        Box("Back", (0.0, 0.28, 0.8), (2.4, 0.05, 1.6), "WallBase"),
        Box("Screen", (-0.6, 0.18, 1.3), (0.6, 0.04, 0.36), "Rubber"),
        Box("ScreenFace", (-0.6, 0.155, 1.3), (0.55, 0.01, 0.31), "ScreenGlow"),
        Box("ToteA", (0.3, -0.25, 1.04), (0.56, 0.4, 0.26), "ToteBlue"),
        Box("ToteB", (0.9, -0.25, 1.04), (0.5, 0.4, 0.26), "ToteGrey"),
        Box("Carton", (-0.5, -0.4, 1.0), (0.4, 0.3, 0.2), "CardboardLight"),
        Box("Pole", (1.15, 0.25, 1.9), (0.04, 0.04, 0.7), "Steel"),
        Box("Lamp", (1.15, 0.25, 2.3), (0.09, 0.09, 0.14), "StatusGreen"),
    ]
    shelf = [Box(f"Side{k}", (x, -0.3, 0.8), (0.05, 0.85, 1.6), "Steel") for k, x in enumerate((-1.0, 1.0))]
    colors = ("ToteBlue", "ToteGrey", "CardboardLight", "ToteBlue", "Cardboard", "ToteGrey")
    for tier, z in enumerate((0.2, 0.85)):
        shelf.append(Box(f"Tier{tier}", (0.0, -0.3, z), (1.95, 0.85, 0.04), "Steel"))
        for k, x in enumerate((-0.63, 0.0, 0.63)):
            height = 0.3 + 0.1 * ((k + tier) % 2)
            center = (x, -0.32, z + 0.02 + height / 2)
            shelf.append(Box(f"Tote{tier}{k}", center, (0.55, 0.75, height), colors[3 * tier + k]))
    charger = [
        Box("Cabinet", (0.0, 0.0, 0.6), (0.36, 0.6, 1.2), "CartonWhite"),
        Box("Panel", (0.185, 0.0, 0.85), (0.01, 0.44, 0.5), "MatBlue"),
        Box("Status", (0.19, 0.0, 1.14), (0.01, 0.44, 0.05), "StatusGreen"),
        Box("Contacts", (0.19, 0.0, 0.14), (0.02, 0.4, 0.12), "SafetyYellow"),
    ]
    return {"PickStation": pick, "PickShelf": shelf, "Charger": charger}


def station_furniture(layout: Layout) -> list[Instance]:
    """What fills the lines: shelves between pick stations and a conveyor behind, rails between chargers."""
    (west, south), (east, north) = layout.interior
    wall, outer = layout.half_width, -layout.half_length
    edges = [outer]
    for site in layout.sites:
        if site.kind == "pick_station":
            edges += [site.position[0] - 1.25, site.position[0] + 1.25]
    edges.append(east)
    furniture = []
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        shelves = math.floor((right - left) / SHELF_PITCH)
        for k in range(shelves):
            x = (left + right) / 2 + (k - (shelves - 1) / 2) * SHELF_PITCH
            furniture.append(Instance("PickShelf", (x, (north + wall) / 2, 0.0)))
    furniture.append(_block("Rubber", (outer, wall - 0.42, 0.7), (east, wall - 0.08, 0.76)))
    for y in (wall - 0.44, wall - 0.06):
        furniture.append(_block("Steel", (outer, y - 0.02, 0.64), (east, y + 0.02, 0.8)))
    for x in np.arange(outer + 3.0, east - 1.0, 3.3).tolist():
        furniture.append(_block("Cardboard", (x - 0.25, wall - 0.4, 0.76), (x + 0.2, wall - 0.1, 1.0)))
    furniture.append(_block("SafetyYellow", (outer, south, 0.0), (west, north, 0.1)))
    for z in (0.5, 1.0):
        furniture.append(_block("SafetyYellow", (west - 0.06, south, z), (west, north, z + 0.06)))
    return furniture


def _block(material: str, lo: tuple[float, float, float], hi: tuple[float, float, float]) -> Instance:
    box = box_between("", lo, hi)
    return Instance(f"{material}Block", box.center, 0.0, box.size)


def _paint(material: str, x0: float, y0: float, x1: float, y1: float, top: float = LINE_Z) -> Instance:
    return _block(material, (x0, y0, top - 0.004), (x1, y1, top))


def _outline(material: str, x0: float, y0: float, x1: float, y1: float) -> list[Instance]:
    return [
        _paint(material, x0, y0, x1, y0 + LINE),
        _paint(material, x0, y1 - LINE, x1, y1),
        _paint(material, x0, y0 + LINE, x0 + LINE, y1 - LINE),
        _paint(material, x1 - LINE, y0 + LINE, x1, y1 - LINE),
    ]


def floor_markings(layout: Layout, rng: np.random.Generator) -> list[Instance]:
    """Slabs of slightly different concrete, aisle lines, staging lanes, walkway, station and charger mats."""
    return [
        *_slabs(layout, rng),
        *_aisle_lines(layout),
        *_main_aisle_lines(layout),
        *_staging_lanes(layout),
        *_walkway(layout),
        *_site_mats(layout),
    ]


def _slabs(layout: Layout, rng: np.random.Generator) -> list[Instance]:
    x_edges = np.linspace(-layout.half_length, layout.half_length, round(layout.length / 9) + 1).tolist()
    y_edges = np.linspace(-layout.half_width, layout.half_width, round(layout.width / 9) + 1).tolist()
    slabs = []
    for x0, x1 in pairwise(x_edges):
        for y0, y1 in pairwise(y_edges):
            tone = str(rng.choice(["ConcreteLight", "ConcreteDark", "Concrete"]))
            slabs.append(_paint(tone, x0 + JOINT, y0 + JOINT, x1 - JOINT, y1 - JOINT, SLAB_Z))
    return slabs


def _aisle_lines(layout: Layout) -> list[Instance]:
    offset = layout.aisle_width / 2 - (PALLET[0] - 1.1) / 2 - 0.15
    return [
        _paint("LineYellow", x + side * offset - LINE / 2, start, x + side * offset + LINE / 2, end)
        for x in layout.aisle_x
        for side in (-1, 1)
        for start, end in layout.blocks
    ]


def _main_aisle_lines(layout: Layout) -> list[Instance]:
    x = layout.half_length - 5.5
    south, north = layout.blocks[0][0], layout.blocks[-1][1]
    levels = [south - 0.4, south - 4.2, north + 0.4]
    for _, end in layout.blocks[:-1]:
        levels += [end + 0.5, end + CROSS_AISLE - 0.5]
    return [_paint("LineYellow", -x, y - LINE / 2, x, y + LINE / 2) for y in levels]


def _staging_lanes(layout: Layout) -> list[Instance]:
    y = -layout.half_width
    lanes = []
    for dock in layout.docks:
        half = OPENING[0] / 2
        lanes += _outline("LineWhite", dock.x - half, y + STAGING[0], dock.x + half, y + STAGING[1])
        for stripe in range(5):
            x0 = dock.x - half + stripe * half * 0.4
            lanes.append(_paint("LineYellow", x0, y + 0.35, x0 + half * 0.2, y + 1.5))
    return lanes


def _walkway(layout: Layout) -> list[Instance]:
    """A green walkway along the north wall before the pick stations, with crossings to the racks."""
    x = layout.half_length - 5.5
    north = layout.blocks[-1][1]
    y0 = north + 0.42 * layout.north_depth
    stripes = [
        _paint("WalkwayGreen", -x, y0, x, y0 + 1.0, MAT_Z),
        _paint("LineWhite", -x, y0 - LINE, x, y0),
        _paint("LineWhite", -x, y0 + 1.0, x, y0 + 1.0 + LINE),
    ]
    for aisle_x in layout.aisle_x[1::4]:
        for k in range(5):
            x0 = aisle_x - 1.2 + k * 0.52
            stripes.append(_paint("LineWhite", x0, north + 0.6, x0 + 0.3, y0 - 0.3))
    return stripes


def _site_mats(layout: Layout) -> list[Instance]:
    mats = []
    for site in layout.sites:
        x, y, _ = site.position
        if site.kind == "pick_station":
            mats.append(_paint("MatBlue", x - 0.6, y - 0.6, x + 0.6, y + 0.5, MAT_Z))
            mats += _outline("LineWhite", x - 0.7, y - 0.7, x + 0.7, y + 0.5)
        elif site.kind == "charger":
            mats.append(_paint("WalkwayGreen", x - 0.6, y - 0.45, x + 0.6, y + 0.45, MAT_Z))
            mats += _outline("LineYellow", x - 0.65, y - 0.5, x + 0.65, y + 0.5)
        elif site.kind == "amr":
            mats += _outline("LineWhite", x - 0.6, y - 0.45, x + 0.6, y + 0.45)
    return mats


def building(layout: Layout) -> list[Instance]:
    """Wall bands and ribs, roof trusses and purlins, lamps over the aisles and the open zones."""
    return [*_wall_bands(layout), *_roof_steel(layout), *_lamps(layout)]


def _wall_bands(layout: Layout) -> list[Instance]:
    x, y, top = layout.half_length, layout.half_width, layout.wall_height
    blocks = []
    for material, z0, z1, depth in (("WallBase", 0.0, 1.2, 0.02), ("WallStripe", top - 2.4, top - 1.8, 0.02)):
        blocks.append(_block(material, (-x, y - depth, z0), (x, y, z1)))
        blocks.append(_block(material, (-x, -y, z0), (-x + depth, y, z1)))
        blocks.append(_block(material, (x - depth, -y, z0), (x, y, z1)))
    blocks.append(_block("WallStripe", (-x, -y, top - 2.4), (x, -y + 0.02, top - 1.8)))
    for rib in np.linspace(-x, x, round(layout.length / 6) + 1)[1:-1].tolist():
        blocks.append(_block("Steel", (rib - 0.12, y - 0.04, 1.2), (rib + 0.12, y, top)))
        blocks.append(_block("Steel", (rib - 0.12, -y, OPENING[1] + 0.5), (rib + 0.12, -y + 0.04, top)))
    return blocks


def _roof_steel(layout: Layout) -> list[Instance]:
    x, y, z = layout.half_length, layout.half_width, layout.camera_height + 0.35
    blocks = []
    for bar in np.linspace(-x, x, round(layout.length / TRUSS_PITCH) + 1)[1:-1].tolist():
        blocks.append(_block("Steel", (bar - 0.08, -y, z), (bar + 0.08, y, z + 0.16)))
        blocks.append(_block("Steel", (bar - 0.08, -y, z + 0.9), (bar + 0.08, y, z + 1.06)))
        for post in np.linspace(-y, y, round(layout.width / 3) + 1)[1:-1].tolist():
            blocks.append(
                _block("Steel", (bar - 0.04, post - 0.04, z + 0.16), (bar + 0.04, post + 0.04, z + 0.9))
            )
    for purlin in np.linspace(-y, y, round(layout.width / 6) + 1)[1:-1].tolist():
        blocks.append(_block("Steel", (-x, purlin - 0.04, z + 1.0), (x, purlin + 0.04, z + 1.1)))
    return blocks


def lamp_rows(layout: Layout) -> list[tuple[float, float, float]]:
    """Middles of the strip lights, in m: one over each aisle and block, rows over docks and stations."""
    z = layout.camera_height + 0.5
    rows = [(x, (start + end) / 2, z) for x in layout.aisle_x for start, end in layout.blocks]
    for y in (-layout.half_width + layout.dock_depth / 2, layout.half_width - layout.north_depth / 2):
        rows += [(x, y, z) for x in layout.aisle_x[::2]]
    return rows


def _lamps(layout: Layout) -> list[Instance]:
    lamps = []
    for x, y, z in lamp_rows(layout):
        for k in (-1, 0, 1):
            cy = y + k * 6.0
            inside = abs(cy) < layout.half_width - 1
            if inside:
                lamps.append(_block("LampGlow", (x - 0.12, cy - 0.8, z), (x + 0.12, cy + 0.8, z + 0.06)))
    return lamps
