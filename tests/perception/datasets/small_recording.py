"""A recording of a few small pictures, made by code."""

from __future__ import annotations

import cv2
import numpy as np
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of, rotation_exp
from gaitway.perception.recording import Frames, ImuSamples, Recording, WheelSamples
from gaitway.perception.trajectory import Trajectory

START = 1403636579.763555527
WIDTH, HEIGHT, FRAMES = 160, 120, 6
DISPARITY = 8


def stereo(begin: float = START) -> Recording:
    """A pair, 0.1 m apart, that sees a wall; an IMU at 200 Hz that turns about x, wheels and truth."""
    rng = np.random.default_rng(0)
    wall = cv2.resize(
        rng.integers(0, 255, (60, 90), np.uint8), (WIDTH + 40, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    left = Camera(
        WIDTH, HEIGHT, 100.25, 100.5, 79.5, 59.75, body_from_camera=pose_of([0.2, 0.05, 0.1], _FORWARD)
    )
    right_pose = left.body_from_camera @ pose_of(np.array([0.1, 0.0, 0.0]), np.eye(3))
    right = Camera(WIDTH, HEIGHT, 100.25, 100.5, 79.5, 59.75, body_from_camera=right_pose)

    def load(k: int) -> dict[str, np.ndarray]:
        return {"left": wall[:, k : k + WIDTH], "right": wall[:, k + DISPARITY : k + DISPARITY + WIDTH]}

    times = begin + np.arange(60) * 0.005
    angle = 0.3 * np.sin((times - begin) * 8)
    gravity = 9.81 * np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=1)
    imu = ImuSamples(times, np.stack([np.gradient(angle, 0.005), 0 * angle, 0 * angle], axis=1), gravity)
    turns = np.stack([angle, 0 * angle, 0 * angle], axis=1)
    truth = Trajectory(times, pose_of(rng.normal(0, 1, (60, 3)), rotation_exp(turns)))
    wheels = WheelSamples(times, rng.normal(0, 1, 60), rng.normal(0, 1, 60))
    frames = Frames(begin + np.arange(FRAMES) * 0.05, load)
    return Recording(frames, {"left": left, "right": right}, imu, wheels=wheels, truth=truth)


_FORWARD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""A camera that looks along the body's x axis."""


def rgbd(begin: float = START) -> Recording:
    """A colour picture and a depth picture of one camera, and its truth."""
    pair = stereo(begin)
    camera = pair.cameras["left"]
    depth = np.linspace(0.5, 6.0, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    depth[:5] = 0.0

    def load(k: int) -> dict[str, np.ndarray]:
        grey = pair.frames[k].pictures["left"]
        return {"rgb": np.stack([grey, grey // 2, 255 - grey], axis=2), "depth": depth}

    frames = Frames(begin + np.arange(FRAMES) * 0.05, load)
    return Recording(frames, {"rgb": camera, "depth": camera}, truth=pair.truth)
