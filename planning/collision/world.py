"""A snapshot of all obstacles: it never changes, so a planner may keep it while the next is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ..errors import WorldError
from .obstacles import Box, Capsule, Cloud, Cylinder, DistanceGrid, Obstacle, Sphere

WorldArrays: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Obstacles as compiled code takes them: spheres (a, 4), boxes and capsules (b, 16), cylinders (c, 14), grids
(g, 17), the first node of each grid (g,), and the nodes of all. Only lengths differ between worlds, so no
obstacle makes code compile anew."""

_ORDER = ((Sphere, Cloud), (Box, Capsule), (Cylinder,), (DistanceGrid,))
_WIDTHS = (4, 16, 14, 17)


class World:
    """Named obstacles in the base link of the group that is planned."""

    def __init__(self, obstacles: Mapping[str, Obstacle] | None = None) -> None:
        """Take a snapshot of these obstacles; none by default.

        Raises:
            WorldError: what a name stands for is no obstacle.
        """
        obstacles = dict(obstacles or {})
        for name, obstacle in obstacles.items():
            if not isinstance(obstacle, Obstacle):
                raise WorldError(f"obstacle '{name}': {type(obstacle).__name__} is no shape of `obstacles`.")
        self._groups = [{n: o for n, o in obstacles.items() if isinstance(o, kinds)} for kinds in _ORDER]
        self.obstacles: Mapping[str, Obstacle] = MappingProxyType(obstacles)
        rows = [(name, o) for group in self._groups for name, o in group.items()]
        self.names: tuple[str, ...] = tuple(
            name for name, o in rows for _ in range(len(o.row()) if isinstance(o, Cloud) else 1)
        )
        """One for each row of the arrays: spheres and clouds, boxes and capsules, cylinders, grids."""

    def with_obstacle(self, name: str, obstacle: Obstacle) -> World:
        """The world with one more.

        Raises:
            WorldError: there is one of this name, or it is no obstacle.
        """
        if name in self.obstacles:
            raise WorldError(f"obstacle '{name}' is there already; take it out first, or use another name.")
        return World({**self.obstacles, name: obstacle})

    def without(self, name: str) -> World:
        """The world with one less.

        Raises:
            WorldError: there is none of this name.
        """
        return self.with_changes({}, [name])

    def with_changes(self, changed: Mapping[str, Obstacle], gone: Collection[str] = ()) -> World:
        """The world with many obstacles new or in another place, and others no longer there, in one step.

        Raises:
            WorldError: there is none of a name in `gone`, or what a name stands for is no obstacle.
        """
        for name in gone:
            if name not in self.obstacles:
                there = ", ".join(self.obstacles) or "none"
                raise WorldError(f"there is no obstacle '{name}'; there are: {there}.")
        kept = {name: obstacle for name, obstacle in self.obstacles.items() if name not in set(gone)}
        return World({**kept, **changed})

    @cached_property
    def arrays(self) -> WorldArrays:
        """All obstacles in float64, nodes of grids in float32."""
        rows = [
            np.vstack([np.zeros((0, width)), *(obstacle.row() for obstacle in group.values())])
            for group, width in zip(self._groups, _WIDTHS, strict=True)
        ]
        nodes = [
            np.ascontiguousarray(o.values, np.float32).ravel()
            for o in self._groups[3].values()
            if isinstance(o, DistanceGrid)
        ]
        starts = np.cumsum([0, *map(len, nodes)])[:-1].astype(np.int64)
        # One grid, the usual case, is not copied; but to numba a read-only array would be another type.
        is_one = len(nodes) == 1 and nodes[0].flags.writeable
        flat = nodes[0] if is_one else np.concatenate([np.zeros(0, np.float32), *nodes])
        return rows[0], rows[1], rows[2], rows[3], starts, flat

    @cached_property
    def arrays_single(self) -> WorldArrays:
        """All obstacles in float32, those of a kind sorted by their distance in m from the base's origin.

        Rows end with that distance, so that a part which reaches less far needs no obstacle from there on.
        Grids keep their order, and have 0 there.
        """
        balls, boxes, cylinders, grids, starts, nodes = self.arrays
        return (
            _sorted(balls, np.linalg.norm(balls[:, :3], axis=1) - balls[:, 3]),
            _sorted(boxes, _outside(np.abs(_origin_in(boxes)) - boxes[:, 12:15]) - boxes[:, 15]),
            _sorted(cylinders, _outside(_origin_beside(cylinders) - cylinders[:, 12:14])),
            _sorted(grids, np.zeros(len(grids))),
            starts,
            nodes,
        )


def _sorted(rows: np.ndarray, distance: np.ndarray) -> np.ndarray:
    order = np.argsort(distance, kind="stable")
    return np.column_stack([rows, distance])[order].astype(np.float32)


def _origin_in(rows: np.ndarray) -> np.ndarray:
    """The base's origin (m, 3) in the axes of obstacles, whose rows begin with position and rotation."""
    return -np.einsum("mij,mi->mj", rows[:, 3:12].reshape(-1, 3, 3), rows[:, :3])


def _origin_beside(cylinders: np.ndarray) -> np.ndarray:
    """The base's origin (m, 2) as distances from the axes and middles of cylinders."""
    x, y, z = _origin_in(cylinders).T
    return np.column_stack([np.hypot(x, y), np.abs(z)])


def _outside(excess: np.ndarray) -> np.ndarray:
    """Distances (m,) of points that exceed a shape by so much along its axes; 0 inside."""
    return np.linalg.norm(np.maximum(excess, 0.0), axis=1)
