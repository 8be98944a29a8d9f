"""The deployment contract of a task: what `policy.json` says of robot, observations and timing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import mujoco
import numpy as np
import torch

from ..assets import ASSETS
from ..deploy_jetson.contract import (
    FORMAT_VERSION,
    Commands,
    Contract,
    Files,
    GaitClock,
    Joints,
    Physics,
    Provenance,
    Robot,
    Timing,
    sha256,
)
from ..envs.commands.velocity import VelocityCommandCfg
from ..envs.managers.action import rates_of
from ..envs.terms import events, observations
from ..envs.vector_env import GaitwayVectorEnv
from .describe_terms import describe_term, frequency_source, sees


def describe(env: GaitwayVectorEnv, provenance: Provenance) -> Contract:
    """The contract of `env`'s task and robot, with empty file digests.

    Raises:
        ValueError: a joint is driven neither to a position nor to a velocity.
    """
    cfg = env.cfg
    return Contract(
        format_version=FORMAT_VERSION,
        task=cfg.task,
        robot=_robot(env),
        quaternion_order="wxyz",
        joints=_joints(env),
        observations=tuple(describe_term(env, name) for name in env.groups["actor"].terms),
        observation_size=env.groups["actor"].size,
        action_size=env.actions.size,
        normalizer_folded=True,
        recurrent_state=None,
        timing=Timing(
            policy_dt=env.step_dt,
            physics_dt=cfg.sim.timestep,
            decimation=cfg.sim.decimation,
            observation_latency=tuple(float(s) for s in cfg.noise.latency_s),
            action_latency=tuple(float(s) for s in cfg.actions.latency_s),
        ),
        physics=Physics(
            engine=f"mujoco {mujoco.__version__}",
            integrator=mujoco.mjtIntegrator(env.model.opt.integrator).name,
            solver=mujoco.mjtSolver(env.model.opt.solver).name,
            iterations=cfg.sim.iterations,
            ls_iterations=cfg.sim.ls_iterations,
        ),
        gait_clock=_clock(env),
        commands=_commands(env),
        provenance=provenance,
        files=Files("", ""),
    )


def with_files(contract: Contract, network: bytes, golden: bytes) -> Contract:
    """The contract with the digests of the bundle's other files."""
    return dataclasses.replace(contract, files=Files(sha256(network), sha256(golden)))


def _robot(env: GaitwayVectorEnv) -> Robot:
    path = env.cfg.robot
    file = path.relative_to(ASSETS) if path.is_relative_to(ASSETS) else Path(path.name)
    key = env.model.key(env.cfg.keyframe)
    return Robot(
        name=path.stem,
        file=file.as_posix(),
        sha256=sha256(path.read_bytes()),
        base_height=float(key.qpos[2]) if env.state.has_base else None,
        base_quat=tuple(key.qpos[3:7].tolist()) if env.state.has_base else None,
        imu=env.state.has_sensor("imu_gyro") and env.state.has_sensor("imu_quat"),
        falls=any(event.func is events.reset_fallen for event in env.cfg.events.values()),
    )


def _joints(env: GaitwayVectorEnv) -> Joints:
    """Per-joint values from the compiled model, which is what training ran on."""
    model, count, actuators = env.model, env.actions.size, env.state.actuators
    ids = model.actuator_trnid[actuators, 0]
    # From the stage, 0 for none; MuJoCo itself has no such limit.
    velocity = model.jnt_user[ids, 0].tolist() if model.nuser_jnt else [0.0] * count
    # A drive's force is kp * (target - position) - kd * velocity: MuJoCo's affine bias holds both, negated.
    kp, kd = (0.0 - model.actuator_biasprm[actuators, column] for column in (1, 2))
    for name, stiffness, damping in zip(env.state.joint_names, kp, kd, strict=True):
        if not (stiffness > 0 or damping > 0):
            raise ValueError(
                f"{env.cfg.robot}: the drive of joint '{name}' has neither stiffness nor damping; a bundle "
                "asks for positions or velocities, so give it one."
            )
    efforts = zip(
        model.actuator_forcelimited[actuators], model.actuator_forcerange[actuators, 1], strict=True
    )
    return Joints(
        names=tuple(env.state.joint_names),
        drive=tuple("position" if stiffness > 0 else "velocity" for stiffness in kp),
        relative=env.cfg.actions.relative,
        default_pos=tuple(model.key(env.cfg.keyframe).qpos[model.jnt_qposadr[ids]].tolist()),
        action_offset=tuple(model.key(env.cfg.keyframe).ctrl[actuators].tolist()),
        action_scale=tuple(env.actions.scale.tolist()),
        action_clip=(float(env.cfg.actions.clip),) * count,
        target_lower=(None,) * count,
        target_upper=(None,) * count,
        rate_limit=tuple(rates_of(env.state.joint_names, env.cfg.actions)),
        kp=tuple(kp.tolist()),
        kd=tuple(kd.tolist()),
        effort_limit=tuple(float(limit) if limited else None for limited, limit in efforts),
        velocity_limit=tuple(limit or None for limit in velocity),
        lower=_finite(env.state.joint_range[:, 0], model.jnt_range[ids, 0]),
        upper=_finite(env.state.joint_range[:, 1], model.jnt_range[ids, 1]),
    )


def _finite(limits: torch.Tensor, exact: np.ndarray) -> tuple[float | None, ...]:
    """`exact` where a joint has a limit."""
    return tuple(
        value if has_limit else None
        for has_limit, value in zip(limits.isfinite().tolist(), exact.tolist(), strict=True)
    )


def _clock(env: GaitwayVectorEnv) -> GaitClock | None:
    if not sees(env, observations.gait_phase):
        return None
    gait = env.cfg.commands.gait  # type: ignore[attr-defined]  # what has a phase has a gait
    return GaitClock(gait.frequency, gait.frequency_per_speed, frequency_source(env))


def _commands(env: GaitwayVectorEnv) -> Commands | None:
    """What velocity the actor is asked for; a clock alone still rests and runs by it."""
    cfg = env.cfg.commands
    if not isinstance(cfg, VelocityCommandCfg):
        return None
    if not (sees(env, observations.velocity_command) or sees(env, observations.gait_phase)):
        return None
    ranges = {name: getattr(cfg, name) for name in ("lin_vel_x", "lin_vel_y", "ang_vel_z")}
    return Commands(
        names=tuple(ranges),
        low=tuple(float(low) for low, _ in ranges.values()),
        high=tuple(float(high) for _, high in ranges.values()),
        units=("m/s", "m/s", "rad/s"),
        standing_threshold=cfg.gait.standing_threshold,
    )
