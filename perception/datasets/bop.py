"""The BOP challenge's folders: `train/000000/{rgb,depth,mask,mask_visib}`, `scene_gt.json`, `models/`.

Hodan et al., BOP: Benchmark for 6D object pose estimation, ECCV 2018, and the format's description in the BOP
toolkit. Lengths are in mm. A box's width is the last column less the first, as the toolkit has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..pose.model import CadModel
from ..poses import Array, inverse
from .labels import Box, LabelledObject, LabelledPicture, LabelWriter, box_around
from .pictures import encode_depth, encode_mask, encode_png, picture_size

MM = 1000.0
DEPTH_SCALE = 0.1
"""mm of a unit of our depth pictures, which so reach to 6.5 m."""


class BopWriter(LabelWriter):
    """Writes BOP's layout, models included."""

    def folder(self, scene: int) -> Path:
        """See `LabelWriter`."""
        return self.out / "train" / f"{scene:06d}"

    def _write(self, folder: Path, scene: int, pictures: Iterable[LabelledPicture]) -> None:
        for name in ("rgb", "depth", "mask", "mask_visib"):
            (folder / name).mkdir()
        cameras, truths, infos = {}, {}, {}
        for k, picture in enumerate(pictures):
            (folder / f"rgb/{k:06d}.png").write_bytes(encode_png(picture.rgb))
            (folder / f"depth/{k:06d}.png").write_bytes(encode_depth(picture.depth, MM / DEPTH_SCALE))
            for i, item in enumerate(picture.objects):
                (folder / f"mask/{k:06d}_{i:06d}.png").write_bytes(encode_mask(item.mask))
                (folder / f"mask_visib/{k:06d}_{i:06d}.png").write_bytes(encode_mask(item.visible))
            cameras[str(k)] = _camera(picture)
            truths[str(k)] = [self._truth(item) for item in picture.objects]
            infos[str(k)] = [_info(item, picture.depth) for item in picture.objects]
        for name, content in (("scene_camera", cameras), ("scene_gt", truths), ("scene_gt_info", infos)):
            (folder / f"{name}.json").write_text(json.dumps(content, indent=1))

    def _truth(self, item: LabelledObject) -> dict[str, Any]:
        rotation, position = _row_by_row(item.pose)
        return {"cam_R_m2c": rotation, "cam_t_m2c": position, "obj_id": self.category_of[item.name]}

    def finish(self) -> None:
        """Write the models, and the first picture's camera as the data set's."""
        models = self.out / "models"
        models.mkdir(exist_ok=True)
        infos = {}
        for k, model in enumerate(self.models, 1):
            (models / f"obj_{k:06d}.ply").write_text(_ply(model))
            infos[str(k)] = _model_info(model)
        (models / "models_info.json").write_text(json.dumps(infos, indent=1))
        first = json.loads((self.scenes()[0] / "scene_camera.json").read_text())["0"]
        fx, _, cx, _, fy, cy, *_ = first["cam_K"]
        camera = {"fx": fx, "fy": fy, "cx": cx, "cy": cy, "depth_scale": first["depth_scale"]}
        size = picture_size(self.scenes()[0] / "rgb/000000.png")
        (self.out / "camera.json").write_text(
            json.dumps({"width": size[0], "height": size[1], **camera}, indent=1)
        )


def _row_by_row(pose: Array) -> tuple[list[float], list[float]]:
    """Rotation, row by row, and translation in mm."""
    return pose[:3, :3].ravel().tolist(), (MM * pose[:3, 3]).tolist()


def _camera(picture: LabelledPicture) -> dict[str, Any]:
    rotation, position = _row_by_row(inverse(picture.world_from_camera))
    return {
        "cam_K": picture.camera.matrix.ravel().tolist(),
        "depth_scale": DEPTH_SCALE,
        "cam_R_w2c": rotation,
        "cam_t_w2c": position,
    }


def _info(item: LabelledObject, depth: np.ndarray) -> dict[str, Any]:
    visible = box_around(item.visible)
    return {
        # The toolkit gives no boxes for what is not seen.
        "bbox_obj": _box(item.box if visible else None),
        "bbox_visib": _box(visible),
        "px_count_all": item.silhouette_px,
        "px_count_valid": int((depth[item.mask] > 0).sum()),
        "px_count_visib": int(item.visible.sum()),
        "visib_fract": item.visible_fraction,
    }


def _box(box: Box | None) -> list[int]:
    if box is None:
        return [-1, -1, -1, -1]
    x, y, width, height = box
    return [x, y, width - 1, height - 1]


def _ply(model: CadModel) -> str:
    """An ASCII PLY file, in mm, with normals, as the toolkit reads it."""
    vertices = np.hstack([MM * model.vertices, _vertex_normals(model)])
    properties = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
    header = (
        f"ply\nformat ascii 1.0\nelement vertex {len(vertices)}\n{properties}"
        f"element face {len(model.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = [" ".join(f"{value:.6g}" for value in row) for row in vertices.tolist()]
    rows += [f"3 {a} {b} {c}" for a, b, c in model.faces.tolist()]
    return header + "\n".join(rows) + "\n"


def _vertex_normals(model: CadModel) -> Array:
    """(n, 3) means of the normals of the faces around, weighted by their area."""
    a, b, c = (model.vertices[model.faces[:, k]] for k in range(3))
    of_faces = np.cross(b - a, c - a)
    normals = np.zeros_like(model.vertices)
    for k in range(3):
        np.add.at(normals, model.faces[:, k], of_faces)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _model_info(model: CadModel) -> dict[str, Any]:
    low, high = MM * model.vertices.min(axis=0), MM * model.vertices.max(axis=0)
    info: dict[str, Any] = {"diameter": MM * model.diameter, "name": model.name}
    for axis, least, most in zip("xyz", low.tolist(), high.tolist(), strict=True):
        info[f"min_{axis}"], info[f"size_{axis}"] = least, most - least
    if len(model.symmetries):
        in_mm = np.array(model.symmetries, float)
        in_mm[:, :3, 3] *= MM
        info["symmetries_discrete"] = in_mm.reshape(-1, 16).tolist()
    if len(model.axes):
        info["symmetries_continuous"] = [
            {"axis": axis[:3].tolist(), "offset": (MM * axis[3:]).tolist()} for axis in np.array(model.axes)
        ]
    return info
