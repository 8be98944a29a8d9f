"""Cameras without depth: from a region of the picture to a place on the floor.

Everything higher than the floor is seen further out than it stands. So the end of a region that is nearest
to the point below the camera is where the thing meets the floor, and how far out the other end lies says how
high it is. Regions come from the colour background, or from a detector's boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array
from .calibration import floor_points
from .classes import KINDS
from .colours import colour_bins, histograms
from .detections import COLOURS, Detections, no_detections

if TYPE_CHECKING:
    import onnxruntime

SAME = 0.4
"""Distance on the floor within which two cameras see the same thing, m."""
_LEAST = 12  # px of a region
_SPREAD = 0.15  # standard deviation of a place, m
_SCORE = 0.4  # least score of a detector's box
_NEAR_END = 0.1  # share of the extent that is taken for the end that stands on the floor


@dataclass(frozen=True, eq=False)
class Region:
    """A thing in a picture: pixels (k, 2), or the corners of its box; kind as in `classes.KINDS` or -1."""

    pixels: Array
    kind: int = -1


Detector = Callable[[np.ndarray], list[Region]]
"""From an RGB picture (height, width, 3) to what is in it."""


def regions_of(foreground: np.ndarray, height: int, width: int) -> list[Region]:
    """Connected pixels among flat indices (k,) of foreground; gaps of two pixels are closed."""
    mask = np.zeros((height, width), np.uint8)
    mask.ravel()[foreground] = 1
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return [
        Region(np.argwhere(labels == k)[:, ::-1].astype(float))
        for k in range(1, count)
        if statistics[k, cv2.CC_STAT_AREA] >= _LEAST
    ]


def place(camera: Camera, regions: Sequence[Region], rgb: np.ndarray) -> Detections:
    """Where the things of one picture stand."""
    rows = [
        (*row, _colours(rgb, region)) for region in regions if (row := _stand(camera, region)) is not None
    ]
    if not rows:
        return no_detections()
    position, size, heading, height, support, kind, colours = map(np.array, zip(*rows, strict=True))
    ones = np.ones(len(rows))
    return Detections(
        position, size, heading, height, colours, support, ones * _SPREAD, ones.astype(int), kind, ones < 1
    )


def _stand(camera: Camera, region: Region) -> tuple[Array, Array, float, float, int, int] | None:
    floor = floor_points(camera, region.pixels)
    if not np.isfinite(floor).all():
        return None
    eye = camera.body_from_camera[:3, 3]
    offset = floor - eye[:2]
    middle = offset.mean(axis=0)
    outwards = middle / max(float(np.linalg.norm(middle)), 1e-6)
    sideways = np.array([-outwards[1], outwards[0]])
    along, across = offset @ outwards, offset @ sideways
    near, far = float(along.min()), float(along.max())
    foot = across[along <= near + _NEAR_END * (far - near) + 1e-9]
    width = float(np.ptp(across)) * max(near, 0.0) / max(float(along.mean()), 1e-6)
    width = min(max(width, 0.1), far - near) if near > 0 else float(np.ptp(across))
    depth = width if near > 0 else far - near  # below the camera the whole outline is seen
    stand = near + depth / 2
    height = eye[2] * max(0.0, 1 - (near + depth) / far) if near > 0 else 0.3
    position = eye[:2] + outwards * stand + sideways * float(np.median(foot))
    heading = float(np.arctan2(*(sideways if width >= depth else outwards)[::-1])) % np.pi
    size = np.array([max(width, depth), min(width, depth)])
    return position, size, heading, float(height), max(len(region.pixels), 50), region.kind


def _colours(rgb: np.ndarray, region: Region) -> Array:
    low = np.clip(np.floor(region.pixels.min(axis=0)).astype(int), 0, None)
    high = np.ceil(region.pixels.max(axis=0)).astype(int) + 1
    if len(region.pixels) > 4:
        x, y = region.pixels.astype(int).T
        part = rgb[y, x]
    else:
        # The middle of a box: its corners show the floor.
        inset = (high - low) // 4
        part = rgb[low[1] + inset[1] : high[1] - inset[1], low[0] + inset[0] : high[0] - inset[0]].reshape(
            -1, 3
        )
    bins = colour_bins(part)
    return histograms(np.zeros(len(bins), int), bins, 1)[0] if len(bins) else np.zeros(COLOURS)


def merged(of_cameras: Sequence[Detections]) -> Detections:
    """One detection for what several cameras see within `SAME` m, the mean of theirs."""
    every = no_detections()
    for detections in of_cameras:
        every = every.joined(detections)
    camera = np.repeat(np.arange(len(of_cameras)), [len(d) for d in of_cameras])
    group = np.full(len(every), -1)
    for row in range(len(every)):
        near = np.linalg.norm(every.position - every.position[row], axis=1) < SAME
        known = group[near & (group >= 0)]
        # One camera does not see one thing twice.
        free = [g for g in np.unique(known) if camera[row] not in camera[group == g]]
        group[row] = free[0] if free else group.max() + 1
    rows = [np.flatnonzero(group == g) for g in range(int(group.max(initial=-1)) + 1)]
    if not rows:
        return every
    return Detections(
        np.stack([every.position[row].mean(axis=0) for row in rows]),
        np.stack([every.size[row].mean(axis=0) for row in rows]),
        np.array([every.heading[row[0]] for row in rows]),
        np.array([every.height[row].mean() for row in rows]),
        np.stack([every.colours[row].mean(axis=0) for row in rows]),
        np.array([every.support[row].sum() for row in rows]),
        np.array([_SPREAD / np.sqrt(len(row)) for row in rows]),
        np.array([len(row) for row in rows]),
        np.array([every.kind[row].max() for row in rows]),
        np.array([every.cut[row].all() for row in rows]),
    )


class OnnxDetector:
    """A detector of your own.

    The network takes `images` (1, 3, height, width) float32 RGB in 0-1 and gives `boxes` (n, 4), x0, y0, x1,
    y1 in px, `scores` (n,) and `labels` (n,), indices of `classes.KINDS`.

    Raises:
        ValueError: no such network, or other inputs and outputs.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        if not path.is_file():
            raise ValueError(f"{path} is no file; give an ONNX network.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(str(path), options)
        except Exception as error:
            raise ValueError(f"{path} is no ONNX network that can be run ({error}).") from error
        names = {output.name for output in self._session.get_outputs()}
        inputs = [entry.name for entry in self._session.get_inputs()]
        if not {"boxes", "scores", "labels"} <= names or inputs != ["images"]:
            raise ValueError(
                f"{path} takes {inputs} and gives {sorted(names)}; a detector takes 'images' and gives "
                "'boxes', 'scores' and 'labels'."
            )

    def __call__(self, rgb: np.ndarray) -> list[Region]:
        """What is in a picture."""
        images = (rgb.transpose(2, 0, 1)[None] / 255.0).astype(np.float32)
        boxes, scores, labels = self._session.run(["boxes", "scores", "labels"], {"images": images})
        good = (np.asarray(scores) >= _SCORE) & (np.asarray(labels) >= 0) & (np.asarray(labels) < len(KINDS))
        return [
            Region(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float), int(label))
            for (x0, y0, x1, y1), label in zip(np.asarray(boxes)[good], np.asarray(labels)[good], strict=True)
        ]
