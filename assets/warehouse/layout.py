"""Where everything in the warehouse stands: zones, rack rows, docks, stations, spawn points.

Frame: the origin is the middle of the floor, X along the length (east), Y along the width (north), Z up.
South to north: dock doors, staging lanes, main aisle, rack blocks with cross aisles, north aisle, pick
stations. Chargers stand along the west wall; AMRs park along the east wall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from .docks import Dock, dock_props, place_docks, walls
from .parts import Box, Instance
from .racks import (
    BAY,
    FLUE,
    FRAME_DEPTH,
    GUARD,
    PALLET_SLOTS,
    POST,
    RackRow,
    beam_levels,
    frame_instances,
    load_instances,
    solid_racks,
    storage_top,
)

ASPECT = 1.6
"""Length over width: 100,000 sq ft are then 400 ft x 250 ft."""
WEST_STRIP, EAST_STRIP = 5.5, 4.5
MIN_AISLE, PREFERRED_AISLE = 2.4, 3.6
CROSS_AISLE = 4.0
MAX_BLOCK = 30.0
PICK_LINE_DEPTH, CHARGER_BANK_DEPTH = 1.5, 0.4
AMR_LENGTH = 0.8


@dataclass(frozen=True)
class WarehouseCfg:
    """Parameters of the generator.

    `area_m2`: floor area inside the walls. `aisles`: storage aisles, None for as many as fit at 3.6 m.
    `rack_height`: height of the uprights in m. `cameras`: number of ceiling cameras. Equal configurations
    give equal bytes.
    """

    area_m2: float = 9290.0
    aisles: int | None = None
    rack_height: float = 6.0
    cameras: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if not 800 <= self.area_m2 <= 100_000:
            raise ValueError(f"--area-m2 {self.area_m2:g} is out of range: give 800 to 100000 m2.")
        if not 2.7 <= self.rack_height <= 8.0:
            raise ValueError(f"--rack-height {self.rack_height:g} is out of range: give 2.7 to 8 m.")
        if not 0 <= self.cameras <= 500:
            raise ValueError(f"--cameras {self.cameras} is out of range: give 0 to 500.")
        if self.seed < 0:
            raise ValueError(f"--seed {self.seed} is negative: give 0 or more.")


@dataclass(frozen=True)
class Site:
    """A named pose on the floor: `position` in m, `yaw` about +Z in rad, X forward."""

    name: str
    kind: str
    position: tuple[float, float, float]
    yaw: float


@dataclass
class Layout:
    """A whole warehouse, as numbers. Lengths in m."""

    cfg: WarehouseCfg
    length: float
    width: float
    dock_depth: float
    north_depth: float
    aisle_width: float
    aisle_x: list[float]
    blocks: list[tuple[float, float]]
    rows: list[RackRow] = field(default_factory=list)
    docks: list[Dock] = field(default_factory=list)
    obstacles: list[Box] = field(default_factory=list)
    """Solids on the floor that robots touch and cameras cannot see through; they are not drawn."""
    structure: list[Box] = field(default_factory=list)
    """Walls and doors, as they are drawn."""
    props: dict[str, list[Instance]] = field(default_factory=dict)
    """Instances of the prototypes, by the group (one point instancer) that they belong to."""
    sites: list[Site] = field(default_factory=list)

    @property
    def half_length(self) -> float:
        """Distance from the origin to the inner face of the east wall, in m."""
        return self.length / 2

    @property
    def half_width(self) -> float:
        """Distance from the origin to the inner face of the north wall, in m."""
        return self.width / 2

    @property
    def interior(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """South-west and north-east corner, in m, of the rectangle that robots can be in.

        It lies between the dock wall, the charger bank, the pick line and the east wall.
        """
        return (
            (-self.half_length + CHARGER_BANK_DEPTH, -self.half_width),
            (self.half_length, self.half_width - PICK_LINE_DEPTH),
        )

    @property
    def camera_height(self) -> float:
        """Height of the ceiling cameras' lenses: 9 m, or 1 m above the highest storage."""
        return max(9.0, storage_top(self.cfg.rack_height) + 1.0)

    @property
    def pallet_positions(self) -> int:
        """Pallets that the racks can hold."""
        levels = beam_levels(self.cfg.rack_height) + 1
        return sum(row.bays for row in self.rows) * levels * len(PALLET_SLOTS)

    @property
    def wall_height(self) -> float:
        """Height of the walls, in m."""
        return self.camera_height + 1.5


def plan(cfg: WarehouseCfg, rng: np.random.Generator) -> Layout:
    """Lay out a warehouse.

    Raises:
        ValueError: the aisles do not fit into the area.
    """
    width = math.sqrt(cfg.area_m2 / ASPECT)
    layout = _zones(cfg, cfg.area_m2 / width, width)
    layout.rows = _rack_rows(layout)
    layout.docks = place_docks(layout.length, layout.width, rng)
    layout.structure = walls(layout.docks, layout.length, layout.width, layout.wall_height)
    layout.obstacles += solid_racks(layout.rows, cfg.rack_height)
    layout.props["Racks"] = frame_instances(layout.rows)
    layout.props["Loads"] = load_instances(layout.rows, cfg.rack_height, rng)
    layout.props["Docks"], staged = dock_props(layout.docks, layout.width, rng)
    layout.obstacles += staged
    _place_dock_sites(layout)
    _place_stations(layout)
    _place_spawn_points(layout, rng)
    return layout


