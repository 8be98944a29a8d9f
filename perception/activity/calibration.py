"""Where cameras hang, which floor they look at, and the zones and lines that are drawn on it.

The file `calibration.json` follows the shape that Metropolis' multi-camera tracking reads: one entry a sensor
with `intrinsicMatrix` (3, 3), `extrinsicMatrix` (3, 4) `camera_from_world`, their product `cameraMatrix` and
`homography` (3, 3), which takes floor points (x, y, 1) in m to pixels; `rois` and `tripwires` are in m on the
floor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array, inverse, transform
from ..whole_file import whole_file

Bounds = tuple[float, float, float, float]
"""South-west and north-east corner of a rectangle on the floor: x0, y0, x1, y1 in m."""


@dataclass(frozen=True, eq=False)
class Zone:
    """A polygon (n, 2) in m on the floor.

    `kind` is what rules go by: `aisle`, `amr_lane`, `parking` (where vehicles may stand), or any other word.
    """

    name: str
    kind: str
    polygon: Array

    def contains(self, points: Array) -> np.ndarray:
        """Which of the points (n, 2) lie inside, by the even-odd rule."""
        x, y = points[:, :1], points[:, 1:]
        x0, y0 = self.polygon.T
        x1, y1 = np.roll(self.polygon, -1, axis=0).T
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        return crosses.sum(axis=1) % 2 == 1


@dataclass(frozen=True, eq=False)
class Line:
    """A line on the floor with `ends` (2, 2) in m; crossings from its left to its right count as `in`."""

    name: str
    ends: Array


@dataclass(frozen=True, eq=False)
class Calibration:
    """All cameras over one floor, which is z = 0; their `body_from_camera` is `world_from_camera`."""

    cameras: dict[str, Camera]
    bounds: Bounds
    zones: list[Zone] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def pixel_rays(camera: Camera) -> Array:
    """Rays (height, width, 3) of the pixels' middles in the optical frame, with z = 1, distortion undone."""
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    pixels = np.stack([u, v], axis=-1).reshape(-1, 1, 2).astype(float)
    flat = cv2.undistortPoints(pixels, camera.matrix, np.array(camera.distortion)).reshape(-1, 2)
    rays = np.column_stack([flat.astype(float), np.ones(len(flat))])
    return rays.reshape(camera.height, camera.width, 3)


def floor_points(camera: Camera, pixels: Array) -> Array:
    """Where the rays through pixels (n, 2) meet the floor, (n, 2) in m; NaN for those that never do."""
    pose = camera.body_from_camera
    flat = cv2.undistortPoints(
        np.asarray(pixels, float).reshape(-1, 1, 2), camera.matrix, np.array(camera.distortion)
    )
    rays = np.column_stack([flat.reshape(-1, 2), np.ones(len(pixels))]) @ pose[:3, :3].T
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays[:, 2] < 0, -pose[2, 3] / rays[:, 2], np.nan)
    return pose[:2, 3] + reach[:, None] * rays[:, :2]


def pixels_of(camera: Camera, points: Array) -> tuple[Array, Array]:
    """Pixels (n, 2) and depths (n,) in m of world points (n, 3)."""
    inside = transform(inverse(camera.body_from_camera), points)
    return camera.project(inside), inside[:, 2]


