"""The deployment contract of a task: what `policy.json` says of robot, observations and timing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import mujoco

from ..assets import ASSETS
from ..deploy_jetson.contract import (
    FORMAT_VERSION,
    Commands,
    Contract,
    Files,
    GaitClock,
    Joints,
    ObservationTerm,
    Physics,
    Provenance,
    Robot,
    Timing,
    sha256,
)
from ..envs.vector_env import GaitwayVectorEnv

# Term -> layout, frame and unit of the columns, as `deploy_jetson/observations.py` builds them.
_TERMS = {
    "base_ang_vel": ("x, y, z", "imu", "rad/s"),
    "projected_gravity": ("x, y, z", "imu", "1"),
    "joint_pos": ("joints", "relative to default_pos", "rad"),
    "joint_vel": ("joints", "joint", "rad/s"),
    "last_action": ("joints", "clipped network output", "1"),
    "velocity_command": ("vx, vy, yaw rate", "heading", "m/s, m/s, rad/s"),
    "gait_phase": ("sin, cos", "gait clock", "1"),
}


def describe(env: GaitwayVectorEnv, provenance: Provenance) -> Contract:
    """The contract of `env`'s task and robot, with empty file digests.

    Raises:
        ValueError: the actor sees something that the robot side cannot build.
    """
    cfg, gait, commands = env.cfg, env.cfg.commands.gait, env.cfg.commands
    ranges = {name: getattr(commands, name) for name in ("lin_vel_x", "lin_vel_y", "ang_vel_z")}
    return Contract(
        format_version=FORMAT_VERSION,
        task=cfg.task,
        robot=_robot(env),
        quaternion_order="wxyz",
        joints=_joints(env),
        observations=_observations(env),
        observation_size=env.groups["actor"].size,
        action_size=env.actions.size,
        normalizer_folded=True,
        recurrent_state=None,
        timing=Timing(
            policy_dt=env.step_dt,
            physics_dt=cfg.sim.timestep,
            decimation=cfg.sim.decimation,
            observation_latency=0.0,
            action_latency=0.0,
        ),
        physics=Physics(
            engine=f"mujoco {mujoco.__version__}",
            integrator=mujoco.mjtIntegrator(env.model.opt.integrator).name,
            solver=mujoco.mjtSolver(env.model.opt.solver).name,
            iterations=cfg.sim.iterations,
            ls_iterations=cfg.sim.ls_iterations,
        ),
        gait_clock=GaitClock(gait.frequency, gait.frequency_per_speed, gait.standing_threshold),
        commands=Commands(
            names=tuple(ranges),
            low=tuple(float(low) for low, _ in ranges.values()),
            high=tuple(float(high) for _, high in ranges.values()),
            units=("m/s", "m/s", "rad/s"),
        ),
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
        base_height=float(key.qpos[2]),
        base_quat=tuple(key.qpos[3:7].tolist()),
    )


def _joints(env: GaitwayVectorEnv) -> Joints:
    """Per-joint values from the compiled model, which is what training ran on."""
    model, count, actuators = env.model, env.actions.size, env.state.actuators
    ids = model.actuator_trnid[actuators, 0]
    velocity = model.jnt_user[ids, 0].tolist()  # from the stage; MuJoCo itself has no such limit
    return Joints(
        names=tuple(env.state.joint_names),
        default_pos=tuple(model.key(env.cfg.keyframe).qpos[model.jnt_qposadr[ids]].tolist()),
        action_offset=tuple(model.key(env.cfg.keyframe).ctrl[actuators].tolist()),
        action_scale=tuple(env.actions.scale.tolist()),
        action_clip=(env.cfg.actions.clip,) * count,
        kp=tuple(model.actuator_gainprm[actuators, 0].tolist()),
        kd=tuple((-model.actuator_biasprm[actuators, 2]).tolist()),
        effort_limit=tuple(model.actuator_forcerange[actuators, 1].tolist()),
        velocity_limit=tuple(limit or None for limit in velocity),
        lower=tuple(model.jnt_range[ids, 0].tolist()),
        upper=tuple(model.jnt_range[ids, 1].tolist()),
    )


def _observations(env: GaitwayVectorEnv) -> tuple[ObservationTerm, ...]:
    group = env.groups["actor"]
    if unknown := set(group.terms) - set(_TERMS):
        raise ValueError(
            f"{env.cfg.task}: the robot side cannot build the observation '{min(unknown)}'; "
            "add it to deploy_jetson/observations.py and policies/describe.py, or drop it from the actor."
        )
    return tuple(
        ObservationTerm(name, group.sizes[name], term.scale, 1, *_TERMS[name])
        for name, term in group.terms.items()
    )
