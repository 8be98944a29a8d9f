"""One camera: its background, its foreground as points of the world, and which floor it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..camera import Camera
from ..poses import Array
from .background import RISE, ColourBackground, DepthBackground
from .calibration import pixel_rays

_ON_FLOOR = 0.12  # m above or below z = 0 that a depth background may be and still be the floor
_FLAT_MARGIN = 0.02  # how far above the floor flat things are put, m
_COLOUR_EVERY = 20  # pictures between updates of the colour background


@dataclass(frozen=True)
class Picture:
    """What one camera took at one time.

    Attributes:
        depth: (height, width) float32 in m, 0 where there is no reading, or None.
        rgb: (height, width, 3) uint8, or None.
        segmentation: (height, width) uint8, 1 + the index in `classes.KINDS` of what a pixel shows, 0 for
            none of them, or None. With depth, it takes the place of the background model.
    """

    depth: np.ndarray | None = None
    rgb: np.ndarray | None = None
    segmentation: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Foreground:
    """What differs from the background, as points.

    Attributes:
        points: (n, 3) in m.
        rgb: (n, 3) uint8 or None.
        flat: (n,) which lie flat on the floor.
        kind: (n,) index of `classes.KINDS` or -1.
        rim: (n,) which are at the rim of the picture: what they show may go on beyond it.
    """

    points: Array
    rgb: np.ndarray | None
    flat: np.ndarray
    kind: np.ndarray
    rim: np.ndarray


class CameraView:
    """A depth camera, perhaps with colour.

    Args:
        name: of the camera.
        camera: calibrated, `body_from_camera` is `world_from_camera`.
        pictures: some of the first pictures, from which the background is learnt.

    Raises:
        ValueError: a picture of another size than calibrated.
    """

    def __init__(self, name: str, camera: Camera, pictures: list[Picture]) -> None:
        self.name, self.camera = name, camera
        for picture in pictures:
            self._check(picture)
        depths = [picture.depth for picture in pictures if picture.depth is not None]
        colours = [picture.rgb for picture in pictures if picture.rgb is not None]
        self._depth = DepthBackground(np.stack(depths)) if depths else None
        self._colour = self._learn_colours(pictures) if colours else None
        rays = pixel_rays(camera).reshape(-1, 3) @ camera.body_from_camera[:3, :3].T
        self._rays = rays.astype(np.float32)
        self._origin = camera.body_from_camera[:3, 3].astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = -self._origin[2] / self._rays[:, 2]
        self._floor_depth = np.where(self._rays[:, 2] < -1e-6, reach, np.inf).astype(np.float32)
        self._rim = np.zeros((camera.height, camera.width), bool)
        self._rim[[0, -1]] = self._rim[:, [0, -1]] = True
        self._looks = 0

    def _learn_colours(self, pictures: list[Picture]) -> ColourBackground:
        both = [p for p in pictures if p.rgb is not None and (p.depth is not None or self._depth is None)]
        colours = np.stack([picture.rgb for picture in both if picture.rgb is not None])
        if self._depth is None:
            return ColourBackground(colours)
        depths = np.stack([picture.depth for picture in both if picture.depth is not None])
        return ColourBackground(colours, depths > self._depth.depth - RISE)

    def _check(self, picture: Picture) -> None:
        images = (("depth", picture.depth), ("colour", picture.rgb), ("segmentation", picture.segmentation))
        for what, image in images:
            if image is not None:
                self.camera.check_picture(image, f"The {what} picture of camera '{self.name}'")

    @property
    def has_depth(self) -> bool:
        """Whether it learnt a background of depth."""
        return self._depth is not None

    def visible_floor(self) -> Array:
        """Floor points (n, 2) in m that its background shows: what no rack hides."""
        seen = np.flatnonzero(self._is_floor(np.arange(len(self._rays))))
        return (self._origin + self._rays[seen] * self._floor_depth[seen, None])[:, :2]

    def _is_floor(self, pixels: np.ndarray) -> np.ndarray:
        """Which of the pixels, flat indices (k,), show floor when nothing stands there."""
        floor = self._floor_depth[pixels]
        if self._depth is None:
            return np.isfinite(floor)
        rise = (floor - self._depth.depth.ravel()[pixels]) * -self._rays[pixels, 2]
        return abs(rise) < _ON_FLOOR

    def look(self, picture: Picture) -> Foreground:
        """What stands and lies before the background in one more picture."""
        self._check(picture)
        if picture.depth is None or self._depth is None:
            near, points = np.zeros(0, int), np.zeros((0, 3), np.float32)
        else:
            near = self._depth.foreground(picture.depth)
            if picture.segmentation is not None:
                near = np.flatnonzero((picture.segmentation > 0) & (picture.depth > 0))
            points = self._origin + self._rays[near] * picture.depth.ravel()[near, None]
            if self._colour is not None and picture.rgb is not None and len(self._depth.renewed):
                self._colour.renew(picture.rgb, self._depth.renewed)
        lying = self._lying(picture, near)
        flat = self._origin + self._rays[lying] * self._floor_depth[lying, None]
        flat[:, 2] += _FLAT_MARGIN
        pixels = np.concatenate([near, lying])
        rgb = None if picture.rgb is None else picture.rgb.reshape(-1, 3)[pixels]
        is_flat = np.repeat([False, True], [len(near), len(lying)])
        kind = np.full(len(is_flat), -1)
        if picture.segmentation is not None:
            kind[: len(near)] = picture.segmentation.ravel()[near].astype(int) - 1
        return Foreground(np.concatenate([points, flat]), rgb, is_flat, kind, self._rim.ravel()[pixels])

    def changed(self, rgb: np.ndarray) -> np.ndarray:
        """Flat indices (k,) of the pixels whose colour is not the background's."""
        self._check(Picture(rgb=rgb))
        return np.zeros(0, int) if self._colour is None else self._colour.foreground(rgb)

    def _lying(self, picture: Picture, near: np.ndarray) -> np.ndarray:
        """Indices of the pixels of floor whose colour changed though nothing stands on it."""
        if picture.rgb is None or self._colour is None:
            return np.zeros(0, int)
        changed = self._colour.foreground(picture.rgb)
        self._looks += 1
        if self._looks % _COLOUR_EVERY == 0:
            self._colour.learn(picture.rgb, np.concatenate([changed, near]))
        if not len(changed):
            return changed
        is_free = self._is_floor(changed)
        is_free[np.isin(changed, near)] = False
        return changed[is_free]