def _zones(cfg: WarehouseCfg, length: float, width: float) -> Layout:
    dock_depth = float(np.clip(0.2 * width, 9.0, 15.0))
    north_depth = float(np.clip(0.13 * width, 6.5, 10.0))
    aisles, aisle_width = _fit_aisles(cfg, length - WEST_STRIP - EAST_STRIP)
    pitch = aisle_width + 2 * FRAME_DEPTH + FLUE
    first = -length / 2 + WEST_STRIP + FRAME_DEPTH + aisle_width / 2
    south, north = -width / 2 + dock_depth, width / 2 - north_depth
    count = max(1, round((north - south) / MAX_BLOCK))
    depth = (north - south - (count - 1) * CROSS_AISLE) / count
    starts = [south + k * (depth + CROSS_AISLE) for k in range(count)]
    return Layout(
        cfg=cfg,
        length=length,
        width=width,
        dock_depth=dock_depth,
        north_depth=north_depth,
        aisle_width=aisle_width,
        aisle_x=[first + k * pitch for k in range(aisles)],
        blocks=[(start, start + depth) for start in starts],
    )


def _fit_aisles(cfg: WarehouseCfg, usable: float) -> tuple[int, float]:
    """Number and width (m) of the aisles: double rows stand between aisles, single rows outside."""

    def width_of(count: int) -> float:
        return (usable - 2 * FRAME_DEPTH - (count - 1) * (2 * FRAME_DEPTH + FLUE)) / count

    fitting = max(1, math.floor((usable + FLUE) / (PREFERRED_AISLE + 2 * FRAME_DEPTH + FLUE)))
    aisles = fitting if cfg.aisles is None else cfg.aisles
    if aisles < 1 or width_of(aisles) < MIN_AISLE:
        most = math.floor((usable + FLUE) / (MIN_AISLE + 2 * FRAME_DEPTH + FLUE))
        raise ValueError(
            f"--aisles {aisles} does not fit {cfg.area_m2:g} m2: give 1 to {most} "
            f"(an aisle is at least {MIN_AISLE} m wide)."
        )
    return aisles, width_of(aisles)


def _rack_rows(layout: Layout) -> list[RackRow]:
    """Two rows a aisle and block, named after aisle, side (West, East) and block."""
    rows = []
    for aisle, x in enumerate(layout.aisle_x):
        for side, sign in (("West", -1), ("East", 1)):
            row_x = x + sign * (layout.aisle_width + FRAME_DEPTH) / 2
            for block, (start, end) in enumerate(layout.blocks):
                bays = math.floor((end - start - POST - 2 * GUARD) / BAY)
                y = (start + end - bays * BAY) / 2
                name = f"Rack{aisle + 1:02d}{side}{'ABCDEFGH'[block]}"
                rows.append(RackRow(name, row_x, y, bays, -sign))
    return rows


def _place_dock_sites(layout: Layout) -> None:
    """One pose a dock, facing the opening from just inside it."""
    for dock in layout.docks:
        kind = "dock_open" if dock.is_open else "dock_closed"
        pose = (dock.x, -layout.half_width + 1.5, 0.0)
        layout.sites.append(Site(dock.name, kind, pose, -math.pi / 2))


def _place_stations(layout: Layout) -> None:
    """Pick stations in a line along the north wall, chargers in a bank along the west wall, their poses."""
    stations = layout.props.setdefault("Stations", [])
    (west, _), (_, north) = layout.interior
    count = max(2, round((layout.length - 16.0) / 9.0))
    for k, x in enumerate(_spread(-layout.half_length + 8, layout.half_length - 8, count)):
        stations.append(Instance("PickStation", (x, north + PICK_LINE_DEPTH / 2, 0.0)))
        pose = (x, north - AMR_LENGTH / 2 - 0.25, 0.0)
        layout.sites.append(Site(f"pick_station_{k:02d}", "pick_station", pose, math.pi / 2))
    first, last = layout.blocks[0][0], layout.blocks[-1][1]
    count = int(np.clip(round(layout.cfg.area_m2 / 750), 2, (last - first) / 1.6))
    for k, y in enumerate(_spread(first, last, count)):
        stations.append(Instance("Charger", (west - CHARGER_BANK_DEPTH / 2, y, 0.0)))
        pose = (west + AMR_LENGTH / 2 + 0.2, y, 0.0)
        layout.sites.append(Site(f"charger_{k:02d}", "charger", pose, math.pi))


def _place_spawn_points(layout: Layout, rng: np.random.Generator) -> None:
    """AMRs parked along the east wall, workers in the aisles, forklifts on the main aisle."""
    people = max(4, round(layout.cfg.area_m2 / 450))
    south, north = layout.blocks[0][0], layout.blocks[-1][1]
    amrs = int(min(people, (north - south) / 1.2))
    for k, y in enumerate(_spread(south, north, amrs)):
        layout.sites.append(Site(f"amr_{k:02d}", "amr", (layout.half_length - 1.2, y, 0.0), math.pi))
    for k in range(people):
        x = layout.aisle_x[rng.integers(len(layout.aisle_x))] + rng.uniform(-0.4, 0.4)
        start, end = layout.blocks[rng.integers(len(layout.blocks))]
        pose = (x, rng.uniform(start, end), 0.0)
        layout.sites.append(Site(f"worker_{k:02d}", "worker", pose, rng.uniform(-math.pi, math.pi)))
    y = -layout.half_width + layout.dock_depth - 2.2
    for k, x in enumerate(
        _spread(-layout.half_length + 10, layout.half_length - 10, max(2, len(layout.docks) // 2))
    ):
        layout.sites.append(Site(f"forklift_{k:02d}", "forklift", (x, y, 0.0), 0.0 if k % 2 else math.pi))


def _spread(first: float, last: float, count: int) -> list[float]:
    """`count` positions at the middles of equal shares of an interval."""
    step = (last - first) / count
    return [first + (k + 0.5) * step for k in range(count)]
