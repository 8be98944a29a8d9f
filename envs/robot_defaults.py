"""What a walking task needs and a robot may not say itself: base, feet, stance, gains and sensors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import mujoco
import numpy as np

from .contact_points import lowest_points
from .feet import Foot, find_feet
from .stage.messages import collected_messages
from .stage.sensors import sense

ACTION_SHARE = 0.25
"""Part of its effort limit that an actuator gives for an action of 1."""
_FREQUENCY = 2 * math.pi * 10.0  # rad/s, and
_DAMPING_RATIO = 2.0  # the closed joint of BeyondMimic (Liao et al., 2025) and mjlab
_STIFF_SHARE, _LEAST_STEP = 0.5, 0.25
"""A servo so stiff that an action of 1 moves its joint less than 0.25 rad may give this part of its limit."""
_SCALE = 0.5  # rad, where an actuator has no effort limit


class RobotError(ValueError):
    """A robot lacks something that cannot be derived; the sentence says what and what to do."""


@dataclass
class RobotDefaults:
    """What `complete_robot` found or made up.

    Attributes:
        base: the floating body.
        imu: site of the inertial measurement unit.
        feet: name of each foot's site, `*_sole`, -> the joints of its leg, from the base outwards.
        keyframe: name of the stance.
        action_scale: joint -> rad or m that an action of 1 asks for.
        derived: one line for each thing that the robot did not say itself.
    """

    base: str
    imu: str = "imu"
    feet: dict[str, list[str]] = field(default_factory=dict)
    keyframe: str = "stand"
    action_scale: dict[str, float] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)


def complete_robot(spec: mujoco.MjSpec, name: str) -> RobotDefaults:
    """Add to `spec`, before it is compiled, what a walking task needs and the robot does not say.

    That is a site `imu` at the base, sites `*_sole` under the feet, their sensors as `stage/sensors.py` names
    them, position control of every joint (stiffness armature * (2 pi 10 Hz)^2, damping ratio 2; from the
    effort limit where there is no armature), and a keyframe `stand`. What is there stays.

    Args:
        spec: the robot, alone or in a scene.
        name: what error messages call it: its file.

    Raises:
        RobotError: it has no floating base or no feet.
    """
    _name_the_nameless(spec)
    if any(not np.size(key.qpos) for key in spec.keys):
        with collected_messages():  # the stage's own compile reports them
            spec.compile()  # only this fills in the keyframes of robots put into a scene
    model = spec.copy().compile()
    base = _base(model, name)
    found = RobotDefaults(model.body(base).name)
    changed = _control_positions(spec, model, base, found)
    _place_imu(spec, found)
    stance = _stance(spec, model, base, found)
    for key in spec.keys if changed else ():
        key.ctrl = [_held(actuator, model, _qpos(key, model)) for actuator in spec.actuators]
        key.act = []
    data = mujoco.MjData(model)
    data.qpos[:] = stance
    mujoco.mj_kinematics(model, data)
    feet = find_feet(model, data, base)
    if not feet:
        raise RobotError(
            f"{name}: no feet found: no body at the end of two or more joints reaches the ground in the "
            "keyframe 'stand', and wheels are no feet; put Xforms named '*_sole' on its feet."
        )
    for foot in feet:
        _place_sole(spec, foot, found)
    found.feet = {foot.site: foot.joints for foot in feet}
    return found


def _name_the_nameless(spec: mujoco.MjSpec) -> None:
    for kind in (spec.bodies, spec.joints, spec.keys):
        for number, element in enumerate(kind):
            element.name = element.name or f"{type(element).__name__.removeprefix('Mjs').lower()}_{number}"


def _base(model: mujoco.MjModel, name: str) -> int:
    """Body of the free joint under which most joints are."""
    free = [
        int(model.jnt_bodyid[joint])
        for joint in range(model.njnt)
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE
    ]
    joints = [int(np.sum(model.body_rootid[model.jnt_bodyid] == model.body_rootid[body])) for body in free]
    if not free or max(joints) < 2:
        raise RobotError(
            f"{name}: no body with joints floats freely; a walking robot's base hangs on no joint "
            "(in MJCF: give it a <freejoint/>)."
        )
    return free[int(np.argmax(joints))]


def _control_positions(spec: mujoco.MjSpec, model: mujoco.MjModel, base: int, found: RobotDefaults) -> bool:
    """Let every actuator hold a joint position, and give every robot without actuators one per joint.

    Returns whether an actuator is new or does something else than before.
    """
    own = _joints_of(model, base)
    if not [actuator for actuator in spec.actuators if actuator.target in own]:
        for joint in own:
            spec.add_actuator(name=joint, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        found.derived.append(f"an actuator for each of {len(own)} joints")
    motors = guessed = 0
    for actuator in spec.actuators:
        if actuator.target not in own:
            continue
        joint = spec.joint(actuator.target)
        effort = _effort(actuator, model, joint.name)
        is_servo = actuator.biastype == mujoco.mjtBias.mjBIAS_AFFINE and actuator.biasprm[1] < 0
        if not is_servo:
            if not 0 < effort < math.inf:
                effort, guessed = _carrying_effort(model, base), guessed + 1
            _make_servo(actuator, effort, float(model.dof_armature[_dof(model, joint.name)]))
            motors += 1
        stiffness = -float(actuator.biasprm[1])
        if effort < math.inf:
            actuator.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE
            actuator.forcerange = (-effort, effort)
        found.action_scale[joint.name] = _action_step(effort, stiffness)
    if motors:
        found.derived.append(f"position control of {motors} joints: gains from armature and effort limit")
    if guessed:
        found.derived.append(
            f"an effort limit of {_carrying_effort(model, base):.3g} N m for {guessed} joints without one: "
            "half the weight at the height of the base; give joints an actuatorfrcrange (USD: drive maxForce)"
        )
    return motors > 0


def _joints_of(model: mujoco.MjModel, base: int) -> list[str]:
    """Names of the hinges and slides of the robot on `base`."""
    scalar = (int(mujoco.mjtJoint.mjJNT_HINGE), int(mujoco.mjtJoint.mjJNT_SLIDE))
    return [
        model.joint(joint).name
        for joint in range(model.njnt)
        if model.jnt_type[joint] in scalar
        and model.body_rootid[model.jnt_bodyid[joint]] == model.body_rootid[base]
    ]


def _action_step(effort: float, stiffness: float) -> float:
    """How far (rad or m) an action of 1 moves a servo's target."""
    if effort == math.inf:
        return _SCALE
    return max(ACTION_SHARE * effort / stiffness, min(_STIFF_SHARE * effort / stiffness, _LEAST_STEP))


