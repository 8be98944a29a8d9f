"""Pictures with everything that is known about the objects in them, and what their writers share."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..camera import Camera
from ..pose.model import CadModel
from ..poses import Array

Box = tuple[int, int, int, int]
"""x and y of the first pixel, and how many pixels it is wide and high."""


@dataclass(frozen=True, eq=False)
class LabelledObject:
    """One object in a picture.

    Attributes:
        name: of its model.
        pose: (4, 4) `camera_from_object`, m.
        mask: (height, width) bool, its silhouette as if nothing were before it.
        visible: (height, width) bool, what of it is seen.
        silhouette_px: pixels of the silhouette, those beyond the picture's border included.
        box: around all of the silhouette; may reach beyond the picture. None if there is no silhouette.
    """

    name: str
    pose: Array
    mask: np.ndarray
    visible: np.ndarray
    silhouette_px: int
    box: Box | None

    @property
    def visible_fraction(self) -> float:
        """Share of the silhouette that is seen."""
        return float(self.visible.sum()) / self.silhouette_px if self.silhouette_px else 0.0


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture and its labels.

    Attributes:
        camera: of the picture, without lens distortion.
        world_from_camera: (4, 4), m.
        rgb: (height, width, 3) uint8.
        depth: (height, width) float32 in m, 0 where there is none.
        objects: in it, the hidden ones too.
    """

    camera: Camera
    world_from_camera: Array
    rgb: np.ndarray
    depth: np.ndarray
    objects: list[LabelledObject]


def box_around(mask: np.ndarray) -> Box | None:
    """The box around the pixels of a mask (height, width), None if there are none."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return None
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1


class LabelWriter(ABC):
    """Writes scenes of labelled pictures, each whole or not at all; several processes may write at once.

    Args:
        out: folder, which may hold scenes already.
        models: of the objects; the k-th is category k + 1.
    """

    def __init__(self, out: Path, models: Sequence[CadModel]) -> None:
        self.out, self.models = out, list(models)
        self.category_of = {model.name: k + 1 for k, model in enumerate(self.models)}

    def has(self, scene: int) -> bool:
        """Whether the scene has been written."""
        return self.folder(scene).is_dir()

    @abstractmethod
    def folder(self, scene: int) -> Path:
        """Of a scene's files."""

    @abstractmethod
    def _write(self, folder: Path, scene: int, pictures: Iterable[LabelledPicture]) -> None:
        """Write a scene's files into an empty folder."""

    @abstractmethod
    def finish(self) -> None:
        """Write what all scenes share, once all of them are there."""

    def write_scene(self, scene: int, pictures: Iterable[LabelledPicture]) -> None:
        """Write a scene under a temporary name and rename it."""
        folder = self.folder(scene)
        partial = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            self._write(partial, scene, pictures)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def scenes(self) -> list[Path]:
        """Folders of all scenes, in order."""
        parent = self.folder(0).parent
        return sorted(path for path in parent.glob("[0-9]*") if path.is_dir())
