"""What a depth camera above a bin shows, noisy as a real one, and how much of each object it sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ...envs.render import RayTracer
from ...perception.camera import Camera
from ...perception.pose.shape import DeviceShape
from ...perception.poses import Array, inverse, pose_of
from .drop import Bin

WIDTH, HEIGHT, FOVY = 640, 480, math.radians(45)


@dataclass(frozen=True, eq=False)
class View:
    """One look into a bin.

    Attributes:
        camera: of the pictures.
        world_from_camera: (4, 4).
        rgb: (height, width, 3) uint8.
        depth: (height, width) float32 in m, noisy, 0 where there is none.
        instances: (height, width) int, which object a pixel shows, -1 for none.
        visible: (k,) share of each object's silhouette that is seen, 0 if the picture's border cuts it off.
        poses: (k, 4, 4) true `camera_from_object`.
    """

    camera: Camera
    world_from_camera: Array
    rgb: np.ndarray
    depth: np.ndarray
    instances: np.ndarray
    visible: Array
    poses: Array


def look_into(scene: Bin, shapes: dict[str, DeviceShape], rng: np.random.Generator) -> View:
    """Look into a bin from 0.7 to 0.95 m above its middle, up to 35 degrees from straight down.

    `shapes` are the objects' by name; they tell what of each would be seen if it were alone.
    """
    distance, tilt = rng.uniform(0.7, 0.95), rng.uniform(math.radians(5), math.radians(35))
    around = rng.uniform(0, 2 * math.pi)
    target = np.array([*rng.uniform(-0.03, 0.03, 2), 0.06])
    direction = np.array(
        [math.sin(tilt) * math.cos(around), math.sin(tilt) * math.sin(around), math.cos(tilt)]
    )
    eye = target + distance * direction
    tracer = RayTracer(scene.model, WIDTH, HEIGHT, fovy=FOVY)
    tracer.look_at(eye, target, FOVY)
    rgb, depth, geoms = tracer.render_all(scene.qpos)
    instances = np.where(geoms >= 0, scene.geoms[geoms], -1)
    camera = camera_of(WIDTH, HEIGHT, FOVY)
    world_from_camera = looking(eye, target)
    poses = inverse(world_from_camera) @ scene.poses
    alone = [
        shapes[name].draw(camera, pose[None])[0] > 0 for name, pose in zip(scene.names, poses, strict=True)
    ]
    visible = np.array([_share(instances == k, mask) for k, mask in enumerate(alone)])
    return View(camera, world_from_camera, rgb, add_depth_noise(depth, rng), instances, visible, poses)


def _share(seen: np.ndarray, alone: np.ndarray) -> float:
    """How much of a silhouette is seen; 0 if the picture's border cuts it off."""
    cut = alone[0].any() or alone[-1].any() or alone[:, 0].any() or alone[:, -1].any()
    return 0.0 if cut or not alone.any() else float(seen.sum() / alone.sum())


def camera_of(width: int, height: int, fovy: float) -> Camera:
    """The camera whose pictures the ray tracer makes: square pixels, `fovy` rad from top to bottom."""
    focal = height / 2 / math.tan(fovy / 2)
    return Camera(width, height, focal, focal, width / 2 - 0.5, height / 2 - 0.5)


def looking(eye: Array, target: Array) -> Array:
    """Pose of an optical frame at `eye`, as the ray tracer's `look_at` has it."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return pose_of(eye, np.column_stack([right, np.cross(forward, right), forward]))


def add_depth_noise(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Depth as a structured-light camera would have it.

    Its deviation grows as Nguyen, Izadi and Lovell measured of a Kinect (3DIMPVT 2012, eq. 3):
    1.2 mm + 1.9 mm (z - 0.4 m)^2. Values are multiples of 1 mm; 2 % of the pixels and half of those at a
    jump in depth are missing.
    """
    noisy = depth + rng.normal(size=depth.shape) * (0.0012 + 0.0019 * (depth - 0.4) ** 2)
    noisy = np.round(noisy, 3)
    kernel = np.ones((3, 3), np.uint8)
    jump = cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, kernel) > 0.02
    missing = (rng.random(depth.shape) < 0.02) | (jump & (rng.random(depth.shape) < 0.5))
    return np.where(missing | (depth <= 0), 0.0, noisy).astype(np.float32)


def noisy_mask(instances: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Mask of object `k` as a segmenter would draw it: its rim a pixel out or in."""
    mask = (instances == k).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    wide, narrow = cv2.dilate(mask, kernel), cv2.erode(mask, kernel)
    coarse = cv2.resize(rng.random((HEIGHT // 8, WIDTH // 8)).astype(np.float32), (WIDTH, HEIGHT))
    return np.where(coarse > 0.62, wide, np.where(coarse < 0.38, narrow, mask)).astype(bool)
