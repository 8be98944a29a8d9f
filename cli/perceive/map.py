"""`gaitway perceive map`: surfaces, occupancy and costs from a recording and the way its body went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..bench.report import machine_facts, write_json
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.mapping.build import DepthView
    from ...perception.mapping.mesh import Mesh
    from ...perception.mapping.occupancy import OccupancyGrid
    from ...perception.mapping.tsdf import TsdfMap
    from .view.map import MapView


@dataclass
class Map(Looks):
    """Build a map from depth pictures, or stereo pairs, and poses.

    Writes `mesh.ply` (or another kind), `map.yaml` and `map.pgm` for ROS's map_server, `costmap.png`,
    `slice.png`, a cut through the distances, and `map.json` with the counters.

    Attributes:
        input: folder or MCAP file of the recording.
        format: its layout.
        out: folder to write to.
        trajectory: of the body, in the TUM format; the recording's ground truth by default.
        voxel: edge of a voxel, m.
        far: depths beyond it do not count, m.
        bottom: height in the world above which a thing is an obstacle, m.
        top: height below which it is one.
        radius: of the robot, for the costs, m.
        mesh: kind of mesh file.
        frames: stop after so many.
        device: of Warp; `cuda:0` for a GPU.
    """

    input: Path
    format: Literal["euroc", "tum", "kitti", "mcap"]
    out: Path
    trajectory: Path | None = None
    voxel: float = 0.05
    far: float = 8.0
    bottom: float = 0.1
    top: float = 1.8
    radius: float = 0.3
    mesh: Literal["ply", "obj", "usda"] = "ply"
    frames: int | None = None
    device: str = "cpu"

    def work(self, view: RecordingStream | None) -> None:
        """Replay, map, print and write."""
        from ...perception.datasets import open_recording
        from ...perception.mapping.build import build_map, depth_views
        from ...perception.mapping.mesh import extract_mesh
        from ...perception.mapping.occupancy import OccupancyGrid
        from ...perception.mapping.tsdf import TsdfMap
        from ...perception.trajectory import read_tum

        machine = machine_facts()
        tsdf = TsdfMap(self.voxel, far=self.far, device=self.device)
        grid = OccupancyGrid(self.voxel, self.bottom, self.top, far=self.far, device=self.device)
        recording = open_recording(self.input, self.format)
        trajectory = None if self.trajectory is None else read_tum(self.trajectory)
        shown, way = None if view is None else _shown(view), []
        start = perf_counter()
        build_map(self._first(depth_views(recording, trajectory), shown, way), tsdf, grid)
        seconds = perf_counter() - start
        mesh = extract_mesh(tsdf)
        cost, cut = self._save(tsdf, grid, mesh)
        figures = {
            "counters": asdict(tsdf.counters),
            "voxels": tsdf.voxel_counts(),
            "blocks": tsdf.block_count,
            "bytes": tsdf.nbytes,
            "free_m2": float(grid.is_free.sum() * grid.cell**2),
            "occupied_m2": float(grid.is_occupied.sum() * grid.cell**2),
            "triangles": len(mesh.triangles),
            "frames_per_second_with_reading": tsdf.counters.frames / seconds,
        }
        write_json(self.out / "map.json", figures, machine)
        voxels = figures["voxels"]
        print(
            f"{tsdf.counters.frames} pictures ({tsdf.counters.empty_frames} without depth in range), "
            f"{voxels['observed']:,} voxels observed, {voxels['free']:,} free, {voxels['occupied']:,} "
            f"occupied; floor: {figures['free_m2']:.1f} m2 free, {figures['occupied_m2']:.1f} m2 occupied; "
            f"{self.out}"
        )

        if shown is not None or self.report is not None:
            from .report.map import add_map, cost_picture

            costs = cost_picture(cost)
            if shown is not None:
                shown.end(mesh, costs, cut)
            if self.report is not None:
                page = self.page(f"Map of {self.input.name}", machine)
                add_map(page, mesh, grid, costs, cut, np.array(way), figures)
                page.write(self.report)

    def _save(self, tsdf: TsdfMap, grid: OccupancyGrid, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
        """Write the files; returns costs (nx, ny) and the picture of a slice."""
        from ...perception.datasets.pictures import encode_png
        from ...perception.mapping.costmap import costmap, save_map
        from ...perception.mapping.mesh_files import save_mesh
        from ...perception.mapping.slice_picture import slice_picture

        low, high = (self.voxel * (corner[2] + 0.5) for corner in tsdf.bounds())
        middle = float(np.clip(0.5 * (self.bottom + self.top), low, high - self.voxel))
        cost, cut = costmap(grid, self.radius), slice_picture(tsdf, middle)
        pictures = {"costmap.png": np.ascontiguousarray(cost.T[::-1]), "slice.png": cut}
        self.out.mkdir(parents=True, exist_ok=True)
        save_map(grid, self.out / "map.yaml")
        save_mesh(mesh, self.out / f"mesh.{self.mesh}")
        for name, pixels in pictures.items():
            (self.out / name).write_bytes(encode_png(pixels))
        return cost, cut

    def _first(
        self, views: Iterator[DepthView], shown: MapView | None, way: list[np.ndarray]
    ) -> Iterator[DepthView]:
        """As many as asked for, shown and their positions kept on the way."""
        for view in islice(views, self.frames):
            way.append(view.world_from_camera[:3, 3])
            if shown is not None:
                shown.see(view)
            yield view


def _shown(view: RecordingStream) -> MapView:
    from .view.map import MapView

    return MapView(view)
