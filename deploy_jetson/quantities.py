"""What `observations.py` can work out of a robot's sensors, in the words of the contract."""

from __future__ import annotations

from typing import NamedTuple


class Columns(NamedTuple):
    """An observation's layout, frame and unit."""

    layout: str
    frame: str
    unit: str


QUANTITIES = {
    "base_ang_vel": Columns("x, y, z", "imu", "rad/s"),
    "projected_gravity": Columns("x, y, z", "imu", "1"),
    "joint_pos": Columns("joints", "relative to default_pos", "rad"),
    "joint_vel": Columns("joints", "joint", "rad/s"),
    "last_action": Columns("joints", "clipped network output", "1"),
    "velocity_command": Columns("vx, vy, yaw rate", "heading", "m/s, m/s, rad/s"),
    "gait_phase": Columns("sin, cos", "gait clock", "1"),
}
"""By the names that a contract's observations of source `robot` have."""