def _dof(model: mujoco.MjModel, joint: str) -> int:
    return int(model.jnt_dofadr[model.joint(joint).id])


def _effort(actuator: mujoco.MjsActuator, model: mujoco.MjModel, joint: str) -> float:
    """Largest force (N) or torque (N m) that reaches the joint, infinite if nothing limits it."""
    limits = [math.inf]
    row = model.joint(joint).id
    if model.jnt_actfrclimited[row]:
        limits.append(float(np.abs(model.jnt_actfrcrange[row]).max()))
    gear = abs(float(actuator.gear[0]))
    force, control = np.abs(actuator.forcerange).max(), np.abs(actuator.ctrlrange).max()
    if force > 0:
        limits.append(float(force) * gear)
    is_motor = actuator.biastype == mujoco.mjtBias.mjBIAS_NONE
    if is_motor and control > 0:
        limits.append(float(control) * gear * abs(float(actuator.gainprm[0])))
    return min(limits)


def _carrying_effort(model: mujoco.MjModel, base: int) -> float:
    """Torque in N m of half the robot's weight on a lever as long as its base is high.

    Unitree's G1 (139 N m at the knee) gets 130 by this rule, its Go1 (35.6 N m) 28.
    """
    weight = float(model.body_subtreemass[base] * np.linalg.norm(model.opt.gravity))
    height = _on_the_ground(model, base, np.array(model.qpos0))[_height(model, base)]
    return weight * float(height) / 2


def _make_servo(actuator: mujoco.MjsActuator, effort: float, armature: float) -> None:
    """Turn an actuator into a position servo: torque = kp (target - position) - kd velocity."""
    kp = ACTION_SHARE * effort / _LEAST_STEP
    if armature > 0:
        kp = min(armature * _FREQUENCY**2, kp)
    kd = 2 * _DAMPING_RATIO * (math.sqrt(kp * armature) if armature > 0 else kp / _FREQUENCY)
    actuator.gaintype, actuator.biastype = mujoco.mjtGain.mjGAIN_FIXED, mujoco.mjtBias.mjBIAS_AFFINE
    actuator.dyntype = mujoco.mjtDyn.mjDYN_NONE
    actuator.gainprm[0], actuator.biasprm[:3] = kp, (0.0, -kp, -kd)
    actuator.gear[:] = (1, 0, 0, 0, 0, 0)
    actuator.ctrllimited = mujoco.mjtLimited.mjLIMITED_FALSE
    actuator.ctrlrange = (0.0, 0.0)


