"""A model on the device where its poses are refined: mesh, distance grid, and batches of poses."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import warp as wp

from ..camera import Camera
from ..poses import Array, pose_of
from ..warp_setup import start_warp
from . import kernels
from .model import CadModel
from .observation import Observation

T = TypeVar("T")

_CELLS = 200_000  # of a distance grid: a second to fill on a CPU core
_PADDING = 0.15  # of the diameter, around the mesh


@dataclass(frozen=True)
class Refinement:
    """How a refinement goes.

    Attributes:
        iterations: Gauss-Newton steps.
        first_scale, last_scale: distances in m at which a residual starts to count less, from start to end.
        exact: whether distances are to the mesh itself, or to its grid, which takes a tenth of the time.
        points, samples: how many points of the picture and of the model take part.
        silhouette: weight of model samples that stand out of the mask, against points off the surface.
        damping: added to the normal matrix, per m2.
    """

    iterations: int
    first_scale: float
    last_scale: float
    exact: bool
    points: int
    samples: int
    silhouette: float = 1.0
    damping: float = 1e-3


@dataclass(frozen=True, eq=False)
class Refined:
    """Poses `camera_from_object` (h, 4, 4), their costs (h,), and normal matrices (h, 6, 6), turn first."""

    poses: Array
    costs: Array
    information: Array


class DeviceShape:
    """The model where it is searched for.

    Args:
        model: the object.
        device: Warp device, `cpu` or `cuda:0`.
        threads: shares of a batch that are worked on side by side on the CPU, where a launch takes one core.
    """

    def __init__(self, model: CadModel, device: str = "cpu", threads: int = 2) -> None:
        start_warp()
        self.model = model
        self._device = wp.get_device(device)
        self._threads = 1 if self._device.is_cuda else threads
        self._samples = wp.array(model.samples[0], dtype=wp.vec3, device=self._device)
        self.mesh = wp.Mesh(
            wp.array(model.vertices, dtype=wp.vec3, device=self._device),
            wp.array(model.faces.ravel(), dtype=wp.int32, device=self._device),
        )
        self._shape = self._with_grid()

    def _with_grid(self) -> Any:
        padding = _PADDING * self.model.diameter
        low, high = self.model.vertices.min(axis=0) - padding, self.model.vertices.max(axis=0) + padding
        voxel = float((np.prod(high - low) / _CELLS) ** (1 / 3))
        shape = kernels.Shape()
        shape.mesh = self.mesh.id
        shape.low = wp.vec3(*low.tolist())
        shape.voxel = voxel
        shape.reach = self.model.diameter
        size = tuple((np.ceil((high - low) / voxel).astype(int) + 1).tolist())
        shape.distance = wp.zeros(size, dtype=float, device=self._device)
        wp.launch(kernels.fill_distances, size, [shape], device=self._device)
        return shape

    def refine(self, observation: Observation, poses: Array, how: Refinement) -> Refined:
        """Refine `poses` (h, 4, 4), `camera_from_object`, to what was seen."""
        look = self._look(observation)
        points = self._to_device(observation.points[: how.points], wp.vec3)
        samples = self._samples[: how.samples]

        def work(part: Array) -> Refined:
            count = len(part)
            rotations = self._to_device(part[:, :3, :3], wp.mat33)
            positions = self._to_device(part[:, :3, 3], wp.vec3)
            costs = wp.zeros(count, dtype=float, device=self._device)
            information = wp.zeros(count, dtype=wp.spatial_matrix, device=self._device)
            inputs = [self._shape, look, points, samples, int(how.exact), how.iterations, how.first_scale]
            inputs += [how.last_scale, how.silhouette, how.damping, rotations, positions, costs, information]
            wp.launch(kernels.refine, count, inputs, device=self._device)
            refined = pose_of(positions.numpy().astype(float), _orthonormal(rotations.numpy().astype(float)))
            return Refined(refined, np.asarray(costs.numpy(), float), information.numpy().astype(float))

        parts = self._in_parts(work, poses)
        return Refined(
            np.concatenate([part.poses for part in parts]),
            np.concatenate([part.costs for part in parts]),
            np.concatenate([part.information for part in parts]),
        )

    def compare(self, observation: Observation, poses: Array, tolerance: float, pixels: int) -> Array:
        """Draw `poses` (h, 4, 4) and tally (h, 4): agreement, pixels that count, hidden ones, seen ones.

        Agreement is 1 for a pixel of the mask whose depth is that of the picture, and 0 from `tolerance` m
        on. A pixel counts if it is in the mask, or if the object is drawn where the picture shows that it is
        not. `pixels` are drawn of the cut-out, in a regular grid.
        """
        look = self._look(observation)
        height, width = observation.depth.shape
        step = max(1, round(np.sqrt(height * width / pixels)))
        rows, columns = (grid.ravel() for grid in np.mgrid[0:height:step, 0:width:step])
        rows, columns = self._to_device(rows, wp.int32), self._to_device(columns, wp.int32)

        def work(part: Array) -> Array:
            tally = wp.zeros((len(part), 4), dtype=float, device=self._device)
            rotations = self._to_device(part[:, :3, :3], wp.mat33)
            positions = self._to_device(part[:, :3, 3], wp.vec3)
            inputs = [self._shape, look, rows, columns, tolerance, rotations, positions, tally]
            wp.launch(kernels.compare, (len(part), rows.shape[0]), inputs, device=self._device)
            return np.asarray(tally.numpy(), float)

        return np.concatenate(self._in_parts(work, poses))

    def draw(self, camera: Camera, poses: Array) -> np.ndarray:
        """Depth pictures (h, height, width) float32 of `poses` (h, 4, 4); 0 where the object is not."""
        depth = wp.zeros((len(poses), camera.height, camera.width), dtype=float, device=self._device)
        placed = self._to_device(poses, wp.mat44)
        inputs = [self.mesh.id, placed, camera.fx, camera.fy, camera.cx, camera.cy, depth]
        wp.launch(kernels.draw, depth.shape, inputs, device=self._device)
        return depth.numpy()

    def _in_parts(self, work: Callable[[Array], T], poses: Array) -> list[T]:
        parts = np.array_split(poses, min(self._threads, len(poses)))
        if len(parts) == 1:
            return [work(parts[0])]
        with ThreadPoolExecutor(len(parts)) as pool:
            return list(pool.map(work, parts))

    def _look(self, observation: Observation) -> Any:
        look = kernels.Look()
        look.depth = self._to_device(observation.depth, float)
        look.beyond = self._to_device(observation.beyond, float)
        look.fx, look.fy, look.cx, look.cy = observation.window
        return look

    def _to_device(self, values: np.ndarray, dtype: type) -> wp.array:
        return wp.array(np.ascontiguousarray(values), dtype=dtype, device=self._device)


def _orthonormal(rotations: Array) -> Array:
    """Nearest rotations to matrices (h, 3, 3) that lost some digits."""
    u, _, v = np.linalg.svd(rotations)
    return u @ v
