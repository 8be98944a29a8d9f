"""A worker's arm that reaches into the cell, as a box that nothing stops."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from ...perception.poses import pose_of, quaternion_of

NAME = "worker_arm"
LENGTH, THICKNESS = 0.70, 0.11
"""m, from shoulder to finger tips, and of a sleeve."""
_SPEED = 0.30  # m/s
_OUTSIDE = 0.9  # m that it draws back
_PARKED = np.array([3.0, 3.0, 0.5])
# Where its finger tips go, and from which side: across the way from the bin to the tote.
_TIP, _DIRECTION = np.array([0.33, -0.33, 0.36]), np.array([-1.0, 1.0, 0.0]) / np.sqrt(2)


@dataclass(frozen=True)
class Visit:
    """When and where an arm reaches in.

    Attributes:
        begin: s at which it starts to come in.
        stay: s that it stays.
        tip: (3,) where its tip goes, in m.
        direction: (3,) unit vector, horizontal, along which it comes.
    """

    begin: float
    stay: float
    tip: np.ndarray
    direction: np.ndarray

    def pose(self, time: float) -> np.ndarray:
        """Pose (4, 4) of the arm's middle at a time, X along it; parked before and after."""
        reach = _OUTSIDE / _SPEED
        since = time - self.begin
        share = min(since, self.stay + 2 * reach - since) / reach
        turn = np.column_stack([self.direction, np.cross([0, 0, 1], self.direction), [0, 0, 1]])
        if share <= 0:
            return pose_of(_PARKED, turn)
        drawn_back = _OUTSIDE * (1 - min(share, 1.0)) + LENGTH / 2
        return pose_of(self.tip - drawn_back * self.direction, turn)


def random_visit(seed: int) -> Visit:
    """A visit between bin and tote in the first seconds of work."""
    rng = np.random.default_rng([seed, 20])
    tip = _TIP + rng.uniform([-0.04, -0.04, -0.08], [0.04, 0.04, 0.08])
    return Visit(float(rng.uniform(0.5, 4.0)), float(rng.uniform(3.0, 6.0)), tip, _DIRECTION)


def add_worker(spec: mujoco.MjSpec) -> None:
    """Give a scene the arm, far away."""
    body = spec.worldbody.add_body(name=NAME, mocap=True, pos=_PARKED)
    body.add_geom(
        name=NAME,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[LENGTH / 2, THICKNESS / 2, THICKNESS / 2],
        rgba=[0.95, 0.55, 0.10, 1.0],
    )


def move_worker(data: mujoco.MjData, body: int, visit: Visit | None, time: float) -> None:
    """Put the arm where it is at a time."""
    if visit is None:
        return
    pose, mocap = visit.pose(time), data.model.body_mocapid[body]
    data.mocap_pos[mocap], data.mocap_quat[mocap] = pose[:3, 3], quaternion_of(pose)
