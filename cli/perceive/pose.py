"""`gaitway perceive pose`: where a known object is in an RGB-D picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..bench.report import machine_facts
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.camera import Camera
    from ...perception.pose.estimate import PoseEstimate, PoseEstimator


@dataclass
class Pose(Looks):
    """Find an object, whose mesh is known, in a depth picture.

    Attributes:
        depth: depth picture, 16-bit `.png`, or `.npy` in m; 0 or NaN where there is none.
        mesh: the object: `.ply`, `.obj`, `.stl` or USD.
        intrinsics: fx, fy, cx, cy of the camera in px; pictures have no lens distortion.
        out: JSON file to write the poses to.
        mask: 8- or 16-bit `.png`: 0 is background, every other value another instance of the object.
            Without it, everything that stands on the largest plane is tried.
        rgb: colour picture of the same size, to draw the poses into; otherwise it is the depth.
        plot: picture to write: the poses drawn into it.
        depth_units: of a `.png` in a metre: 1000 for mm, 5000 for TUM RGB-D.
        mesh_unit: length of the mesh's unit in m: 0.001 for mm. USD says its own.
        threshold: score from 0 to 1 under which the object counts as not found.
    """

    depth: Path
    mesh: Path
    intrinsics: tuple[float, float, float, float]
    out: Path
    mask: Path | None = None
    rgb: Path | None = None
    plot: Path | None = None
    depth_units: float = 1000.0
    mesh_unit: float = 1.0
    threshold: float = 0.55

    def work(self, view: RecordingStream | None) -> None:
        """Find, print and write."""
        from ...perception.camera import Camera
        from ...perception.datasets.pictures import write_picture
        from ...perception.pose.detect import detect
        from ...perception.pose.estimate import PoseCfg, PoseEstimator
        from ...perception.pose.files import read_depth_file, read_labels, write_poses
        from .object_mesh import load_object

        machine = machine_facts()
        depth = read_depth_file(self.depth, self.depth_units)
        estimator = PoseEstimator(load_object(self.mesh, self.mesh_unit), PoseCfg(threshold=self.threshold))
        camera = Camera(depth.shape[1], depth.shape[0], *self.intrinsics)
        if self.mask:
            labels = read_labels(self.mask)
            camera.check_picture(labels, self.mask)
            if not labels.any():
                raise ValueError(f"{self.mask} is all background; mark the object's pixels by another value.")
            found = {int(k): estimator.estimate(depth, labels == k, camera) for k in np.unique(labels) if k}
        else:
            found = dict(enumerate(detect(estimator, depth, camera), 1))
        for k, estimate in found.items():
            x, y, z = estimate.pose[:3, 3]
            sigma = 1e3 * np.sqrt(np.diag(estimate.covariance)[3:].max())
            state = "found" if estimate.found else "not found"
            rivals = f", and {len(estimate.others)} other poses as good" if len(estimate.others) else ""
            print(
                f"{k}: {state}, score {estimate.score:.2f}, at ({x:.4f}, {y:.4f}, {z:.4f}) m, "
                f"sigma up to {sigma:.1f} mm{rivals}"
            )
        if not any(estimate.found for estimate in found.values()):
            print(f"{self.mesh.stem} was not found in any of {len(found)} candidates.")
        write_poses(self.out, estimator.model.name, found)
        if self.plot or self.report or view is not None:
            drawn = self._drawn(depth, camera, estimator, found)
            if self.plot:
                write_picture(self.plot, drawn)
            if view is not None:
                from .view.pose import show_pose

                show_pose(view, drawn, depth, camera, estimator, found)
            if self.report:
                from .report.pose import add_pose

                page = self.page(f"Poses of {estimator.model.name}", machine)
                add_pose(page, drawn, depth, camera, estimator, found)
                page.write(self.report)

    def _drawn(
        self, depth: np.ndarray, camera: Camera, estimator: PoseEstimator, found: dict[int, PoseEstimate]
    ) -> np.ndarray:
        """RGB: colour or depth, with the poses that were found."""
        from ...perception.datasets.pictures import read_picture
        from ...perception.pose.overlay import depth_in_grey, draw_pose

        picture = depth_in_grey(depth) if self.rgb is None else read_picture(self.rgb, camera)
        picture = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
        for k, estimate in found.items():
            if estimate.found:
                label = f"{k}: {estimate.score:.2f}"
                picture = draw_pose(picture, estimator.shape, camera, estimate.pose, label=label)
        return picture
