"""A moment that is kept: where the body was, what it saw, and how it came there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields

import numpy as np

from ..poses import Array
from ..recording import ImuSamples
from .dead_reckoning import WheelMotion
from .preintegration import Preintegrated
from .rotations import perturbed, righted, turn_of
from .views import View

SIZE = 15  # of a state's error: rotation (body's axes), position (world's), velocity, gyro bias, accel bias


@dataclass(frozen=True, eq=False)
class State:
    """Pose `world_from_body` (..., 4, 4), velocity (..., 3) in the world, and the IMU's biases (..., 3).

    One state, or as many as the leading axis is long.
    """

    pose: Array
    velocity: Array = field(default_factory=lambda: np.zeros(3))
    gyro_bias: Array = field(default_factory=lambda: np.zeros(3))
    accel_bias: Array = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def stacked(cls, states: Iterable[State]) -> State:
        """Single states as one of several."""
        rows = [[getattr(state, f.name) for f in fields(cls)] for state in states]
        pose, *others = zip(*rows, strict=True) if rows else ((),) * 4
        return cls(np.reshape(pose, (-1, 4, 4)), *(np.reshape(other, (-1, 3)) for other in others))

    def __getitem__(self, which: int | slice | np.ndarray) -> State:
        return State(*(getattr(self, f.name)[which] for f in fields(self)))

    def __len__(self) -> int:
        return len(self.pose)

    def __iter__(self) -> Iterator[State]:
        return (self[k] for k in range(len(self)))

    def plus(self, step: Array) -> State:
        """The state changed by an error (..., 15)."""
        return State(
            perturbed(self.pose, step), self.velocity + step[..., 6:9],
            self.gyro_bias + step[..., 9:12], self.accel_bias + step[..., 12:],
        )  # fmt: skip

    def minus(self, other: State) -> Array:
        """The error (..., 15) that makes `other` this state."""
        turn = turn_of(np.swapaxes(other.pose[..., :3, :3], -1, -2) @ self.pose[..., :3, :3])
        position = self.pose[..., :3, 3] - other.pose[..., :3, 3]
        biases = (self.gyro_bias - other.gyro_bias, self.accel_bias - other.accel_bias)
        return np.concatenate([turn, position, self.velocity - other.velocity, *biases], axis=-1)

    def moved(self, motion: Array) -> State:
        """The state after the world was moved by (4, 4)."""
        velocity = self.velocity @ motion[:3, :3].T
        return State(righted(motion @ self.pose), velocity, self.gyro_bias, self.accel_bias)


@dataclass(eq=False)
class Keyframe:
    """What a keyframe contributes to the window.

    Attributes:
        number: rising.
        time: s.
        state: first guess of it.
        ids: (n,) of the landmarks seen.
        pixels: (n, 3) u, v, u_right of each; u_right NaN if unseen.
        points: (n, 3) first guess of each, m, in the world.
        imu: samples since the keyframe before, if there are any.
        wheels: that of the wheels.
        view: pictures, for recognising the place.
        covariance: (6, 6) of the pose in the world when it was taken, as of a `Resection`.
        starts: whether a new window begins with it.
    """

    number: int
    time: float
    state: State
    ids: np.ndarray
    pixels: Array
    points: Array
    imu: ImuSamples | None
    wheels: WheelMotion | None
    view: View
    covariance: Array
    starts: bool = False
    inertial: Preintegrated | None = None  # of `imu`, once the window has integrated it
