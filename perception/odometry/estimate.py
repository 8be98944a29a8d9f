"""What odometry says for each frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from ..poses import Array
from .rotations import skew


class Status(Enum):
    """How far an estimate can be trusted.

    OK: enough points fit. DEGRADED: few points, or a motion they determine badly. LOST: predicted without
    pictures, with growing covariance. REINIT: the first pose after that, in the same frame of reference.
    """

    OK = "ok"
    DEGRADED = "degraded"
    LOST = "lost"
    REINIT = "reinit"


@dataclass(frozen=True, eq=False)
class Estimate:
    """A pose and its worth.

    Attributes:
        time: s.
        pose: `world_from_body` (4, 4); the world is the body's first pose.
        covariance: (6, 6) as ROS has it: position (m), then rotation (rad), both in the world's axes.
        status: see Status.
        inliers: points that fit the pose.
        keyframe: whether this frame became one.
        stages: seconds spent by stage.
        window_s: seconds that optimisations took, in their own thread, whose results came with this frame.
    """

    time: float
    pose: Array
    covariance: Array
    status: Status
    inliers: int = 0
    keyframe: bool = False
    stages: dict[str, float] = field(default_factory=dict)
    window_s: float = 0.0


def ros_covariance(covariance: Array, pose: Array) -> Array:
    """(6, 6) position, rotation in the world's axes, from rotation (body's axes), position (world's)."""
    change = np.zeros((6, 6))
    change[:3, 3:] = np.eye(3)
    change[3:, :3] = pose[:3, :3]
    return change @ covariance @ change.T


def carried(covariance: Array, pose: Array, relative: Array) -> Array:
    """Covariance (6, 6), as of a `Resection`, of `pose @ relative` from that of `pose`."""
    carry = np.eye(6)
    carry[:3, :3] = relative[:3, :3].T
    carry[3:, :3] = -pose[:3, :3] @ skew(relative[:3, 3])
    return carry @ covariance @ carry.T
