"""What `gaitway bench mapping` runs: our map, Open3D's, and our map in a process of its own to weigh it."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ...perception.poses import Array

FAR = 8.0
_INSTALL = "pip install open3d==0.20.0, and on Debian: apt install libusb-1.0-0 libgl1"


@dataclass(frozen=True, eq=False)
class Mapped:
    """A map of all pictures.

    Attributes:
        seconds: of each picture.
        vertices: (n, 3) of the mesh, m.
        mesh_seconds: that the mesh took.
        blocks: of 8 x 8 x 8 voxels.
        nbytes: of the blocks and their table.
    """

    seconds: list[float]
    vertices: np.ndarray
    mesh_seconds: float
    blocks: int
    nbytes: int


@dataclass(frozen=True)
class Weight:
    """What it takes to map an aisle in a process of its own.

    Attributes:
        length, voxel: m.
        pictures, blocks: how many.
        nbytes: of the blocks and their table.
        resident_before: bytes of the process before the first picture, libraries included.
        resident_after: at most until the last picture.
        resident_with_mesh: at most until the mesh is there, too.
        seconds: of all pictures.
    """

    length: float
    voxel: float
    pictures: int
    blocks: int
    nbytes: int
    resident_before: int
    resident_after: int
    resident_with_mesh: int
    seconds: float


# Edge of a voxel in m, depth pictures and `world_from_camera` of each.
Mapper = Callable[[float, Iterable[np.ndarray], list[Array]], Mapped]


def map_ours(voxel: float, pictures: Iterable[np.ndarray], poses: list[Array]) -> Mapped:
    """Map with `TsdfMap`."""
    from ...perception.mapping.mesh import extract_mesh
    from ...perception.mapping.tsdf import TsdfMap
    from . import aisle

    tsdf, seconds = TsdfMap(voxel, far=FAR), []
    for depth, pose in zip(pictures, poses, strict=True):
        start = perf_counter()
        tsdf.integrate(depth, aisle.CAMERA, pose)
        seconds.append(perf_counter() - start)
    start = perf_counter()
    mesh = extract_mesh(tsdf, 1.0)
    return Mapped(seconds, mesh.vertices, perf_counter() - start, tsdf.block_count, tsdf.nbytes)


def map_open3d(voxel: float, pictures: Iterable[np.ndarray], poses: list[Array]) -> Mapped:
    """Map with Open3D's VoxelBlockGrid.

    Raises:
        ValueError: Open3D is not installed, or misses a library of the system.
    """
    try:
        import open3d as o3d  # pyright: ignore[reportMissingImports]
    except (ImportError, OSError) as error:
        raise ValueError(f"open3d cannot be imported ({error}): {_INSTALL}") from None
    from ...perception.poses import inverse
    from . import aisle

    core = o3d.core
    capacity = 400_000 if voxel < 0.03 else 60_000
    grid = o3d.t.geometry.VoxelBlockGrid(
        ("tsdf", "weight"), (core.float32, core.float32), ((1), (1)), voxel, 8, capacity, core.Device("CPU:0")
    )
    intrinsic, seconds = core.Tensor(aisle.CAMERA.matrix), []
    for picture, pose in zip(pictures, poses, strict=True):
        start = perf_counter()
        depth, extrinsic = o3d.t.geometry.Image(core.Tensor(picture)), core.Tensor(inverse(pose))
        # Truncation of four voxels, as ours.
        where = grid.compute_unique_block_coordinates(depth, intrinsic, extrinsic, 1.0, FAR, 4.0)
        grid.integrate(where, depth, intrinsic, extrinsic, 1.0, FAR, 4.0)
        seconds.append(perf_counter() - start)
    start = perf_counter()
    # Open3D wants a weight above the threshold, we one that reaches it: voxels seen once count with both.
    mesh = grid.extract_triangle_mesh(weight_threshold=0.5)
    mesh_seconds, blocks = perf_counter() - start, grid.hashmap().size()
    vertices = mesh.vertex.positions.numpy().astype(float)
    return Mapped(seconds, vertices, mesh_seconds, blocks, blocks * 512 * 8)


def weigh(length: float, step: float, voxel: float, noise: float) -> Weight:
    """Map an aisle of `length` m, a picture every `step` m, in a new process, and see how large that gets.

    Call it before this process grows: Linux counts what the parent held for the child's, too.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_weigh_here, length, step, voxel, noise).result()


def _weigh_here(length: float, step: float, voxel: float, noise: float) -> Weight:
    from ...perception.mapping.mesh import extract_mesh
    from ...perception.mapping.tsdf import TsdfMap
    from . import aisle

    poses, tsdf, seconds = aisle.drive(length, step), TsdfMap(voxel, far=FAR), 0.0
    before = 0
    for pose, depth in zip(poses, aisle.depth_pictures(poses, length, noise), strict=True):
        before = before or _peak_bytes()
        start = perf_counter()
        tsdf.integrate(depth, aisle.CAMERA, pose)
        seconds += perf_counter() - start
    after = _peak_bytes()
    extract_mesh(tsdf, 1.0)
    return Weight(
        length, voxel, len(poses), tsdf.block_count, tsdf.nbytes, before, after, _peak_bytes(), seconds
    )


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
