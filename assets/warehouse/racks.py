"""Pallet racks: the frames, beams and loads as prototypes, and how one row of bays is filled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .parts import Box, Instance, box_between

# Dimensions of selective pallet racking for EUR pallets (1.2 m x 0.8 m x 0.144 m, EN 13698-1), in m.
BAY = 2.8
"""Pitch of the upright frames: a 2.7 m beam holds three pallets side by side."""
FRAME_DEPTH = 1.1
FLUE = 0.2
"""Gap between two rows that stand back to back."""
POST = 0.1
LEVEL = 1.65
"""Vertical pitch of the beams."""
BEAM_HEIGHT = 0.14
PALLET = (1.2, 0.8, 0.144)
MAX_LOAD = 1.42
"""Greatest height of a pallet with its load: it fits below the next beam with some clearance."""
GUARD = 0.15
"""Thickness of the yellow guard at each end of a row."""
LOAD_VARIANTS = 16

PALLET_SLOTS = (-0.88, 0.0, 0.88)
UPPER_GAP_SHARE = 0.16


def beam_levels(rack_height: float) -> int:
    """How many beam levels fit below uprights of `rack_height` m."""
    return math.floor((rack_height - 1.0) / LEVEL)


def storage_top(rack_height: float) -> float:
    """Height in m that no frame or load exceeds."""
    return max(rack_height, beam_levels(rack_height) * LEVEL + MAX_LOAD)


@dataclass(frozen=True)
class RackRow:
    """One row of bays along Y, open to the aisle on its `facing` side (+1: towards +X, -1: towards -X).

    `x` is the middle of the frames' depth, `y` the middle of the first frame, both in m.
    """

    name: str
    x: float
    y: float
    bays: int
    facing: int

    @property
    def y_end(self) -> float:
        """Middle of the last frame, in m."""
        return self.y + self.bays * BAY


def solid_racks(rows: list[RackRow], rack_height: float) -> list[Box]:
    """The rows as solid boxes, rows that stand back to back as one: what robots touch, cameras cannot pass.

    Their floor level is full of pallets. Few boxes, because each costs every physics step some 30 ns
    wherever it stands, and a droid's whole step is 20 us.
    """
    boxes: list[Box] = []
    for row in sorted(rows, key=lambda row: (row.y, row.x)):
        lo = (row.x - PALLET[0] / 2, row.y - POST / 2 - GUARD, 0.0)
        hi = (row.x + PALLET[0] / 2, row.y_end + POST / 2 + GUARD, storage_top(rack_height))
        if boxes and abs(boxes[-1].lo[1] - lo[1]) < 1e-6 and lo[0] - boxes[-1].hi[0] < FLUE:
            boxes[-1] = box_between(boxes[-1].name, boxes[-1].lo, hi)
        else:
            boxes.append(box_between(row.name, lo, hi))
    return boxes


def frame_instances(rows: list[RackRow]) -> list[Instance]:
    """Upright frames, beams and end guards of all rows."""
    instances = []
    for row in rows:
        instances += [Instance("UprightFrame", (row.x, row.y + k * BAY, 0.0)) for k in range(row.bays + 1)]
        instances += [Instance("BayBeams", (row.x, row.y + (k + 0.5) * BAY, 0.0)) for k in range(row.bays)]
        offset = (POST + GUARD) / 2
        instances.append(Instance("EndGuard", (row.x, row.y - offset, 0.0), math.pi))
        instances.append(Instance("EndGuard", (row.x, row.y_end + offset, 0.0)))
    return instances


def load_instances(rows: list[RackRow], rack_height: float, rng: np.random.Generator) -> list[Instance]:
    """Pallets with loads: every position on the floor, most positions above."""
    instances = []
    for row in rows:
        for level in range(beam_levels(rack_height) + 1):
            for bay in range(row.bays):
                present = rng.random(len(PALLET_SLOTS)) >= (UPPER_GAP_SHARE if level else 0.0)
                variants = rng.integers(LOAD_VARIANTS, size=len(PALLET_SLOTS))
                for slot, here, variant in zip(PALLET_SLOTS, present, variants, strict=True):
                    if here:
                        y = row.y + (bay + 0.5) * BAY + slot
                        yaw = 0.0 if row.facing > 0 else math.pi
                        instances.append(Instance(f"Load_{variant:02d}", (row.x, y, level * LEVEL), yaw))
    return instances


def rack_prototypes(rack_height: float) -> dict[str, list[Box]]:
    """Prototypes of one upright frame, the beams of one bay and one end guard; origins at floor level."""
    reach = FRAME_DEPTH / 2 - POST / 2
    posts = [
        Box(f"Post{k}", (x, 0.0, rack_height / 2), (POST, POST, rack_height), "UprightBlue")
        for k, x in enumerate((-reach, reach))
    ]
    braces = [
        Box(f"Brace{k}", (0.0, 0.0, z), (2 * reach - POST, 0.04, 0.06), "UprightBlue")
        for k, z in enumerate(np.arange(0.4, rack_height - 0.1, 1.8).tolist())
    ]
    beams = [
        Box(
            f"Beam{level}{side}",
            (x, 0.0, level * LEVEL - BEAM_HEIGHT / 2),
            (0.05, BAY - POST, BEAM_HEIGHT),
            "BeamOrange",
        )
        for level in range(1, beam_levels(rack_height) + 1)
        for side, x in (("Back", -reach), ("Front", reach))
    ]
    guard = [
        Box("Rail", (0.0, 0.0, 0.22), (FRAME_DEPTH, GUARD * 0.8, 0.34), "SafetyYellow"),
        Box("Plate", (0.0, 0.0, 2.2), (0.5, 0.03, 0.36), "WallStripe"),
        Box("PlateMark", (0.0, 0.02, 2.2), (0.3, 0.01, 0.16), "LineWhite"),
    ]
    return {"UprightFrame": posts + braces, "BayBeams": beams, "EndGuard": guard}


def load_prototypes(rng: np.random.Generator) -> dict[str, list[Box]]:
    """`LOAD_VARIANTS` pallets with different loads; the origin lies below the middle, +X faces the aisle."""
    builders = (_carton_layers, _big_carton, _carton_columns, _wrapped_block, _carton_layers, _totes)
    return {f"Load_{k:02d}": [_pallet(), *builders[k % len(builders)](rng)] for k in range(LOAD_VARIANTS)}


def _pallet() -> Box:
    return Box("Pallet", (0.0, 0.0, PALLET[2] / 2), PALLET, "PalletWood")


def _carton_layers(rng: np.random.Generator) -> list[Box]:
    """Two or three layers of cartons in shades of board."""
    layers = int(rng.integers(2, 4))
    height = rng.uniform(0.55, 1.2) / layers
    shades = rng.choice(["Cardboard", "CardboardLight", "CardboardDark"], size=layers)
    return [
        Box(
            f"Layer{k}",
            (0.0, 0.0, PALLET[2] + (k + 0.5) * height),
            (1.12 - 0.04 * (k % 2), 0.76 - 0.04 * (k % 2), height - 0.015),
            str(shade),
        )
        for k, shade in enumerate(shades)
    ]


def _carton_columns(rng: np.random.Generator) -> list[Box]:
    """Two stacks of unequal height side by side, one with a smaller box on top."""
    left, right, cap = rng.uniform(0.4, 1.0), rng.uniform(0.4, 0.8), rng.uniform(0.2, 0.35)
    materials = rng.choice(["Cardboard", "CardboardLight", "CardboardDark", "CartonWhite"], size=3)
    return [
        Box("Left", (0.0, -0.2, PALLET[2] + left / 2), (1.1, 0.36, left), str(materials[0])),
        Box("Right", (0.0, 0.2, PALLET[2] + right / 2), (1.08, 0.38, right), str(materials[1])),
        Box("Cap", (0.15, 0.2, PALLET[2] + right + cap / 2), (0.6, 0.3, cap), str(materials[2])),
    ]


def _wrapped_block(rng: np.random.Generator) -> list[Box]:
    """One block in stretch film with a label."""
    height = rng.uniform(0.7, 1.22)
    block = Box("Wrapped", (0.0, 0.0, PALLET[2] + height / 2), (1.14, 0.76, height), "ShrinkWrap")
    label = Box("Label", (0.572, 0.15, PALLET[2] + height * 0.6), (0.006, 0.2, 0.14), "LineWhite")
    return [block, label]


def _big_carton(rng: np.random.Generator) -> list[Box]:
    """One octabin-sized carton."""
    height = rng.uniform(0.6, 1.15)
    material = str(rng.choice(["Cardboard", "CardboardLight", "CartonWhite"]))
    return [Box("Carton", (0.0, 0.0, PALLET[2] + height / 2), (1.1, 0.74, height), material)]


def _totes(rng: np.random.Generator) -> list[Box]:
    """Stacked plastic totes of one colour over another."""
    colors = rng.choice(["ToteBlue", "ToteGrey", "ToteRed"], size=2, replace=False)
    return [
        Box(f"Tote{k}", (0.0, 0.0, PALLET[2] + 0.2 + k * 0.41), (1.12 - 0.06 * k, 0.74, 0.38), str(color))
        for k, color in enumerate(colors)
    ]
