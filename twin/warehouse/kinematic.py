"""AMRs without physics: they move as their wheels are told, know where they are, and are told who is near.

For fleets larger than physics and sensors can be had for. Interfaces are those of `Platforms` and `Senses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ...perception.scan.movers import Movers
from .scanner import HEIGHT, Bystanders
from .steering import Steering

_SEEN = 6.0  # m up to which things are seen
_RADIUS = {"worker": 0.30, "forklift": 1.2}  # m


class KinematicPlatforms:
    """N AMRs that can be sent to poses on the floor, as unicycles.

    Args:
        position, yaw: where they begin, (n, 2) m and (n,) rad.
        period: of a tick, s.
    """

    def __init__(self, position: np.ndarray, yaw: np.ndarray, period: float) -> None:
        self.position, self.yaw, self._period = position.astype(float), yaw.astype(float), period
        self._steering = Steering(len(yaw), period)

    @property
    def speed(self) -> np.ndarray:
        """(n,) m/s along the floor."""
        return np.abs(self._steering.forward)

    def go(self, goal: np.ndarray, heading: np.ndarray, fastest: np.ndarray) -> np.ndarray:
        """As `Platforms.go`: along an arc, at the speeds of the tick's end."""
        left = self._steering.steer(goal - self.position, self.yaw, heading, fastest)
        turned = self._steering.turning * self._period
        middle = self.yaw + turned / 2
        way = self._steering.forward * self._period * np.sinc(turned / (2 * np.pi))  # chord of the arc
        self.position = self.position + way[:, None] * np.stack([np.cos(middle), np.sin(middle)], axis=1)
        self.yaw = self.yaw + turned
        return left

    def state(self) -> dict[str, np.ndarray]:
        """All of it that goes on."""
        return {"position": self.position, "yaw": self.yaw, **self._steering.state()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state` of as many AMRs."""
        self.position, self.yaw = state["position"], state["yaw"]
        self._steering.restore(state)


class Told:
    """What n AMRs are told by the truth.

    Attributes:
        pose: (n, 3) where they are.
    """

    def __init__(self, pose: np.ndarray) -> None:
        self.pose = np.array(pose, float)

    def move(self, gone: np.ndarray, turned: np.ndarray) -> None:
        """As `Senses.move`: exactly."""
        middle = self.pose[:, 2] + turned / 2
        self.pose += np.stack([gone * np.cos(middle), gone * np.sin(middle), turned], axis=1)

    def look(self, time: float, true: np.ndarray, said: np.ndarray, others: Bystanders) -> list[Movers]:
        """As `Senses.look`: people, trucks and things within 6 m; they are the last of those in `true`."""
        self.pose = true[len(true) - len(self.pose) :].copy()
        crowd, kinds = others.crowd, others.kinds
        standing = [one for one in others.lying if one.shape.height > HEIGHT]
        at = np.concatenate([crowd.position, *(one.position[None] for one in standing)])
        velocity = np.concatenate([crowd.velocity, np.zeros((len(standing), 2))])
        radius = np.array([*(_RADIUS[kind] for kind in kinds), *(one.radius for one in standing)])
        alive = np.arange(len(at)) < len(kinds)
        near = cKDTree(at).query_ball_point(self.pose[:, :2], _SEEN) if len(at) else [[] for _ in self.pose]
        return [Movers(at[who], velocity[who], radius[who], alive[who]) for who in map(_rows, near)]

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"pose": self.pose}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        self.pose = state["pose"]


def _rows(near: list[int]) -> np.ndarray:
    return np.sort(np.array(near, int))
