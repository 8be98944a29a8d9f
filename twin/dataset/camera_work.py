"""Pictures of a scene at rest with exact labels, in its light with its shadows."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

import cv2
import mujoco
import numpy as np

from ...envs.sensors.lens import Pinhole
from ...envs.sensors.tile_tracer import Light, TileTracer
from ...perception.camera import Camera
from ...perception.datasets.labels import LabelledObject, LabelledPicture, box_around
from ...perception.poses import Array, inverse, pose_of, transform
from ..bins.drop import Bin

_SHADOW_PX, _SHADOW_REACH, _LIGHT_DISTANCE = 640, 0.9, 6.0
_SHADOW_BIAS = 0.006  # m
_PENUMBRA = 0.02  # widest blur of a shadow's edge, of a picture's width
_AWAY = 100.0  # m behind the eye, where nothing is drawn
_CLOSE = 0.05  # m before the eye; what is nearer may be anywhere in a picture


class Photographer:
    """Takes labelled pictures of one scene.

    Args:
        scene: at rest.
        lens: of the pictures.
        light: of the scene.
        rng: of noise and exposure.
    """

    def __init__(self, scene: Bin, lens: Pinhole, light: Light, rng: np.random.Generator) -> None:
        self._scene, self._lens, self._light, self._rng = scene, lens, light, rng
        data = mujoco.MjData(scene.model)
        data.qpos[:] = scene.qpos
        mujoco.mj_kinematics(scene.model, data)
        self._positions, self._turns = data.geom_xpos.copy(), data.geom_xmat.copy()
        self._tracer = TileTracer(scene.model, lens, 3)
        self._camera = Camera(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy)
        self._lamp_pose, self._lamp_lens, self._lit_depth = self._shadow_map()
        self._penumbra = max(1, round(rng.uniform(0.0, _PENUMBRA) * lens.width))

    def take(self, world_from_camera: Array) -> LabelledPicture:
        """A picture from a pose of the optical frame, (4, 4), m."""
        self._tracer.draw(self._positions, self._turns, world_from_camera, light=self._light)
        radiance = self._tracer.radiance.copy()
        self._tracer.shade(replace(self._light, side=(0.0, 0.0, 0.0)))
        depth, seen = self._tracer.depth.copy(), self._tracer.seen.copy()
        lit = self._lit(depth, world_from_camera)[..., None]
        radiance = lit * radiance + (1 - lit) * self._tracer.radiance
        instances = np.where(seen >= 0, self._scene.geoms[seen], -1)
        poses = inverse(world_from_camera) @ self._scene.poses
        objects = [self._labelled(k, pose, instances == k, world_from_camera) for k, pose in enumerate(poses)]
        return LabelledPicture(self._camera, world_from_camera, self._expose(radiance), depth, objects)

    def _labelled(self, k: int, pose: Array, visible: np.ndarray, eye: Array) -> LabelledObject:
        mask = self._alone(self._tracer, k, eye)
        cut_off = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
        whole, dx, dy = mask, 0, 0
        if cut_off or not mask.any():
            whole = self._alone(self._wide_tracer, k, eye)
            dx, dy = self._lens.width, self._lens.height
        box = box_around(whole)
        if box:
            box = (box[0] - dx, box[1] - dy, box[2], box[3])
        return LabelledObject(self._scene.names[k], pose, mask, visible, int(whole.sum()), box)

    def _alone(self, tracer: TileTracer, k: int, eye: Array) -> np.ndarray:
        """Silhouette of object `k` as if nothing else were there."""
        lens, own = tracer.lens, self._scene.geoms == k
        first, end = self._rows(lens, own, eye)
        mask = np.zeros((lens.height, lens.width), bool)
        if first < end:
            positions = np.where(own[:, None], self._positions, eye[:3, 3] - _AWAY * eye[:3, 2])
            tracer.draw(positions, self._turns, eye, rows=(first, end), light=None)
            np.greater(tracer.depth[first:end], 0, out=mask[first:end])
        return mask

    def _rows(self, lens: Pinhole, geoms: np.ndarray, eye: Array) -> tuple[int, int]:
        """First and end of the rows that some geoms, as a mask of all, can be in: those of their spheres."""
        radius = self._scene.model.geom_rbound[geoms]
        _, y, z = transform(inverse(eye), self._positions[geoms]).T
        if (z - radius).min() < _CLOSE:
            return 0, lens.height
        # Of the four corners of the square around a sphere one projects highest, one lowest.
        v = [(y + a * radius) / (z + b * radius) for a in (-1, 1) for b in (-1, 1)]
        rows = lens.cy + lens.fy * np.array(v)
        first, end = math.floor(rows.min()), math.ceil(rows.max()) + 1
        return min(max(first, 0), lens.height), min(max(end, 0), lens.height)

    @cached_property
    def _wide_tracer(self) -> TileTracer:
        """Draws three times as far to each side, for what the picture's border cuts off."""
        lens = self._lens
        wide = Pinhole(
            3 * lens.width, 3 * lens.height, lens.fx, lens.fy, lens.cx + lens.width, lens.cy + lens.height
        )
        return TileTracer(self._scene.model, wide, 1)

    def _shadow_map(self) -> tuple[Array, Pinhole, np.ndarray]:
        """Where the lamp is, its lens, and how far its light comes."""
        direction = np.array(self._light.direction)
        pose = looking(_LIGHT_DISTANCE * direction, np.zeros(3))
        focal = _SHADOW_PX / 2 * _LIGHT_DISTANCE / _SHADOW_REACH
        lens = Pinhole(_SHADOW_PX, _SHADOW_PX, focal, focal, (_SHADOW_PX - 1) / 2, (_SHADOW_PX - 1) / 2)
        tracer = TileTracer(self._scene.model, lens, 1)
        tracer.draw(self._positions, self._turns, pose, light=None)
        depth = tracer.depth.copy()
        return pose, lens, np.where(depth > 0, depth, np.float32(1e3))

    def _lit(self, depth: np.ndarray, world_from_camera: Array) -> np.ndarray:
        """(height, width) share of the lamp's light that reaches what each pixel shows."""
        lens, lamp = self._lens, self._lamp_lens
        lamp_from_camera = (inverse(self._lamp_pose) @ world_from_camera).astype(np.float32)
        u = (np.arange(lens.width, dtype=np.float32) - lens.cx) / lens.fx
        v = ((np.arange(lens.height, dtype=np.float32) - lens.cy) / lens.fy)[:, None]
        turn, shift = lamp_from_camera[:3, :3], lamp_from_camera[:3, 3]
        x, y, z = (depth * (turn[k, 0] * u + turn[k, 1] * v + turn[k, 2]) + shift[k] for k in range(3))
        across = (lamp.fx * x / z + lamp.cx).astype(np.float32)
        down = (lamp.fy * y / z + lamp.cy).astype(np.float32)
        reached = cv2.remap(self._lit_depth, across, down, cv2.INTER_NEAREST, borderValue=1e3)
        lit = ((z < reached + _SHADOW_BIAS) | (depth <= 0)).astype(np.float32)
        return cv2.blur(lit, (self._penumbra, self._penumbra))  # as of a square lamp

    def _expose(self, radiance: np.ndarray) -> np.ndarray:
        """RGB of 8 bits: a random exposure, gamma, blur and noise."""
        rng = self._rng
        bright = np.quantile(radiance[::8, ::8], 0.95)
        levels = np.clip(radiance * np.float32(rng.uniform(0.55, 1.15) / max(bright, 1e-3)), 0.0, 1.0)
        levels = 255 * np.power(levels, np.float32(1 / 2.2))
        if (blur := rng.uniform(0.0, 1.2)) > 0.4:
            levels = cv2.GaussianBlur(levels, (0, 0), blur)
        levels += np.float32(rng.uniform(0.0, 6.0)) * rng.standard_normal(levels.shape, np.float32)
        return np.clip(levels + 0.5, 0, 255).astype(np.uint8)


def looking(eye: Array, target: Array, roll: float = 0.0) -> Array:
    """Pose (4, 4) of an optical frame at `eye` that looks at `target`, level but for `roll` rad."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = math.cos(roll), math.sin(roll)
    return pose_of(eye, np.column_stack([c * right + s * down, c * down - s * right, forward]))


def random_view(rng: np.random.Generator) -> Array:
    """A pose 0.5 to 1.2 m from the middle of the objects, up to 65 degrees from straight above them."""
    distance, tilt, around = (
        rng.uniform(0.5, 1.2),
        math.radians(rng.uniform(0, 65)),
        rng.uniform(0, 2 * math.pi),
    )
    target = np.array([*rng.uniform(-0.12, 0.12, 2), rng.uniform(0.0, 0.1)])
    sideways = math.sin(tilt)
    direction = np.array([sideways * math.cos(around), sideways * math.sin(around), math.cos(tilt)])
    return looking(target + distance * direction, target, rng.uniform(-0.4, 0.4))
