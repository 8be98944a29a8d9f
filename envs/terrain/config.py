"""Settings of a terrain field."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PatchCfg:
    """One kind of patch: its share of the field's columns, and its difficulty at the first and last level.

    Difficulty is the height of a step or bump in m, the angle of a slope in rad, or the gap between stones
    in m: see the kind's function in `envs/terrain/kinds.py`.
    """

    share: int
    easiest: float
    hardest: float


@dataclass
class TerrainCfg:
    """A grid of square patches, `levels` rows of rising difficulty; every world has one patch at a time.

    `patch` is the edge of a patch and `platform` that of the flat square in its middle, where robots start,
    both in m. `start_level` is the highest level that worlds start at. `seed` draws bumps and stones.
    """

    kinds: dict[str, PatchCfg] = field(default_factory=dict)
    levels: int = 6
    patch: float = 6.0
    platform: float = 1.2
    start_level: int = 1
    seed: int = 0
