"""Randomization terms `(env, ids, **params)`: what differs between worlds, drawn once or at every reset.

Factors multiply and offsets add to the value of the compiled model, never to that of an earlier draw. All
draws are uniform. On both executors the values become parameters of each world; those from which MuJoCo
derives constants (masses, inertias, armatures) update these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import torch

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

Range = tuple[float, float]


def friction(env: GaitwayVectorEnv, ids: torch.Tensor, sliding: Range) -> None:
    """Draw one sliding friction coefficient per world for every geom that can collide."""
    geoms = torch.as_tensor((env.model.geom_contype | env.model.geom_conaffinity).nonzero()[0])
    values = env.world.parameter("geom_friction")
    values[ids[:, None], geoms[None, :], 0] = _draw(env, (len(ids), 1), sliding).to(values)


def base_mass(env: GaitwayVectorEnv, ids: torch.Tensor, added: Range) -> None:
    """Add a payload between `added` kg to the base, at its centre of mass; inertia scales with mass."""
    body = _base(env)
    factor = 1.0 + _draw(env, (len(ids), 1), added) / float(env.model.body_mass[body])
    for field in ("body_mass", "body_inertia"):
        _scale(env, field, ids, factor, [body])
    env.world.apply_parameters()


def link_mass(env: GaitwayVectorEnv, ids: torch.Tensor, factor: Range) -> None:
    """Scale mass and inertia of every link by its own factor."""
    bodies = list(range(1, env.model.nbody))
    factors = _draw(env, (len(ids), len(bodies)), factor)
    for field in ("body_mass", "body_inertia"):
        _scale(env, field, ids, factors, bodies)
    env.world.apply_parameters()


def link_inertia(env: GaitwayVectorEnv, ids: torch.Tensor, factor: Range) -> None:
    """Scale the inertia of every link by its own factor; its mass stays."""
    bodies = list(range(1, env.model.nbody))
    _scale(env, "body_inertia", ids, _draw(env, (len(ids), len(bodies)), factor), bodies)
    env.world.apply_parameters()


def base_com(env: GaitwayVectorEnv, ids: torch.Tensor, x: Range, y: Range, z: Range) -> None:
    """Move the centre of mass of the base by an offset in m along each axis of the base frame."""
    body, values = _base(env), env.world.parameter("body_ipos")
    offset = torch.cat([_draw(env, (len(ids), 1), limits) for limits in (x, y, z)], dim=-1)
    values[ids, body] = torch.as_tensor(env.model.body_ipos[body]).to(values) + offset.to(values)
    env.world.apply_parameters()


def gains(env: GaitwayVectorEnv, ids: torch.Tensor, stiffness: Range, damping: Range) -> None:
    """Scale stiffness and damping of every position drive by factors of its own."""
    actuators = env.state.actuators
    kp, kd = (_draw(env, (len(ids), len(actuators)), limits) for limits in (stiffness, damping))
    _scale(env, "actuator_gainprm", ids, kp, actuators, column=0)
    _scale(env, "actuator_biasprm", ids, kp, actuators, column=1)
    _scale(env, "actuator_biasprm", ids, kd, actuators, column=2)


def motor_strength(env: GaitwayVectorEnv, ids: torch.Tensor, factor: Range) -> None:
    """Scale what every drive gives: its gains and its effort limits, by one factor per joint."""
    actuators = env.state.actuators
    factors = _draw(env, (len(ids), len(actuators)), factor)
    for field, column in (
        ("actuator_gainprm", 0),
        ("actuator_biasprm", 1),
        ("actuator_biasprm", 2),
        ("actuator_forcerange", 0),
        ("actuator_forcerange", 1),
    ):
        _scale(env, field, ids, factors, actuators, column)


def armature(env: GaitwayVectorEnv, ids: torch.Tensor, factor: Range) -> None:
    """Scale the reflected rotor inertia of every driven joint by its own factor."""
    dofs = [int(env.model.jnt_dofadr[j]) for j in env.model.actuator_trnid[env.state.actuators, 0]]
    _scale(env, "dof_armature", ids, _draw(env, (len(ids), len(dofs)), factor), dofs)
    env.world.apply_parameters()


def joint_friction(env: GaitwayVectorEnv, ids: torch.Tensor, factor: Range) -> None:
    """Scale the dry friction of every driven joint by its own factor."""
    dofs = [int(env.model.jnt_dofadr[j]) for j in env.model.actuator_trnid[env.state.actuators, 0]]
    _scale(env, "dof_frictionloss", ids, _draw(env, (len(ids), len(dofs)), factor), dofs)


def joint_offset(env: GaitwayVectorEnv, ids: torch.Tensor, offset: Range) -> None:
    """Add an error in rad to the target of every drive: it holds a pose slightly beside the asked one."""
    env.actions.offset[ids] = _draw(env, (len(ids), env.actions.size), offset)


def encoder_bias(env: GaitwayVectorEnv, ids: torch.Tensor, bias: Range) -> None:
    """Let every encoder read too much by a constant in rad.

    The drive controls what its encoder reads, so its true position is off by as much the other way.
    """
    drawn = _draw(env, (len(ids), env.actions.size), bias)
    env.measurements.joint_pos_bias[ids] = drawn
    env.actions.offset[ids] = -drawn


def gravity_tilt(env: GaitwayVectorEnv, ids: torch.Tensor, angle: float) -> None:
    """Tilt gravity by up to `angle` rad in a random direction: a floor that is not quite level."""
    values = env.world.parameter("opt.gravity")
    tilt, heading = _draw(env, (len(ids),), (0.0, angle)), _draw(env, (len(ids),), (0.0, 2 * torch.pi))
    down = (-tilt.sin() * heading.cos(), -tilt.sin() * heading.sin(), -tilt.cos())
    strength = float(torch.as_tensor(env.model.opt.gravity).norm())
    values[ids] = (strength * torch.stack(down, dim=-1)).to(values)


def _draw(env: GaitwayVectorEnv, shape: tuple[int, ...], limits: Range) -> torch.Tensor:
    low, high = limits
    return low + (high - low) * env.uniform(shape)


def _scale(
    env: GaitwayVectorEnv,
    field: str,
    ids: torch.Tensor,
    factors: torch.Tensor,
    rows: list[int],
    column: int | None = None,
) -> None:
    """Set rows of a model field in worlds `ids` to the model's value times `factors` (ids, rows or 1)."""
    values = env.world.parameter(field)
    nominal = torch.as_tensor(getattr(env.model, field)[rows]).to(values)
    factors, index = factors.to(values), (ids[:, None], torch.tensor(rows, device=ids.device)[None, :])
    if column is not None:
        values[(*index, column)] = nominal[:, column] * factors
    else:
        values[index] = nominal * factors.reshape(*factors.shape, *[1] * (nominal.ndim - 1))


def _base(env: GaitwayVectorEnv) -> int:
    """Body of the free joint, or the first one with a joint where the robot stands on a fixed base."""
    free = (env.model.jnt_type == mujoco.mjtJoint.mjJNT_FREE).nonzero()[0]
    return int(env.model.jnt_bodyid[free[0] if len(free) else 0])
