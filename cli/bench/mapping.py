"""`gaitway bench mapping`: speed, accuracy and memory of maps, beside Open3D's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.spatial import cKDTree

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from .mappers import Mapped, Weight

_NOISE = 0.001  # m of depth noise at 1 m, as of a good stereo camera
_MOST = 1.0  # m, of the distance field
_FIELD_LENGTH = 10.0  # m of the aisle that the distance field follows


@dataclass
class Mapping:
    """Map a simulated aisle from depth pictures of 640x480; score the surface, distances and memory.

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
        from . import aisle, mappers

        machine = machine_facts()
        weight = mappers.weigh(self.length, self.step, min(self.voxels), _NOISE)
        poses = aisle.drive(self.length, self.step)
        pictures = list(aisle.depth_pictures(poses, self.length, _NOISE))
        visible = aisle.seen_points(poses, self.length)
        by_name = {"gaitway": mappers.map_ours}
        if self.peers == "open3d":
            by_name["open3d"] = mappers.map_open3d
        results: dict[str, Any] = {}
        for voxel in self.voxels:
            for name, mapper in by_name.items():
                mapper(voxel, pictures[:3], poses[:3])  # compiles, allocates
                mapped = mapper(voxel, pictures, poses)
                results[f"{name}, {100 * voxel:g} cm"] = self._scored(voxel, mapped, visible)
        title = f"{len(poses)} pictures of 640x480, {self.length:g} m of aisle; {on_machine(machine)}"
        _print_maps(title, results)
        distances = self._distances(max(self.voxels), pictures, poses)
        _print_distances(distances)
        _print_weight(weight)
        result = {"noise_m_at_1_m": _NOISE, "maps": results, "distance_field": distances}
        write_json(self.json, result | {"memory": asdict(weight)}, machine)

    def _scored(self, voxel: float, mapped: Mapped, visible: np.ndarray) -> dict[str, Any]:
        from ...perception.metrics.reconstruction import score_surface
        from . import aisle

        def distance(points: np.ndarray) -> np.ndarray:
            return aisle.distance(points, self.length)

        score = score_surface(mapped.vertices, distance, visible, voxel)
        return {
            "voxel": voxel,
            "ms": {
                "median": 1e3 * median(mapped.seconds),
                "p95": 1e3 * float(np.percentile(mapped.seconds, 95)),
                "mean": 1e3 * float(np.mean(mapped.seconds)),
            },
            "surface": asdict(score),
            "vertices": len(mapped.vertices),
            "mesh_seconds": mapped.mesh_seconds,
            "blocks": mapped.blocks,
            "bytes": mapped.nbytes,
        }

    def _distances(self, voxel: float, pictures: list[np.ndarray], poses: list[np.ndarray]) -> dict[str, Any]:
        """Speed and errors of a field that follows the camera along the first meters of the aisle."""
        from ...perception.mapping.distance_field import DistanceField
        from ...perception.mapping.mesh import extract_mesh
        from ...perception.mapping.tsdf import TsdfMap
        from . import aisle, mappers

        tsdf, end = TsdfMap(voxel, far=mappers.FAR), min(_FIELD_LENGTH, self.length)
        field = DistanceField(tsdf, np.array([1.0, -1.6, 0.1]), np.array([end - 1, 1.6, 1.8]), _MOST)
        times, counts = [], []
        poses = poses[: int(end / self.step)]
        for picture, pose in zip(pictures, poses, strict=False):
            tsdf.integrate(picture, aisle.CAMERA, pose)
            start = perf_counter()
            count = field.update()
            if count:
                times.append(perf_counter() - start)
                counts.append(count)
        cells = np.stack(np.meshgrid(*map(np.arange, field.distance.shape), indexing="ij"), axis=-1)
        middles = (field.lower + voxel * (cells + 0.5)).reshape(-1, 3)
        true = aisle.distance(middles, self.length)
        outside = true > voxel
        middles, true, found = middles[outside], true[outside], field.distance.ravel()[outside]
        of_mesh = _distance_to(extract_mesh(tsdf, 1.0).vertices, middles)
        # A distance is right between that to the whole surface and that to the part that pictures showed.
        of_seen = _distance_to(aisle.seen_points(poses, self.length, stride=4), middles)
        beyond = np.maximum(found - of_seen, np.minimum(true, _MOST) - found)
        return {
            "voxel": voxel,
            "ms": {"median": 1e3 * median(times)},
            "voxels_per_update": float(np.mean(counts)),
            "error_of_mesh_voxels": _spread(np.abs(found - of_mesh) / voxel),
            "error_of_truth_voxels": _spread(np.maximum(beyond, 0) / voxel),
        }


def _distance_to(surface: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Of points (n, 3) to the nearest point of a surface (m, 3), m, at most as far as the field knows."""
    distance, _ = cKDTree(surface).query(points, distance_upper_bound=_MOST)
    return np.minimum(distance, _MOST)


def _spread(error: np.ndarray) -> dict[str, float]:
    p95, p99 = np.percentile(error, [95, 99])
    return {"mean": float(error.mean()), "p95": float(p95), "p99": float(p99)}


def _print_maps(title: str, results: dict[str, Any]) -> None:
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


def _print_distances(r: dict[str, Any]) -> None:
    rows = [
        (name, *(f"{r[key][part]:.2f}" for part in ("mean", "p95", "p99")))
        for name, key in (
            ("the map's mesh, by brute force", "error_of_mesh_voxels"),
            ("the true surface", "error_of_truth_voxels"),
        )
    ]
    title = (
        f"Distance field, voxels of {100 * r['voxel']:g} cm: {r['ms']['median']:.0f} ms an update of "
        f"{r['voxels_per_update']:,.0f} voxels; errors in voxels"
    )
    print_table(title, ("beside", "mean", "95 %", "99 %"), rows)


def _print_weight(w: Weight) -> None:
    print(
        f"Memory of {w.length:g} m with voxels of {100 * w.voxel:g} cm: {w.blocks:,} blocks of "
        f"{w.nbytes / 1e6:,.0f} MB; the process has {w.resident_before / 1e6:,.0f} MB before, at most "
        f"{w.resident_after / 1e6:,.0f} MB with the map, {w.resident_with_mesh / 1e6:,.0f} MB with its mesh."
    )
