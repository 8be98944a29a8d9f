"""What tasks share in which an arm moves an object: what it sees, how it acts, and what its motion costs.

`of` names the object in a term's parameters: `{"body": NAME}`.
"""

from __future__ import annotations

from ..config import ActionCfg, ObservationTerm, RewardTerm
from ..terms import manipulation, observations, rewards
from .arm_reach import JOINTS, STEP


def object_observations(of: dict[str, str]) -> dict[str, ObservationTerm]:
    """Joints, the target, and where the object is, as a camera's pose estimate would say."""
    return {
        "joint_pos": ObservationTerm(observations.joint_pos),
        "joint_vel": ObservationTerm(observations.joint_vel),
        "last_action": ObservationTerm(observations.last_action),
        "object_position": ObservationTerm(manipulation.object_position, params=of),
        "tool_to_object": ObservationTerm(manipulation.tool_to_object, params=of),
        "target": ObservationTerm(manipulation.target),
        "object_to_target": ObservationTerm(manipulation.object_to_target, params=of),
    }


def velocities(of: dict[str, str]) -> dict[str, ObservationTerm]:
    """Of tool and object: for the critic, as no sensor tells them."""
    return {
        "tool_velocity": ObservationTerm(manipulation.tool_velocity),
        "object_velocity": ObservationTerm(manipulation.object_velocity, params=of),
    }


def gripper_actions() -> ActionCfg:
    """Steps of joint targets from where the joints are; the gripper presses with -1 and opens with +1."""
    return ActionCfg(
        joints=f"{JOINTS}|finger_left", scale={JOINTS: STEP, "finger_left": 0.01}, clip=2.0, relative=True
    )


def motion_costs() -> dict[str, RewardTerm]:
    """What keeps joints slow, off their stops, and actions even."""
    return {
        "joint_speed": RewardTerm(manipulation.joint_speed, -0.01),
        "joint_limits": RewardTerm(rewards.joint_limits, -1.0),
        "action_rate": RewardTerm(rewards.action_rate, -0.005),
    }
