"""mjlab's names for what the contract has: of observations, of commands, and of metadata in an ONNX file.

mjlab's exporter writes numbers with three decimals, its readers take any.
"""

from __future__ import annotations

JOINT_NAMES = "joint_names"
STIFFNESS = "joint_stiffness"
DAMPING = "joint_damping"
DEFAULT_POS = "default_joint_pos"
COMMAND_NAMES = "command_names"
OBSERVATION_NAMES = "observation_names"
ACTION_SCALE = "action_scale"
RUN_PATH = "run_path"

VELOCITY_COMMAND = "twist"
"""mjlab's velocity command: vx, vy and yaw rate."""

OBSERVATIONS = {
    "base_ang_vel": "base_ang_vel",
    "projected_gravity": "projected_gravity",
    "joint_pos": "joint_pos",
    "joint_vel": "joint_vel",
    "last_action": "actions",
    "velocity_command": "command",
}
"""The contract's names of what a runtime works out, and mjlab's."""
