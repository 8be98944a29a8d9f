"""COCO's annotations, one file over pictures in `scenes/`: boxes, masks as run lengths, and more of ours.

Beside COCO's own keys, an annotation has `visib_fract`, `cam_R_m2c` and `cam_t_m2c` (m), and a picture has
`cam_K`, `depth` (16-bit PNG, mm) and `semantic` (8-bit PNG of category ids, 0 for none).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..whole_file import whole_file
from .labels import LabelledObject, LabelledPicture, LabelWriter, box_around
from .pictures import encode_depth, encode_png

_MM = 1000.0


class CocoWriter(LabelWriter):
    """Writes `annotations.json`, and folders of pictures."""

    def folder(self, scene: int) -> Path:
        """See `LabelWriter`."""
        return self.out / "scenes" / f"{scene:06d}"

    def _write(self, folder: Path, scene: int, pictures: Iterable[LabelledPicture]) -> None:
        images, annotations = [], []
        for k, picture in enumerate(pictures):
            place = f"scenes/{scene:06d}/{k:06d}"
            (folder / f"{k:06d}.png").write_bytes(encode_png(picture.rgb))
            (folder / f"{k:06d}_depth.png").write_bytes(encode_depth(picture.depth, _MM))
            (folder / f"{k:06d}_semantic.png").write_bytes(encode_png(self._semantic(picture)))
            images.append(
                {
                    "file_name": f"{place}.png",
                    "depth": f"{place}_depth.png",
                    "semantic": f"{place}_semantic.png",
                    "width": picture.camera.width,
                    "height": picture.camera.height,
                    "cam_K": picture.camera.matrix.ravel().tolist(),
                }
            )
            annotations.append([self._annotation(item) for item in picture.objects if item.visible.any()])
        content = {"images": images, "annotations": annotations}
        (folder / "labels.json").write_text(json.dumps(content))

    def _semantic(self, picture: LabelledPicture) -> np.ndarray:
        labels = np.zeros(picture.depth.shape, np.uint8)
        for item in picture.objects:
            labels[item.visible] = self.category_of[item.name]
        return labels

    def _annotation(self, item: LabelledObject) -> dict[str, Any]:
        return {
            "category_id": self.category_of[item.name],
            "bbox": list(box_around(item.visible) or ()),
            "area": int(item.visible.sum()),
            "iscrowd": 0,
            "segmentation": run_lengths(item.visible),
            "visib_fract": item.visible_fraction,
            "cam_R_m2c": item.pose[:3, :3].ravel().tolist(),
            "cam_t_m2c": item.pose[:3, 3].tolist(),
        }

    def finish(self) -> None:
        """Number the pictures and annotations of all scenes, and write them into one file."""
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for folder in self.scenes():
            content = json.loads((folder / "labels.json").read_text())
            for image, labels in zip(content["images"], content["annotations"], strict=True):
                images.append({"id": len(images) + 1, **image})
                for label in labels:
                    ids = {"id": len(annotations) + 1, "image_id": len(images)}
                    annotations.append({**ids, **label})
        categories = [{"id": k, "name": name} for name, k in self.category_of.items()]
        content = {"images": images, "annotations": annotations, "categories": categories}
        with whole_file(self.out / "annotations.json") as partial:
            partial.write_text(json.dumps(content))


def run_lengths(mask: np.ndarray) -> dict[str, Any]:
    """COCO's uncompressed run lengths: of zeros, ones, zeros, ..., down the columns one after another."""
    column_wise = mask.T.ravel()
    changes = np.flatnonzero(np.diff(column_wise)) + 1
    edges = np.concatenate([[0], changes, [column_wise.size]])
    counts = np.diff(edges).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if column_wise[0] else counts}
