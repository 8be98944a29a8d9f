"""A map from a recording and the way the body went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..camera import Camera, Rectifier
from ..depth.matcher import StereoMatcher
from ..poses import Array
from ..recording import Frame, Recording
from ..trajectory import Trajectory
from .occupancy import OccupancyGrid
from .tsdf import TsdfMap

# A pose is taken from a trajectory that has one at most this long before or after the frame, s.
_NEAREST_POSE = 0.1


@dataclass(frozen=True, eq=False)
class DepthView:
    """A depth picture with what belongs to it, as `TsdfMap.integrate` takes it."""

    time: float
    depth: np.ndarray
    camera: Camera
    world_from_camera: Array
    colour: np.ndarray | None
    sigma: np.ndarray | None


def depth_views(
    recording: Recording, trajectory: Trajectory | None = None, disparities: int = 64
) -> Iterator[DepthView]:
    """Depth of each frame, measured or from its stereo pair, without lens distortion, where the body was.

    Args:
        recording: with a camera `depth`, and perhaps `rgb` of the same calibration; or `left` and `right`.
        trajectory: of the body; the recording's truth by default. Frames beyond its ends are left out.
        disparities: to search in stereo pairs.

    Raises:
        ValueError: neither depth nor a pair, no trajectory, or one at another time; says which.
    """
    trajectory = trajectory or recording.truth
    if trajectory is None:
        raise ValueError("The recording has no ground truth; give the trajectory of its body.")
    source = _source(recording, disparities)
    used = 0
    for frame in recording.frames:
        if not trajectory.times[0] - _NEAREST_POSE <= frame.time <= trajectory.times[-1] + _NEAREST_POSE:
            continue
        used += 1
        depth, camera, colour, sigma = source(frame)
        pose = trajectory.at(np.array([frame.time]))[0] @ camera.body_from_camera
        yield DepthView(frame.time, depth, camera, pose, colour, sigma)
    if not used:
        first, last = recording.frames[0].time, recording.frames[len(recording.frames) - 1].time
        raise ValueError(
            f"No frame has a pose: the frames are of {first:.3f} to {last:.3f} s, the trajectory is of "
            f"{trajectory.times[0]:.3f} to {trajectory.times[-1]:.3f} s. Give the trajectory of this "
            "recording."
        )


def build_map(views: Iterator[DepthView], tsdf: TsdfMap, grid: OccupancyGrid | None = None) -> None:
    """Integrate depth pictures into a map, and into an occupancy grid if given one."""
    for view in views:
        tsdf.integrate(view.depth, view.camera, view.world_from_camera, view.colour, view.sigma)
        if grid is not None:
            grid.integrate(view.depth, view.camera, view.world_from_camera)
    if grid is not None:
        grid.add_surface(tsdf)


_Source = Callable[[Frame], tuple[np.ndarray, Camera, np.ndarray | None, np.ndarray | None]]


def _source(recording: Recording, disparities: int) -> _Source:
    cameras = recording.cameras
    if "depth" in cameras:
        is_registered = "rgb" in cameras and _are_alike(cameras["rgb"], cameras["depth"])
        return _measured(cameras["depth"], "rgb" if is_registered else None)
    if {"left", "right"} <= set(cameras):
        return _stereo(cameras["left"], cameras["right"], disparities)
    raise ValueError(
        f"The recording has the cameras {', '.join(cameras) or 'none'}; a map needs 'depth', or 'left' and "
        "'right'."
    )


def _are_alike(a: Camera, b: Camera) -> bool:
    sizes = (a.width, a.height) == (b.width, b.height)
    return sizes and all(
        np.allclose(x, y) for x, y in ((a.matrix, b.matrix), (a.body_from_camera, b.body_from_camera))
    )


def _measured(camera: Camera, colour_name: str | None) -> _Source:
    straight = replace(camera, distortion=(0.0, 0.0, 0.0, 0.0))
    size = (camera.width, camera.height)
    maps = None
    if any(camera.distortion):
        maps = cv2.initUndistortRectifyMap(
            camera.matrix, np.array(camera.distortion), np.eye(3), camera.matrix, size, cv2.CV_32FC1
        )

    def depth_of(frame: Frame) -> tuple[np.ndarray, Camera, np.ndarray | None, None]:
        depth = frame.pictures["depth"]
        colour = None if colour_name is None else _rgb(frame.pictures[colour_name])
        if maps is not None:
            depth = cv2.remap(depth, *maps, cv2.INTER_NEAREST)  # never a mean of two surfaces
            colour = None if colour is None else cv2.remap(colour, *maps, cv2.INTER_LINEAR)
        return depth, straight, colour, None

    return depth_of


def _stereo(left: Camera, right: Camera, disparities: int) -> _Source:
    rectifier, matcher = Rectifier(left, right), StereoMatcher(disparities)

    def depth_of(frame: Frame) -> tuple[np.ndarray, Camera, np.ndarray, np.ndarray]:
        pictures = rectifier(frame.pictures["left"], frame.pictures["right"])
        depth, sigma = matcher(*pictures).depth(rectifier.left.fx, rectifier.baseline)
        return depth, rectifier.left, _rgb(pictures[0]), sigma

    return depth_of


def _rgb(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
