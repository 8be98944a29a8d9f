"""`gaitway perceive grasp`: where to hold an object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..bench.report import machine_facts, print_table
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.camera import Camera
    from ...perception.grasp.gripper import ParallelGripper, SuctionCup
    from ...perception.grasp.parallel import Grasps
    from ...perception.grasp.suction import SuctionPlaces
    from ...perception.pose.model import CadModel
    from .held import Held

    Hand = ParallelGripper | SuctionCup
    Found = Grasps | SuctionPlaces


@dataclass
class Grasp(Looks):
    """Rank the ways to hold an object, whose mesh is known, or which a depth picture shows, or both.

    With a mesh alone, poses are in its frame. With a depth picture they are in the camera's: x right, z
    forward; with both, the mesh's pose is found first. X of a grasp is along which the fingers close, Z the
    way in.

    Attributes:
        out: JSON file to write the grasps to.
        mesh: the object: `.ply`, `.obj`, `.stl` or USD.
        depth: depth picture, 16-bit `.png`, or `.npy` in m; 0 or NaN where there is none.
        mask: with it, 8- or 16-bit `.png`: 0 is background, every other value another instance.
        intrinsics: with it, fx, fy, cx, cy of the camera in px; pictures have no lens distortion.
        gripper: two parallel fingers, or a suction cup.
        down: direction of gravity in the frame of the poses, so that the hand comes from above. In a picture
            it is by default into the largest plane; the object is then taken to stand there and, for fingers
            and without a mesh, its unseen sides to go straight down.
        opening: largest distance between the fingers, m.
        friction: coefficient that may be relied on between fingers and object.
        cup_radius: of the suction cup's lip, m.
        depth_units: of a `.png` in a metre: 1000 for mm, 5000 for TUM RGB-D.
        mesh_unit: length of the mesh's unit in m: 0.001 for mm. USD says its own.
    """

    out: Path
    mesh: Path | None = None
    depth: Path | None = None
    mask: Path | None = None
    intrinsics: tuple[float, float, float, float] | None = None
    gripper: Literal["parallel", "suction"] = "parallel"
    down: tuple[float, float, float] | None = None
    opening: float = 0.14
    friction: float = 0.4
    cup_radius: float = 0.020
    depth_units: float = 1000.0
    mesh_unit: float = 1.0

    def work(self, view: RecordingStream | None) -> None:
        """Look, rank, print and write."""
        from ...perception.grasp.files import write_grasps
        from .held import held_by_mesh, held_in_picture

        machine = machine_facts()
        hand, down = self._hand(), self._down()
        model = self._model()
        if self.depth is not None:
            seen = self._picture()
            held = held_in_picture(*seen, model, down, self.gripper == "parallel")
        elif model is None or self.mask or self.intrinsics:
            raise ValueError("Give --mesh, or --depth with --mask and --intrinsics, or all of them.")
        else:
            seen, held = None, {1: held_by_mesh(model, down)}
        found = {k: _grasps(one, hand) for k, one in held.items()}
        print_table(*self._table(found))
        write_grasps(self.out, "object" if seen is None else "camera", found)
        if view is not None:
            from .view.grasp import show_grasps

            show_grasps(view, held, found, hand, seen)
        if self.report:
            from .report.grasp import add_grasps

            page = self.page(f"Grasps of {(self.mesh or self.depth or self.out).name}", machine)
            add_grasps(page, self._table(found), held, found, hand, seen)
            page.write(self.report)

    def _hand(self) -> Hand:
        from ...perception.grasp.gripper import ParallelGripper, SuctionCup

        for name in ("opening", "friction", "cup_radius"):
            if not getattr(self, name) > 0:
                raise ValueError(f"--{name.replace('_', '-')} is {getattr(self, name):g}; it is positive.")
        if self.gripper == "suction":
            return SuctionCup(radius=self.cup_radius)
        return ParallelGripper(opening=self.opening, friction=self.friction)

    def _down(self) -> np.ndarray | None:
        if self.down is None:
            return None
        length = float(np.linalg.norm(self.down))
        if not (np.isfinite(length) and length > 0):
            raise ValueError(f"--down is {self.down}; it is a direction, such as 0 0 -1.")
        return np.array(self.down) / length

    def _model(self) -> CadModel | None:
        from .object_mesh import load_object

        return None if self.mesh is None else load_object(self.mesh, self.mesh_unit)

    def _picture(self) -> tuple[np.ndarray, np.ndarray, Camera]:
        """Depth, labels and camera."""
        from ...perception.camera import Camera
        from ...perception.pose.files import read_depth_file, read_labels

        assert self.depth is not None
        if self.mask is None or self.intrinsics is None:
            raise ValueError(f"{self.depth} needs --mask, the object's pixels, and --intrinsics fx fy cx cy.")
        depth, labels = read_depth_file(self.depth, self.depth_units), read_labels(self.mask)
        camera = Camera(depth.shape[1], depth.shape[0], *self.intrinsics)
        camera.check_picture(labels, self.mask)
        if not labels.any():
            raise ValueError(f"{self.mask} is all background; mark the object's pixels by another value.")
        return depth, labels, camera

    def _table(self, found: dict[int, Found], most: int = 5) -> tuple[str, tuple[str, ...], list[Any]]:
        """Title, columns and rows of the first grasps of each instance."""
        from ...perception.grasp.parallel import Grasps

        rows = []
        for k, grasps in found.items():
            if not len(grasps):
                rows.append((str(k), "none", *["–"] * 5))
            for rank, pose in enumerate(grasps.poses[:most]):
                width = f"{1e3 * grasps.widths[rank]:.0f}" if isinstance(grasps, Grasps) else "–"
                place = ", ".join(f"{1e3 * x:.0f}" for x in pose[:3, 3])
                way = ", ".join(f"{x:.1f}" for x in pose[:3, 2])
                lever = f"{1e3 * grasps.levers[rank]:.0f}"
                rows.append((str(k), str(rank + 1), f"{grasps.scores[rank]:.2f}", place, way, width, lever))
        columns = ("instance", "rank", "score", "place, mm", "way in", "width, mm", "lever, mm")
        offered = ", ".join(str(len(grasps)) for grasps in found.values())
        return f"The best of {offered} grasps, {self.gripper}", columns, rows


def _grasps(held: Held, hand: Hand) -> Found:
    from ...perception.grasp.gripper import SuctionCup
    from ...perception.grasp.parallel import parallel_grasps
    from ...perception.grasp.suction import suction_places

    if isinstance(hand, SuctionCup):
        return suction_places(held.surface, hand, held.down, held.obstacles)
    return parallel_grasps(held.surface, hand, held.down, held.obstacles)
