"""A snapshot of all obstacles: it never changes, so a planner may keep it while the next is made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ..errors import WorldError
from .obstacles import Box, Capsule, Cylinder, DistanceGrid, Obstacle, Sphere

WorldArrays: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Obstacles as compiled code takes them: spheres (a, 4), boxes and capsules (b, 16), cylinders (c, 14), grids
(g, 16), the first node of each grid (g,), and the nodes of all. Only lengths differ between worlds, so no
obstacle makes code compile anew."""

_ORDER = ((Sphere,), (Box, Capsule), (Cylinder,), (DistanceGrid,))
_WIDTHS = (4, 16, 14, 16)


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
        self.names: tuple[str, ...] = tuple(name for group in self._groups for name in group)
        """In the order of the arrays: spheres, boxes and capsules, cylinders, grids."""

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
        if name not in self.obstacles:
            there = ", ".join(self.obstacles) or "none"
            raise WorldError(f"there is no obstacle '{name}'; there are: {there}.")
        return World({other: obstacle for other, obstacle in self.obstacles.items() if other != name})

    @cached_property
    def arrays(self) -> WorldArrays:
        """All obstacles in float64, nodes of grids in float32."""
        rows = [
            np.array([obstacle.row() for obstacle in group.values()], float).reshape(-1, width)
            for group, width in zip(self._groups, _WIDTHS, strict=True)
        ]
        nodes = [
            np.ascontiguousarray(o.values, np.float32).ravel()
            for o in self._groups[3].values()
            if isinstance(o, DistanceGrid)
        ]
        starts = np.cumsum([0, *map(len, nodes)])[:-1].astype(np.int64)
        # One grid, the usual case, is not copied.
        flat = nodes[0] if len(nodes) == 1 else np.concatenate([np.zeros(0, np.float32), *nodes])
        return rows[0], rows[1], rows[2], rows[3], starts, flat

    @cached_property
    def arrays_single(self) -> WorldArrays:
        """All obstacles in float32."""
        spheres, boxes, cylinders, grids, starts, nodes = self.arrays
        single = [rows.astype(np.float32) for rows in (spheres, boxes, cylinders, grids)]
        return single[0], single[1], single[2], single[3], starts, nodes
