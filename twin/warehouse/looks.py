"""How everybody looks to the ceiling cameras, and where they truly are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..ceiling import cast
from ..ceiling.shapes import PHASES, Shape, stride
from ..ceiling.views import Pose
from .mishaps import Mishaps
from .people import Crowd, People
from .vehicles import Vehicles

_LESSONS, _LESSON_EVERY = 8, 5.0  # pictures from which cameras learn the hall, and s between them


def crowd_shapes(kinds: Sequence[str], rng: np.random.Generator) -> dict[str, Shape]:
    """How people and fork trucks look, by name."""
    return {
        f"{kind}_{k:02d}": cast.worker(rng) if kind == "worker" else cast.forklift(rng)
        for k, kind in enumerate(kinds)
    }


def all_shapes(
    vehicles: int, crowd: Sequence[Shape], mishaps: Mishaps, rng: np.random.Generator
) -> list[Shape]:
    """How everybody looks: vehicles, people and fork trucks, what and who lies."""
    return [*(cast.amr(rng) for _ in range(vehicles)), *crowd, *(one.shape for one in mishaps.lying)]


def poses(
    time: float, vehicles: Vehicles, crowd: Crowd, kinds: Sequence[str], mishaps: Mishaps
) -> list[Pose | None]:
    """Where they are at `time` in s, in the order of all shapes; None for what is not there."""
    rolling = zip(vehicles.true_position, vehicles.true_yaw, strict=True)
    return [*(Pose(at, float(yaw)) for at, yaw in rolling), *_others(time, crowd, kinds, mishaps)]


def lessons(vehicles: int, people: People, mishaps: Mishaps, period: float) -> Iterator[list[Pose | None]]:
    """Poses before the shift: people at work, vehicles out."""
    nobody = np.zeros((0, 2))
    for n in range(_LESSONS):
        crowd = people.step(n * _LESSON_EVERY, period, nobody)
        yield [None] * vehicles + _others(0.0, crowd, people.kinds, mishaps)


def _others(time: float, crowd: Crowd, kinds: Sequence[str], mishaps: Mishaps) -> list[Pose | None]:
    """All but the vehicles."""
    phases = (crowd.walked / stride() * PHASES).astype(int) % PHASES
    down = mishaps.down(time, len(kinds))
    found: list[Pose | None] = []
    for k, kind in enumerate(kinds):
        phase = int(phases[k]) if kind == "worker" else 0
        found.append(None if down[k] else Pose(crowd.position[k], float(crowd.yaw[k]), phase))
    return found + [Pose(one.position, one.yaw) if one.lies(time) else None for one in mishaps.lying]
