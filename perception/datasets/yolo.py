"""YOLO's segmentation labels: a text file a picture, `class x1 y1 x2 y2 ...` a line, and `data.yaml`.

Coordinates are shares of the picture's width and height. An object in several parts is one line, its parts'
outlines one after another, as is usual; a box around a line's points is the object's. Holes cannot be told.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from .labels import LabelledPicture, LabelWriter
from .pictures import encode_png

_LEAST_PX = 20
"""Pixels below which what is seen of an object has no outline worth learning."""


class YoloWriter(LabelWriter):
    """Writes `images/train`, `labels/train` and `data.yaml`."""

    def folder(self, scene: int) -> Path:
        """Of a scene's pictures; its labels are written before."""
        return self.out / "images" / "train" / f"{scene:06d}"

    def _write(self, folder: Path, scene: int, pictures: Iterable[LabelledPicture]) -> None:
        labels = self.out / "labels" / "train" / f"{scene:06d}"
        shutil.rmtree(labels, ignore_errors=True)
        labels.mkdir(parents=True)
        for k, picture in enumerate(pictures):
            (folder / f"{k:06d}.png").write_bytes(encode_png(picture.rgb))
            (labels / f"{k:06d}.txt").write_text("".join(self._lines(picture)), encoding="utf-8")

    def _lines(self, picture: LabelledPicture) -> Iterable[str]:
        size = np.array([picture.camera.width, picture.camera.height], float)
        for item in picture.objects:
            if item.visible.sum() >= _LEAST_PX:
                points = np.concatenate(outlines(item.visible)) / size
                numbers = " ".join(f"{value:.6f}" for value in points.ravel())
                yield f"{self.category_of[item.name] - 1} {numbers}\n"

    def finish(self) -> None:
        """Write `data.yaml`; the training pictures are its validation pictures too."""
        names = "".join(f"  {k - 1}: {name}\n" for name, k in self.category_of.items())
        text = f"path: .\ntrain: images/train\nval: images/train\nnames:\n{names}"
        (self.out / "data.yaml").write_text(text, encoding="utf-8")


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Polygons (n, 2) in px around the parts of a mask, a quarter of a pixel inside; pixel 0 begins at 0."""
    large = np.repeat(np.repeat(mask.astype(np.uint8), 2, axis=0), 2, axis=1)
    found, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [(contour.reshape(-1, 2) + 0.5) / 2 for contour in found]
