"""A truncated signed distance map in sparse blocks, on a CPU or a GPU."""

# Warp types `dtype` as float, and its structs as values.
# pyright: reportArgumentType=false, reportGeneralTypeIssues=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..camera import Camera
from ..poses import Array
from ..warp_setup import start_warp
from . import fusion_kernels as kernels
from .view import View, view_of
from .voxel_hash import SIDE, VOXELS, Blocks

_FIRST_CAPACITY = 2048
_SLOTS_PER_BLOCK = 4
_STRIDE = 4
# Every so many pictures, all blocks in view are updated, not only those near what was seen, to clear what
# left.
_CLEAR_EVERY = 3
_PER_BLOCK = ("coordinates", "sdf", "weight", "colour")
_BYTES_PER_BLOCK = VOXELS * 12 + 12 + _SLOTS_PER_BLOCK * 20


@dataclass
class Counters:
    """What went in.

    Attributes:
        frames: integrated.
        empty_frames: of these, without a pixel of depth in range.
        depth_share: mean share of pixels with depth in range.
    """

    frames: int = 0
    empty_frames: int = 0
    depth_share: float = 0.0


class TsdfMap:
    """Surfaces from depth pictures, after Curless and Levoy (SIGGRAPH 1996) in hashed blocks of 8^3 voxels.

    Voxel (i, j, k) has its middle at voxel * (i + 1/2, j + 1/2, k + 1/2) in the world.

    Args:
        voxel: edge, m.
        truncation: how far from the surface distances are kept, m; four voxels by default.
        near, far: depths in m between which a pixel counts.
        max_weight: pictures that a voxel remembers; later ones count as much as this many before.
        device: of Warp; `cuda:0` for a GPU.

    Raises:
        ValueError: lengths that are not positive, or near not below far.
    """

    def __init__(
        self,
        voxel: float = 0.05,
        truncation: float | None = None,
        near: float = 0.1,
        far: float = 8.0,
        max_weight: float = 30.0,
        device: str = "cpu",
    ) -> None:
        truncation = 4 * voxel if truncation is None else truncation
        if not (voxel > 0 and truncation >= voxel and 0 < near < far and max_weight >= 1):
            raise ValueError(
                f"A map with voxels of {voxel:g} m, a truncation of {truncation:g} m, depth from {near:g} to "
                f"{far:g} m and weights up to {max_weight:g} cannot be; the truncation is at least a voxel, "
                "and near below far."
            )
        start_warp()
        self.voxel, self.truncation, self.near, self.far = voxel, truncation, near, far
        self.max_weight, self.device, self.counters = max_weight, device, Counters()
        self._frame, self._count = 0, 0
        self._allocate(_FIRST_CAPACITY)

    @property
    def block_count(self) -> int:
        """How many blocks there are."""
        return self._count

    @property
    def nbytes(self) -> int:
        """Memory of the blocks and their table."""
        return self.blocks.coordinates.shape[0] * _BYTES_PER_BLOCK

    def integrate(
        self,
        depth: np.ndarray,
        camera: Camera,
        world_from_camera: Array,
        colour: np.ndarray | None = None,
        sigma: np.ndarray | None = None,
    ) -> None:
        """Add a depth picture.

        Args:
            depth: (height, width) float32 along the optical axis, m; 0 or not finite where there is none.
            camera: without lens distortion, of the picture's size.
            world_from_camera: (4, 4).
            colour: (height, width, 3) uint8 RGB of the same camera.
            sigma: (height, width) float32, standard deviation of the depth in m; a voxel's weight is then
                (voxel / 2 sigma)^2, at most 1.

        Raises:
            ValueError: pictures of another size, or a pose that is not finite.
        """
        _check(depth, camera, world_from_camera, colour, sigma)
        view = view_of(camera, world_from_camera, self.near, self.far)
        with wp.ScopedDevice(self.device):
            pixels = wp.array(np.ascontiguousarray(depth, np.float32), dtype=wp.float32)
            rgb = wp.array(colour if colour is not None else np.empty((0, 0, 3), np.uint8), dtype=wp.uint8)
            deviation = sigma if sigma is not None else np.empty((0, 0))
            deviation = wp.array(np.ascontiguousarray(deviation, np.float32), dtype=wp.float32)
            listed = self._list_touched(pixels, view)
            if self._frame % _CLEAR_EVERY == 0:
                listed = self._list_visible(camera, view)
            wp.launch(
                kernels.integrate,
                (listed, SIDE * SIDE),
                [
                    pixels,
                    deviation,
                    rgb,
                    view,
                    self.blocks,
                    self._listed,
                    self.max_weight,
                    self._frame,
                    self._changed,
                ],
            )

    def decay(self, factor: float, least_weight: float = 0.5) -> None:
        """Forget: multiply all weights by `factor`, and drop what falls below `least_weight`.

        Call it at times of your choice to let go of what was not seen for long; the rest is refreshed.
        """
        if not self._count:
            return
        with wp.ScopedDevice(self.device):
            alive = wp.zeros(self._count, dtype=wp.int32)
            wp.launch(kernels.decay, (self._count, VOXELS), [self.blocks, factor, least_weight, alive])
            self._keep(np.flatnonzero(alive.numpy()))

    def voxel_counts(self, least_weight: float = 1.0) -> dict[str, int]:
        """How many voxels are observed, free and occupied."""
        counts = wp.zeros(3, dtype=wp.int32, device=self.device)
        if self._count:
            wp.launch(
                kernels.count_voxels,
                (self._count, VOXELS),
                [self.blocks, least_weight, counts],
                device=self.device,
            )
        return dict(zip(("observed", "free", "occupied"), map(int, counts.numpy()), strict=True))

    def sample(self, voxels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances in m and weights, (n,) each, of voxels (n, 3) by coordinates; 0 where unknown."""
        with wp.ScopedDevice(self.device):
            found = wp.zeros(len(voxels), dtype=wp.float32), wp.zeros(len(voxels), dtype=wp.float32)
            where = wp.array(np.ascontiguousarray(voxels, np.int32), dtype=wp.vec3i)
            wp.launch(kernels.sample, len(voxels), [self.blocks, where, *found])
            return found[0].numpy(), found[1].numpy()

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and one past the highest voxel coordinates (3,) of the blocks.

        Raises:
            ValueError: the map is empty; says what was missing.
        """
        self.check_not_empty()
        coordinates = self.coordinates()
        return SIDE * coordinates.min(axis=0), SIDE * (coordinates.max(axis=0) + 1)

    def coordinates(self) -> np.ndarray:
        """Block coordinates (blocks, 3) int32."""
        return self.blocks.coordinates.numpy()[: self._count]

    def changed_since(self, frame: int) -> tuple[np.ndarray, int]:
        """Coordinates (n, 3) of the blocks whose surface changed after `frame`, and the frame of now.

        Call it with what it gave the last time, or -1.
        """
        changed = self._changed.numpy()[: self._count] > frame
        return self.coordinates()[changed], self._frame

    def check_not_empty(self) -> None:
        """Raise ValueError, saying what was missing, if the map holds nothing."""
        if self._count:
            return
        counters = self.counters
        if not counters.frames:
            raise ValueError("The map is empty: no depth picture was integrated.")
        raise ValueError(
            f"The map is empty: none of {counters.frames} depth pictures has a pixel between {self.near:g} "
            f"and {self.far:g} m. Check the scale of the depth and the range."
        )

    def _allocate(self, capacity: int) -> None:
        """Make room for blocks, keeping those there are."""
        with wp.ScopedDevice(self.device):
            blocks = Blocks()
            slots = _SLOTS_PER_BLOCK * capacity
            blocks.keys = wp.full(slots, -1, dtype=wp.int64)
            blocks.block_of = wp.zeros(slots, dtype=wp.int32)
            blocks.coordinates = wp.zeros(capacity, dtype=wp.vec3i)
            blocks.sdf = wp.zeros((capacity, VOXELS), dtype=wp.float32)
            blocks.weight = wp.zeros((capacity, VOXELS), dtype=wp.float32)
            blocks.colour = wp.zeros((capacity, VOXELS), dtype=wp.uint32)
            blocks.voxel, blocks.truncation = self.voxel, self.truncation
            self._changed = wp.full(capacity, self._frame, dtype=wp.int32)
            self._stamp = wp.full(slots, -1, dtype=wp.int32)
            self._listed = wp.zeros(slots, dtype=wp.int32)
            # Number of blocks, and length of the list.
            self._counts = wp.zeros(2, dtype=wp.int32)
            if count := self._count:
                for name in _PER_BLOCK:
                    wp.copy(getattr(blocks, name)[:count], getattr(self.blocks, name)[:count])
                wp.launch(kernels.rebuild, count, [blocks, self._counts])
            self.blocks = blocks

    def _list_touched(self, depth: wp.array, view: View) -> int:
        """Fill the list with the blocks around the surface that is seen; returns how many."""
        height, width = depth.shape
        grid = (-(-height // _STRIDE), -(-width // _STRIDE))
        while True:
            self._frame += 1
            self._counts.assign([self._count, 0])
            seen = wp.zeros(1, dtype=wp.int32)
            wp.launch(
                kernels.touch_blocks,
                grid,
                [
                    depth,
                    _STRIDE,
                    view,
                    self.blocks,
                    self._frame,
                    self._stamp,
                    self._counts,
                    self._listed,
                    seen,
                ],
            )
            count, listed = map(int, self._counts.numpy())
            capacity = self.blocks.coordinates.shape[0]
            if count <= capacity:
                break
            self._allocate(max(2 * capacity, count))
        self._count = count
        wp.launch(kernels.slots_to_blocks, listed, [self.blocks, self._listed])
        pixels = int(seen.numpy()[0])
        counters = self.counters
        counters.depth_share += (pixels / (grid[0] * grid[1]) - counters.depth_share) / (counters.frames + 1)
        counters.frames += 1
        counters.empty_frames += pixels == 0
        return listed

    def _list_visible(self, camera: Camera, view: View) -> int:
        self._counts.assign([self._count, 0])
        wp.launch(
            kernels.list_visible,
            self._count,
            [view, camera.width, camera.height, self.blocks, self._counts, self._listed],
        )
        return int(self._counts.numpy()[1])

    def _keep(self, kept: np.ndarray) -> None:
        """Drop all blocks but those of these numbers."""
        if len(kept) == self._count:
            return
        old = self.blocks
        rows = {name: getattr(old, name).numpy()[kept] for name in _PER_BLOCK}
        self._count = 0
        self._allocate(_capacity_for(len(kept)))
        if len(kept):
            for name, values in rows.items():
                target = getattr(self.blocks, name)
                wp.copy(target[: len(kept)], wp.array(values, dtype=target.dtype))
            wp.launch(kernels.rebuild, len(kept), [self.blocks, self._counts])
        self._count = len(kept)


def _capacity_for(blocks: int) -> int:
    capacity = _FIRST_CAPACITY
    while capacity < blocks:
        capacity *= 2
    return capacity


def _check(
    depth: np.ndarray, camera: Camera, pose: Array, colour: np.ndarray | None, sigma: np.ndarray | None
) -> None:
    camera.check_picture(depth, "The depth picture")
    if depth.dtype.kind != "f":
        raise ValueError(f"The depth picture is of type {depth.dtype}; give it in m, as float32.")
    if any(camera.distortion):
        raise ValueError("The depth camera has lens distortion; rectify its pictures first.")
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        raise ValueError("The camera's pose is not a (4, 4) matrix of finite numbers.")
    if colour is not None:
        camera.check_picture(colour, "The colour picture")
    if sigma is not None:
        camera.check_picture(sigma, "The picture of standard deviations")