def homography(camera: Camera) -> Array:
    """(3, 3), takes floor points (x, y, 1) in m to pixels, up to scale and without lens distortion."""
    camera_from_world = inverse(camera.body_from_camera)
    return camera.matrix @ camera_from_world[:3][:, [0, 1, 3]]


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write `calibration.json`, whole or not at all."""
    document = {
        "version": "1.0",
        "calibrationType": "cartesian",
        "bounds": list(calibration.bounds),
        "sensors": [_sensor(name, camera) for name, camera in calibration.cameras.items()],
        "rois": [
            {"id": zone.name, "type": zone.kind, "roiCoordinates": _points(zone.polygon)}
            for zone in calibration.zones
        ],
        "tripwires": [{"id": line.name, "wire": _points(line.ends)} for line in calibration.lines],
    }
    with whole_file(path) as partial:
        partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _sensor(name: str, camera: Camera) -> dict[str, Any]:
    camera_from_world = inverse(camera.body_from_camera)[:3]
    return {
        "type": "camera",
        "id": name,
        "frameWidth": camera.width,
        "frameHeight": camera.height,
        "intrinsicMatrix": camera.matrix.tolist(),
        "distortion": list(camera.distortion),
        "extrinsicMatrix": camera_from_world.tolist(),
        "cameraMatrix": (camera.matrix @ camera_from_world).tolist(),
        "homography": homography(camera).tolist(),
    }


def _points(points: Array) -> list[dict[str, float]]:
    return [{"x": float(x), "y": float(y)} for x, y in points]


def read_calibration(path: Path) -> Calibration:
    """Read `calibration.json`.

    Raises:
        ValueError: what is missing or cannot be, by file, sensor and field.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing; it says where each camera hangs (docs/perception/activity.md).")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        sensors, bounds = document["sensors"], document["bounds"]
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: this is not JSON ({error.msg}).") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} needs the fields 'sensors' and 'bounds' (x0, y0, x1, y1 in m).") from error
    if not sensors:
        raise ValueError(f"{path}: 'sensors' is empty; give at least one camera.")
    x0, y0, x1, y1 = _array(path, "bounds", bounds, (4,)).tolist()
    if not (0 < x1 - x0 < 2000 and 0 < y1 - y0 < 2000):
        raise ValueError(
            f"{path}: bounds {bounds} are no floor; give x0, y0, x1, y1 in m with x0 < x1 and y0 < y1."
        )
    cameras: dict[str, Camera] = {}
    for sensor in sensors:
        name = str(sensor.get("id", "?"))
        if name in cameras:
            raise ValueError(f"{path}: two sensors are called '{name}'; give each its own id.")
        cameras[name] = _read_sensor(path, name, sensor)
    zones = [
        Zone(roi["id"], roi.get("type", "zone"), _read_points(path, roi["id"], roi["roiCoordinates"], 3))
        for roi in document.get("rois", [])
    ]
    lines = [
        Line(wire["id"], _read_points(path, wire["id"], wire["wire"], 2))
        for wire in document.get("tripwires", [])
    ]
    return Calibration(cameras, (x0, y0, x1, y1), zones, lines)


def _read_sensor(path: Path, name: str, sensor: dict[str, Any]) -> Camera:
    where = f"sensor '{name}'"
    for key in ("frameWidth", "frameHeight", "intrinsicMatrix", "extrinsicMatrix"):
        if key not in sensor:
            raise ValueError(f"{path}, {where}: the field '{key}' is missing.")
    matrix = _array(path, f"{where}, intrinsicMatrix", sensor["intrinsicMatrix"], (3, 3))
    camera_from_world = np.eye(4)
    camera_from_world[:3] = _array(path, f"{where}, extrinsicMatrix", sensor["extrinsicMatrix"], (3, 4))
    turn = camera_from_world[:3, :3]
    if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-3):
        raise ValueError(
            f"{path}, {where}: the left 3 x 3 of extrinsicMatrix is no rotation; give camera_from_world with "
            "x right, y down, z forward."
        )
    pose = inverse(camera_from_world)
    if not 0.5 < pose[2, 3] < 100:
        raise ValueError(
            f"{path}, {where}: the camera hangs {pose[2, 3]:g} m above the floor; give positions in m, "
            "with z upwards and the floor at z = 0."
        )
    try:
        return Camera(
            int(sensor["frameWidth"]), int(sensor["frameHeight"]),
            matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2],
            tuple(sensor.get("distortion", (0.0, 0.0, 0.0, 0.0))), pose,
        )  # fmt: skip
    except ValueError as error:
        raise ValueError(f"{path}, {where}: {error}") from error


def _read_points(path: Path, name: str, points: Any, least: int) -> Array:
    try:
        table = np.array([[float(point["x"]), float(point["y"])] for point in points])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}, '{name}': give its corners as a list of {{x, y}} in m.") from error
    if len(table) < least or not np.isfinite(table).all():
        raise ValueError(f"{path}, '{name}': it needs at least {least} finite corners.")
    return table


def _array(path: Path, what: str, values: Any, shape: tuple[int, ...]) -> Array:
    try:
        array = np.array(values, float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.shape != shape or not np.isfinite(array).all():
        size = " x ".join(map(str, shape))
        raise ValueError(f"{path}: {what} must be {size} finite numbers.")
    return array
