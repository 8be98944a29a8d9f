"""Randomization terms `(env, mask, **params)`: what differs between worlds, drawn once or at every reset.

Factors multiply and offsets add to the value of the compiled model, never to that of an earlier draw. All
draws are uniform. On both executors the values become parameters of each world; those from which MuJoCo
derives constants (masses, inertias, armatures) update these.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import mujoco
import torch

from ..masks import write
from ..model_constant import model_constant

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

Range = tuple[float, float]


def friction(env: GaitwayVectorEnv, mask: torch.Tensor, sliding: Range) -> None:
    """Draw one sliding friction coefficient per world for every geom that can collide."""
    geoms = (env.model.geom_contype | env.model.geom_conaffinity).nonzero()[0].tolist()
    _write(env, "geom_friction", mask, _draw(env, (env.num_envs, 1), sliding), geoms, column=0)


def base_mass(env: GaitwayVectorEnv, mask: torch.Tensor, added: Range) -> None:
    """Add a payload between `added` kg to the base, at its centre of mass; inertia scales with mass."""
    body = _base(env)
    factor = 1.0 + _draw(env, (env.num_envs, 1), added) / float(env.model.body_mass[body])
    for field in ("body_mass", "body_inertia"):
        _scale(env, field, mask, factor, [body])
    env.world.apply_parameters()


def link_mass(env: GaitwayVectorEnv, mask: torch.Tensor, factor: Range) -> None:
    """Scale mass and inertia of every link by its own factor."""
    bodies = list(range(1, env.model.nbody))
    factors = _draw(env, (env.num_envs, len(bodies)), factor)
    for field in ("body_mass", "body_inertia"):
        _scale(env, field, mask, factors, bodies)
    env.world.apply_parameters()


def link_inertia(env: GaitwayVectorEnv, mask: torch.Tensor, factor: Range) -> None:
    """Scale the inertia of every link by its own factor; its mass stays."""
    bodies = list(range(1, env.model.nbody))
    _scale(env, "body_inertia", mask, _draw(env, (env.num_envs, len(bodies)), factor), bodies)
    env.world.apply_parameters()


def base_com(env: GaitwayVectorEnv, mask: torch.Tensor, x: Range, y: Range, z: Range) -> None:
    """Move the centre of mass of the base by an offset in m along each axis of the base frame."""
    body = _base(env)
    offset = torch.cat([_draw(env, (env.num_envs, 1), limits) for limits in (x, y, z)], dim=-1)
    nominal = model_constant(env.model, "body_ipos", env.device)[body]
    _write(env, "body_ipos", mask, (nominal + offset)[:, None], [body])
    env.world.apply_parameters()


def gains(env: GaitwayVectorEnv, mask: torch.Tensor, stiffness: Range, damping: Range) -> None:
    """Scale stiffness and damping of every position drive by factors of its own."""
    actuators = env.state.actuators
    kp, kd = (_draw(env, (env.num_envs, len(actuators)), limits) for limits in (stiffness, damping))
    _scale(env, "actuator_gainprm", mask, kp, actuators, column=0)
    _scale(env, "actuator_biasprm", mask, kp, actuators, column=1)
    _scale(env, "actuator_biasprm", mask, kd, actuators, column=2)


def motor_strength(env: GaitwayVectorEnv, mask: torch.Tensor, factor: Range) -> None:
    """Scale what every drive gives: its gains and its effort limits, by one factor per joint."""
    actuators = env.state.actuators
    factors = _draw(env, (env.num_envs, len(actuators)), factor)
    for field, column in (
        ("actuator_gainprm", 0),
        ("actuator_biasprm", 1),
        ("actuator_biasprm", 2),
        ("actuator_forcerange", 0),
        ("actuator_forcerange", 1),
    ):
        _scale(env, field, mask, factors, actuators, column)


def armature(env: GaitwayVectorEnv, mask: torch.Tensor, factor: Range) -> None:
    """Scale the reflected rotor inertia of every driven joint by its own factor."""
    dofs = [int(env.model.jnt_dofadr[j]) for j in env.model.actuator_trnid[env.state.actuators, 0]]
    _scale(env, "dof_armature", mask, _draw(env, (env.num_envs, len(dofs)), factor), dofs)
    env.world.apply_parameters()


def joint_friction(env: GaitwayVectorEnv, mask: torch.Tensor, factor: Range) -> None:
    """Scale the dry friction of every driven joint by its own factor."""
    dofs = [int(env.model.jnt_dofadr[j]) for j in env.model.actuator_trnid[env.state.actuators, 0]]
    _scale(env, "dof_frictionloss", mask, _draw(env, (env.num_envs, len(dofs)), factor), dofs)


def joint_offset(env: GaitwayVectorEnv, mask: torch.Tensor, offset: Range) -> None:
    """Add an error in rad to the target of every drive: it holds a pose slightly beside the asked one."""
    write(env.actions.offset, mask, _draw(env, (env.num_envs, env.actions.size), offset))


def encoder_bias(env: GaitwayVectorEnv, mask: torch.Tensor, bias: Range) -> None:
    """Let every encoder read too much by a constant in rad.

    The drive controls what its encoder reads, so its true position is off by as much the other way.
    """
    drawn = _draw(env, (env.num_envs, env.actions.size), bias)
    write(env.measurements.joint_pos_bias, mask, drawn)
    write(env.actions.offset, mask, -drawn)


def gravity_tilt(env: GaitwayVectorEnv, mask: torch.Tensor, angle: float) -> None:
    """Tilt gravity by up to `angle` rad in a random direction: a floor that is not quite level."""
    tilt, heading = (_draw(env, (env.num_envs,), (0.0, most)) for most in (angle, 2 * torch.pi))
    down = (-tilt.sin() * heading.cos(), -tilt.sin() * heading.sin(), -tilt.cos())
    strength = math.hypot(*env.model.opt.gravity)
    write(env.world.parameter("opt.gravity"), mask, strength * torch.stack(down, dim=-1))


def _draw(env: GaitwayVectorEnv, shape: tuple[int, ...], limits: Range) -> torch.Tensor:
    low, high = limits
    return low + (high - low) * env.uniform(shape)


def _scale(
    env: GaitwayVectorEnv,
    field: str,
    mask: torch.Tensor,
    factors: torch.Tensor,
    rows: list[int],
    column: int | None = None,
) -> None:
    """Set rows of a model field to the model's value times `factors` (num_envs, rows or 1)."""
    nominal = model_constant(env.model, field, env.device)[_index(tuple(rows), env.device)]
    if column is not None:
        nominal = nominal[:, column]
    factors = factors.reshape(*factors.shape, *[1] * (nominal.ndim - 1))
    _write(env, field, mask, nominal * factors, rows, column)


def _write(
    env: GaitwayVectorEnv,
    field: str,
    mask: torch.Tensor,
    values: torch.Tensor,
    rows: list[int],
    column: int | None = None,
) -> None:
    """Set rows of a model field in the worlds of `mask` to `values` (num_envs, rows or 1, ...)."""
    parameter, index = env.world.parameter(field), _index(tuple(rows), env.device)
    if column is not None:
        parameter = parameter[..., column]
    before = parameter.index_select(1, index)
    write(before, mask, values)
    parameter[:, index] = before


@functools.cache
def _index(rows: tuple[int, ...], device: torch.device) -> torch.Tensor:
    return torch.tensor(rows, device=device)


def _base(env: GaitwayVectorEnv) -> int:
    """Body of the free joint, or the first one with a joint where the robot stands on a fixed base."""
    free = (env.model.jnt_type == mujoco.mjtJoint.mjJNT_FREE).nonzero()[0]
    return int(env.model.jnt_bodyid[free[0] if len(free) else 0])
