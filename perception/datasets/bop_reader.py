"""Reads BOP's folders: pictures with the poses of the objects in them, and the models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera
from ..pose.model import CadModel, load_mesh
from ..poses import Array, inverse, pose_of
from .bop import MM
from .labels import LabelledObject, LabelledPicture, box_around
from .pictures import decode_depth, decode_picture, picture_size


def read_models(folder: Path) -> dict[int, CadModel]:
    """Models in m, with their symmetries, by object id, of a folder such as `models`.

    Raises:
        ValueError: no models there, or one of them is no mesh.
    """
    infos = _read_json(folder / "models_info.json")
    models = {}
    for key, info in infos.items():
        discrete = np.array(info.get("symmetries_discrete", []), float).reshape(-1, 4, 4)
        discrete[:, :3, 3] /= MM
        continuous = [
            [*entry["axis"], *(np.array(entry["offset"]) / MM)]
            for entry in info.get("symmetries_continuous", [])
        ]
        mesh = load_mesh(folder / f"obj_{int(key):06d}.ply", unit=1 / MM)
        name = info.get("name", f"obj_{int(key):06d}")
        axes = np.array(continuous, float).reshape(-1, 6)
        models[int(key)] = CadModel(name, mesh.vertices, mesh.faces, discrete, axes)
    return models


class BopScene(Sequence[LabelledPicture]):
    """A scene's pictures, loaded when they are asked for.

    Args:
        folder: of the scene, such as `test/000048`.
        names: of the objects by id; others are called `obj_000001`.

    Raises:
        ValueError: a file is missing, or its pictures and truths do not belong together; by file and picture.
    """

    def __init__(self, folder: Path, names: dict[int, str] | None = None) -> None:
        self.folder, self._names = folder, names or {}
        self._cameras = _read_json(folder / "scene_camera.json")
        self._truths = _read_json(folder / "scene_gt.json")
        infos = folder / "scene_gt_info.json"
        self._infos = _read_json(infos) if infos.is_file() else {}
        self.ids = sorted(int(key) for key in self._truths)
        if missing := [key for key in self._truths if key not in self._cameras]:
            raise ValueError(f"{folder}/scene_camera.json has no camera of picture {missing[0]}.")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, k: int) -> LabelledPicture:  # pyright: ignore[reportIncompatibleMethodOverride]
        number = self.ids[k]
        entry, truths = self._cameras[str(number)], self._truths[str(number)]
        rgb_file, depth_file = self._file("rgb", number), self.folder / f"depth/{number:06d}.png"
        width, height = picture_size(rgb_file)
        fx, _, cx, _, fy, cy, *_ = entry["cam_K"]
        camera = Camera(width, height, fx, fy, cx, cy)
        rgb = decode_picture(rgb_file.read_bytes(), rgb_file)
        depth = np.zeros((height, width), np.float32)
        if depth_file.is_file():
            depth = decode_depth(depth_file.read_bytes(), depth_file, MM / entry.get("depth_scale", 1.0))
            camera.check_picture(depth, depth_file)
        world = np.eye(4)
        if "cam_R_w2c" in entry:
            world = inverse(_pose(entry["cam_R_w2c"], entry["cam_t_w2c"]))
        infos = self._infos.get(str(number), [{}] * len(truths))
        objects = [
            self._object(number, i, truth, info, (height, width))
            for i, (truth, info) in enumerate(zip(truths, infos, strict=True))
        ]
        return LabelledPicture(camera, world, rgb, depth, objects)

    def _file(self, kind: str, number: int) -> Path:
        found = [self.folder / f"{kind}/{number:06d}.{end}" for end in ("png", "jpg")]
        return next((path for path in found if path.is_file()), found[0])

    def _object(
        self, number: int, i: int, truth: dict[str, Any], info: dict[str, Any], shape: tuple[int, int]
    ) -> LabelledObject:
        mask, visible = (self._mask(kind, number, i, shape) for kind in ("mask", "mask_visib"))
        box = info.get("bbox_obj", [-1] * 4)
        return LabelledObject(
            name=self._names.get(truth["obj_id"], f"obj_{truth['obj_id']:06d}"),
            pose=_pose(truth["cam_R_m2c"], truth["cam_t_m2c"]),
            mask=mask,
            visible=visible,
            silhouette_px=info.get("px_count_all", int(mask.sum())),
            box=(box[0], box[1], box[2] + 1, box[3] + 1) if box[2] >= 0 else box_around(mask),
        )

    def _mask(self, kind: str, number: int, i: int, shape: tuple[int, int]) -> np.ndarray:
        """All of nothing, if the data set has no such masks."""
        path = self.folder / f"{kind}/{number:06d}_{i:06d}.png"
        if not path.is_file():
            return np.zeros(shape, bool)
        return decode_picture(path.read_bytes(), path) > 0


def _pose(rotation: list[float], position: list[float]) -> Array:
    return pose_of(np.array(position, float) / MM, np.reshape(rotation, (3, 3)))


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"{path} is missing.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: is no JSON ({error.msg}).") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no table of pictures or models.")
    return content
