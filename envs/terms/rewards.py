"""Reward terms, each (num_envs,): what a velocity-following biped is paid for.

Kernels follow the form exp(-error^2 / sigma^2) of Rudin et al., "Learning to Walk in Minutes Using
Massively Parallel Deep Reinforcement Learning" (2021). The contact schedule and swing profile follow
Siekmann et al., "Sim-to-Real Learning of All Common Bipedal Gaits" (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


def _kernel(squared_error: torch.Tensor, sigma: float) -> torch.Tensor:
    return torch.exp(-squared_error / sigma**2)


# --- Following the command ---


def track_lin_vel(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 when the base moves at the commanded vx, vy in the heading frame; `sigma` in m/s."""
    error = env.command.value[:, :2] - env.state.root_lin_vel_h[:, :2]
    return _kernel(error.square().sum(-1), sigma)


def track_yaw_rate(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 when the base turns at the commanded rate; `sigma` in rad/s."""
    return _kernel((env.command.value[:, 2] - env.state.yaw_rate).square(), sigma)


# --- Posture ---


def upright(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 when the base is level; `sigma` is the sine of the tilt."""
    return _kernel(env.state.projected_gravity[:, :2].square().sum(-1), sigma)


def base_height_error(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared deviation of the base's height above the ground from the default pose, m^2."""
    return (env.state.root_height - env.state.default_height).square()


def joint_deviation(env: GaitwayVectorEnv, pattern: str) -> torch.Tensor:
    """Squared deviation from the default pose of the joints in whose name `pattern` is found, rad^2."""
    return _deviation(env, pattern).square().sum(-1)


def pose_when_standing(env: GaitwayVectorEnv, pattern: str = "") -> torch.Tensor:
    """Sum of absolute deviations from the default pose while asked to stand, rad.

    Of the joints in whose name `pattern` is found.
    """
    return _deviation(env, pattern).abs().sum(-1) * ~env.command.moving


def _deviation(env: GaitwayVectorEnv, pattern: str) -> torch.Tensor:
    state, columns = env.state, env.state.columns(pattern)
    return state.joint_pos.index_select(1, columns) - state.default_joint_pos[columns]


def joint_limits(env: GaitwayVectorEnv, soft: float = 0.95) -> torch.Tensor:
    """How far joints are past the `soft` share of their range, rad."""
    low, high = env.state.joint_range.unbind(-1)
    middle, half = (low + high) / 2, (high - low) / 2 * soft
    return ((env.state.joint_pos - middle).abs() - half).clamp(min=0.0).sum(-1)


# --- Steps ---


def _feet_swing(env: GaitwayVectorEnv) -> torch.Tensor:
    """Progress of each foot's swing by the clock, which must have as many feet as the robot."""
    feet, offsets = env.state.feet, env.command.cfg.gait.offsets
    if len(feet) != len(offsets):
        raise ValueError(
            f"The robot has {len(feet)} feet ({', '.join(feet) or 'none'}), but commands.gait.offsets are of "
            f"{len(offsets)}; give one per foot, or take Gaitway/VelocityFlat-v0."
        )
    return env.command.feet_swing()


def contact_schedule(env: GaitwayVectorEnv) -> torch.Tensor:
    """Share of feet that touch the floor when the clock says stance and not when it says swing."""
    should_stand = _feet_swing(env) >= 1.0
    return (env.state.feet_contact == should_stand).float().mean(-1)


def short_swing(env: GaitwayVectorEnv, least: float) -> torch.Tensor:
    """How much shorter than `least` s a swing was, as a share, at the step it ends; a rate, summed over feet.

    A foot that chatters at lift-off or landing pays almost the whole of it.
    """
    steps = env.steps
    missing = (1.0 - steps.last_swing / least).clamp(min=0.0)
    return (missing * steps.touchdown).sum(-1) / env.step_dt


def swing_height(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 per swinging foot whose sole follows the half-sine of the swing; `sigma` in m."""
    progress = _feet_swing(env)
    swinging = progress < 1.0
    target = env.command.swing_height[:, None] * torch.sin(torch.pi * progress)
    value = _kernel((env.state.feet_height - target).square(), sigma)
    return (value * swinging).sum(-1)


def swing_reference(env: GaitwayVectorEnv, bend: float, sigma: float) -> torch.Tensor:
    """Mean over feet of 1 when the leg folds by the clock: hip and ankle by `bend` rad, the knee by twice.

    A leg that should stand is paid for its default pose. The half-sine of the swing is the reference of Gu et
    al., "Humanoid-Gym" (2024): a hint out of standing still, which is comfortable and leads nowhere.
    """
    names, state = env.state.joint_names, env.state
    fold = bend * torch.sin(torch.pi * _feet_swing(env).clamp(max=1.0))
    value = torch.zeros(env.num_envs, device=env.device)
    for i, foot in enumerate(state.feet):
        leg = foot.removesuffix("sole")
        error = torch.zeros_like(value)
        for joint, share in (("hip_pitch", -1.0), ("knee", 2.0), ("ankle_pitch", -1.0)):
            column = names.index(leg + joint)
            offset = state.joint_pos[:, column] - state.default_joint_pos[column]
            error += (offset - share * fold[:, i]).square()
        value += _kernel(error, sigma)
    return value / len(state.feet)


def feet_tilt(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared sine of the tilt of each sole from level, summed over feet."""
    return env.state.feet_up[..., :2].square().sum((-1, -2))


def feet_slip(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared horizontal speed of the feet that touch the floor, m^2/s^2."""
    return (env.state.feet_vel[..., :2].square().sum(-1) * env.state.feet_contact).sum(-1)


# --- Smoothness ---


def vertical_velocity(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared vertical speed of the base, m^2/s^2."""
    return env.state.root_lin_vel_w[:, 2].square()


def roll_pitch_rate(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared roll and pitch rates of the base, rad^2/s^2."""
    return env.state.root_ang_vel_b[:, :2].square().sum(-1)


def action_rate(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared first difference of the actions."""
    return (env.actions.last - env.actions.previous).square().sum(-1)


def action_acceleration(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared second difference of the actions."""
    actions = env.actions
    return (actions.last - 2 * actions.previous + actions.before_previous).square().sum(-1)


def joint_torque(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared joint torques, N^2 m^2."""
    return env.state.joint_torque.square().sum(-1)


# --- Performing ---


def track_head(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 when the joints of neck and head are where the command wants them; `sigma` in rad."""
    seen = env.state.joint_pos.index_select(1, env.command.head_index)
    return _kernel((env.command.head - seen).square().sum(-1), sigma)


# --- Getting up ---


def uprightness(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 when the base is upright, 0 when it is upside down, and smooth between."""
    return 0.5 * (1.0 - env.state.projected_gravity[:, 2])


def raised(env: GaitwayVectorEnv) -> torch.Tensor:
    """Height of the base as a share of its standing height, at most 1, while it is more up than down."""
    share = (env.state.root_height / env.state.default_height).clamp(0.0, 1.0)
    return share * uprightness(env).square()


def standing_still(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 in the default pose, upright and at rest; `sigma` in rad is the mean deviation per joint."""
    deviation = (env.state.joint_pos - env.state.default_joint_pos).square().mean(-1)
    return _kernel(deviation, sigma) * raised(env).pow(4)


def joint_speed(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared joint velocities, rad^2/s^2."""
    return env.state.joint_vel.square().sum(-1)


# --- Ends ---


def failure(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 at the step an episode ends in a failure, as a rate (so that its weight is paid once)."""
    return env.terminated.float() / env.step_dt
