"""What stands on the floor at one time, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..poses import Array

COLOURS = 11
"""Bins of an appearance histogram: eight hues, then dark, grey and bright."""


@dataclass(frozen=True, eq=False)
class Detections:
    """n things on the floor.

    Attributes:
        position: (n, 2) middle of the footprint, m.
        size: (n, 2) length and width of the footprint, m, length >= width.
        heading: (n,) of the length, rad in [0, pi): which end is the front is not known.
        height: (n,) m; 0 of what is flat.
        colours: (n, COLOURS) histogram that sums to 1, or all 0 where colour is not known.
        support: (n,) pixels that show it, over all cameras.
        spread: (n,) standard deviation of the position, m.
        cameras: (n,) how many cameras see it.
        kind: (n,) what a detector or a segmentation says it is, an index of `classes.KINDS`, or -1.
        cut: (n,) whether the rim of a picture cuts it off: it may be higher and longer than it looks.
    """

    position: Array
    size: Array
    heading: Array
    height: Array
    colours: Array
    support: np.ndarray
    spread: Array
    cameras: np.ndarray
    kind: np.ndarray
    cut: np.ndarray

    def __len__(self) -> int:
        return len(self.position)

    def select(self, rows: np.ndarray) -> Detections:
        """Those of `rows`, indices or mask."""
        return Detections(*(getattr(self, field.name)[rows] for field in fields(self)))

    def joined(self, others: Detections) -> Detections:
        """These, then `others`."""
        return Detections(
            *(np.concatenate([getattr(self, f.name), getattr(others, f.name)]) for f in fields(self))
        )


def no_detections() -> Detections:
    """An empty floor."""
    none = np.zeros(0)
    return Detections(
        np.zeros((0, 2)), np.zeros((0, 2)), none, none, np.zeros((0, COLOURS)),
        none.astype(int), none, none.astype(int), none.astype(int), none.astype(bool),
    )  # fmt: skip