def _place_imu(spec: mujoco.MjSpec, found: RobotDefaults) -> None:
    base = spec.body(found.base)
    if spec.site("imu") is None:
        other = next((site for site in base.sites if "imu" in site.name.lower()), None)
        pose = {"pos": other.pos, "quat": other.quat} if other else {}
        base.add_site(name="imu", group=4, **pose)
        found.derived.append(f"an IMU at {f'the site {other.name}' if other else 'the origin of the base'}")
    if not any(sensor.name == "imu_gyro" for sensor in spec.sensors):
        sense(spec, "imu", found.base)


def _place_sole(spec: mujoco.MjSpec, foot: Foot, found: RobotDefaults) -> None:
    if spec.site(foot.site) is None:
        spec.body(foot.body).add_site(name=foot.site, pos=foot.position, quat=foot.quaternion, group=4)
        found.derived.append(f"the foot {foot.site} on {foot.body}")
    if not any(sensor.name == f"{foot.site}_pos" for sensor in spec.sensors):
        sense(spec, foot.site, foot.body)


def _stance(spec: mujoco.MjSpec, model: mujoco.MjModel, base: int, found: RobotDefaults) -> np.ndarray:
    """The pose `stand` (nq,): its own keyframe, else another one, else the zero pose set on the ground."""
    if not any(key.name == "stand" for key in spec.keys):
        first = next(iter(spec.keys), None)
        qpos = _qpos(first, model) if first else _zero_pose(model, base)
        source = f"the keyframe {first.name}" if first else "the zero pose, set on the ground"
        spec.add_key(name="stand", qpos=qpos)
        found.derived.append(f"the keyframe stand from {source}")
    key = next(key for key in spec.keys if key.name == "stand")
    qpos = _qpos(key, model)
    if not np.size(key.ctrl):
        key.ctrl = [_held(actuator, model, qpos) for actuator in spec.actuators]
    return qpos


def _qpos(key: mujoco.MjsKey, model: mujoco.MjModel) -> np.ndarray:
    return np.array(key.qpos) if np.size(key.qpos) else np.array(model.qpos0)


def _held(actuator: mujoco.MjsActuator, model: mujoco.MjModel, qpos: np.ndarray) -> float:
    """Control that holds a pose: the joint's position for a servo, else nothing."""
    is_servo = actuator.biastype == mujoco.mjtBias.mjBIAS_AFFINE and actuator.biasprm[1] < 0
    if actuator.trntype != mujoco.mjtTrn.mjTRN_JOINT or not is_servo:
        return 0.0
    return float(qpos[model.jnt_qposadr[model.joint(actuator.target).id]])


def _zero_pose(model: mujoco.MjModel, base: int) -> np.ndarray:
    """Every joint at zero or the nearest that its limits allow, on the ground."""
    qpos = np.array(model.qpos0)
    for joint in map(model.joint, _joints_of(model, base)):
        if model.jnt_limited[joint.id]:
            address = model.jnt_qposadr[joint.id]
            qpos[address] = np.clip(qpos[address], *model.jnt_range[joint.id])
    return _on_the_ground(model, base, qpos)


def _on_the_ground(model: mujoco.MjModel, base: int, qpos: np.ndarray) -> np.ndarray:
    """`qpos` with the robot's lowest shape at a height of zero."""
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    colliding = (model.geom_contype != 0) | (model.geom_conaffinity != 0)
    own = model.body_rootid[model.geom_bodyid] == model.body_rootid[base]
    points = lowest_points(model, data, np.flatnonzero(own & colliding).tolist())
    if len(points):
        data.qpos[_height(model, base)] -= points[:, 2].min()
    return np.array(data.qpos)


def _height(model: mujoco.MjModel, base: int) -> int:
    """Where in `qpos` the base's height is."""
    return int(model.jnt_qposadr[model.body_jntadr[base]]) + 2
