"""`gaitway bench mapping`: speed, accuracy and memory of maps, beside Open3D's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Literal

import numpy as np
from scipy.spatial import cKDTree

from .report import machine_facts, on_machine, print_table, write_json

_NOISE = 0.001  # m of depth noise at 1 m, as of a good stereo camera
_FAR = 8.0
_INSTALL = "pip install open3d==0.20.0, and on Debian: apt install libusb-1.0-0 libgl1"


@dataclass
class Mapping:
    """Map a simulated aisle from depth pictures of 640x480, and score the surface and distances.

    Attributes:
        voxels: edges to measure, m.
        length: of the aisle, m.
        step: way between two pictures, m.
        peers: `open3d` maps the same pictures with its VoxelBlockGrid, in the same run.
        json: file to write the figures to, with the facts of the machine.
    """

    voxels: tuple[float, ...] = (0.05, 0.02)
    length: float = 40.0
    step: float = 0.25
    peers: Literal["none", "open3d"] = "none"
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.length <= 0 or self.step <= 0 or min(self.voxels) <= 0:
            raise ValueError("length, step and voxels are positive lengths in m.")
        from . import aisle

        machine = machine_facts()
        poses = aisle.drive(self.length, self.step)
        pictures = list(aisle.depth_pictures(poses, self.length, _NOISE))
        visible = aisle.seen_points(poses, self.length)
        mappers: dict[str, _Mapper] = {"gaitway": _map_ours}
        if self.peers == "open3d":
            mappers["open3d"] = _map_open3d
        results: dict[str, Any] = {}
        for voxel in self.voxels:
            for name, mapper in mappers.items():
                results[f"{name}, {100 * voxel:g} cm"] = self._measured(
                    mapper, voxel, pictures, poses, visible
                )
        title = f"{len(poses)} pictures of 640x480, {self.length:g} m of aisle; {on_machine(machine)}"
        columns = ("ms a picture", "pictures/s", "rms, voxels", "complete %", "mesh s", "MB")
        rows = [
            (
                name,
                f"{r['ms']['median']:.1f}",
                f"{1e3 / r['ms']['median']:.0f}",
                f"{r['surface']['accuracy_rms'] / r['voxel']:.2f}",
                f"{100 * r['surface']['completeness']:.1f}",
                f"{r['mesh_seconds']:.2f}",
                f"{r['bytes'] / 1e6:.0f}",
            )
            for name, r in results.items()
        ]
        print_table(title, ("map", *columns), rows)
        distances = self._distances(max(self.voxels), pictures, poses)
        print(
            f"Distance field, voxels of {100 * distances['voxel']:g} cm: error "
            f"{distances['mean_voxels']:.2f} voxels "
            f"on average, {distances['p99_voxels']:.2f} (99 %); {distances['ms']['median']:.0f} ms an update "
            "of "
            f"{distances['voxels_per_update']:,.0f} voxels."
        )
        result = {"noise_m_at_1_m": _NOISE, "maps": results, "distance_field": distances}
        write_json(self.json, result, machine)

    def _measured(
        self,
        mapper: _Mapper,
        voxel: float,
        pictures: list[np.ndarray],
        poses: list[np.ndarray],
        visible: np.ndarray,
    ) -> dict[str, Any]:
        from ...perception.metrics.reconstruction import score_surface
        from . import aisle

        mapper(voxel, pictures[:3], poses[:3])  # compiles, allocates
        times, vertices, mesh_seconds, size = mapper(voxel, pictures, poses)
        score = score_surface(vertices, lambda points: aisle.distance(points, self.length), visible, voxel)
        return {
            "voxel": voxel,
            "ms": {"median": 1e3 * median(times), "p95": 1e3 * float(np.percentile(times, 95))},
            "surface": asdict(score),
            "vertices": len(vertices),
            "mesh_seconds": mesh_seconds,
            "bytes": size,
        }

    def _distances(self, voxel: float, pictures: list[np.ndarray], poses: list[np.ndarray]) -> dict[str, Any]:
        """Error of a distance field that follows the camera, beside brute force over the true visible
        surface."""
        from ...perception.mapping.distance_field import DistanceField
        from ...perception.mapping.tsdf import TsdfMap
        from . import aisle

        tsdf = TsdfMap(voxel, far=_FAR)
        end = min(10.0, self.length)
        field = DistanceField(tsdf, np.array([1.0, -1.6, 0.1]), np.array([end - 1, 1.6, 1.8]), most=1.0)
        times, counts = [], []
        count_of_pictures = min(len(pictures), int(end / self.step))
        for k in range(count_of_pictures):
            tsdf.integrate(pictures[k], aisle.CAMERA, poses[k])
            start = perf_counter()
            count = field.update()
            if count:
                times.append(perf_counter() - start)
                counts.append(count)
        cells = np.stack(np.meshgrid(*map(np.arange, field.distance.shape), indexing="ij"), axis=-1).reshape(
            -1, 3
        )
        middles = field.lower + voxel * (cells + 0.5)
        # What no picture showed, such as the backs of cartons, is no surface to the field either.
        seen = cKDTree(aisle.seen_points(poses[:count_of_pictures], self.length, stride=4))
        truth, _ = seen.query(middles)
        outside = aisle.distance(middles, self.length) > voxel
        error = np.abs(field.distance.ravel() - np.minimum(truth, 1.0))[outside] / voxel
        return {
            "voxel": voxel,
            "ms": {"median": 1e3 * median(times)},
            "voxels_per_update": float(np.mean(counts)),
            "mean_voxels": float(error.mean()),
            "p99_voxels": float(np.percentile(error, 99)),
        }


# Seconds of each picture, vertices, seconds of the mesh, and bytes.
_Mapper = Callable[[float, list[np.ndarray], list[np.ndarray]], tuple[list[float], np.ndarray, float, int]]


def _map_ours(
    voxel: float, pictures: list[np.ndarray], poses: list[np.ndarray]
) -> tuple[list[float], np.ndarray, float, int]:
    from ...perception.mapping.mesh import extract_mesh
    from ...perception.mapping.tsdf import TsdfMap
    from . import aisle

    tsdf, times = TsdfMap(voxel, far=_FAR), []
    for depth, pose in zip(pictures, poses, strict=True):
        start = perf_counter()
        tsdf.integrate(depth, aisle.CAMERA, pose)
        times.append(perf_counter() - start)
    start = perf_counter()
    mesh = extract_mesh(tsdf, 1.0)
    return times, mesh.vertices, perf_counter() - start, tsdf.nbytes


def _map_open3d(
    voxel: float, pictures: list[np.ndarray], poses: list[np.ndarray]
) -> tuple[list[float], np.ndarray, float, int]:
    try:
        import open3d as o3d  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ValueError(f"open3d cannot be imported ({error}): {_INSTALL}") from None
    from ...perception.poses import inverse
    from . import aisle

    core = o3d.core
    device = core.Device("CPU:0")
    capacity = 400_000 if voxel < 0.03 else 60_000
    grid = o3d.t.geometry.VoxelBlockGrid(
        ("tsdf", "weight"), (core.float32, core.float32), ((1), (1)), voxel, 8, capacity, device
    )
    intrinsic = core.Tensor(aisle.CAMERA.matrix)
    times = []
    for picture, pose in zip(pictures, poses, strict=True):
        start = perf_counter()
        depth, extrinsic = o3d.t.geometry.Image(core.Tensor(picture)), core.Tensor(inverse(pose))
        # Truncation of four voxels, as ours.
        where = grid.compute_unique_block_coordinates(depth, intrinsic, extrinsic, 1.0, _FAR, 4.0)
        grid.integrate(where, depth, intrinsic, extrinsic, 1.0, _FAR, 4.0)
        times.append(perf_counter() - start)
    start = perf_counter()
    # Open3D wants a weight above the threshold, we one that reaches it: voxels seen once count with both.
    mesh = grid.extract_triangle_mesh(weight_threshold=0.5)
    seconds = perf_counter() - start
    used = grid.hashmap().size() * 512 * 8
    return times, mesh.vertex.positions.numpy().astype(float), seconds, used
