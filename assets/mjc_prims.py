"""What MuJoCo's MJCF reader leaves out of a stage, written from the compiled model; standard schemas first.

Ball joints become `PhysicsSphericalJoint`, excluded contacts `PhysicsFilteredPairsAPI`, tendons `MjcTendon`,
joint equalities `MjcEqualityJointAPI`. What is left then, no schema has a word for.
"""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np
from pxr import Gf, Tf, Usd, UsdGeom, UsdPhysics

# Field of MjModel -> attribute of MjcTendon.
_TENDON_ATTRIBUTES = {
    "stiffness": "stiffness",
    "damping": "damping",
    "armature": "armature",
    "frictionloss": "frictionloss",
    "limited": "limited",
    "range": "range",
    "margin": "margin",
    "lengthspring": "springlength",
    "actfrclimited": "actuatorfrclimited",
    "actfrcrange": "actuatorfrcrange",
    "solref_lim": "solreflimit",
    "solimp_lim": "solimplimit",
    "solref_fri": "solreffriction",
    "solimp_fri": "solimpfriction",
}
# Field of MjModel -> attribute of MjcActuator.
_ACTUATOR_ATTRIBUTES = {
    "gear": "gear",
    "gainprm": "gainPrm",
    "biasprm": "biasPrm",
    "dynprm": "dynPrm",
    "ctrllimited": "ctrlLimited",
    "ctrlrange": "ctrlRange",
    "forcelimited": "forceLimited",
    "forcerange": "forceRange",
    "actlimited": "actLimited",
    "actrange": "actRange",
}
_ACTUATOR_KINDS = {
    "gaintype": ("gainType", mujoco.mjtGain, "mjGAIN_"),
    "biastype": ("biasType", mujoco.mjtBias, "mjBIAS_"),
    "dyntype": ("dynType", mujoco.mjtDyn, "mjDYN_"),
}
_WRAPS = {
    int(mujoco.mjtWrap.mjWRAP_JOINT): "joint",
    int(mujoco.mjtWrap.mjWRAP_SITE): "site",
    int(mujoco.mjtWrap.mjWRAP_SPHERE): "geom",
    int(mujoco.mjtWrap.mjWRAP_CYLINDER): "geom",
}
_EQUALITY_API = "MjcEqualityJointAPI"


def write_what_the_reader_lacks(stage: Usd.Stage, spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Add to a stage that MuJoCo's MJCF reader wrote what it left out of `spec`, compiled as `model`."""
    prims = list(stage.Traverse())
    bodies = _by_name(prim for prim in prims if prim.HasAPI(UsdPhysics.RigidBodyAPI))
    geoms = _by_name(prim for prim in prims if prim.IsA(UsdGeom.Gprim) and not prim.HasAPI("MjcSiteAPI"))
    sites = _by_name(prim for prim in prims if prim.HasAPI("MjcSiteAPI"))
    _write_options(prims, model)
    _root_the_articulation(stage, prims)
    _write_ball_joints(bodies, model)
    _write_exclusions(bodies, model)
    joints = _by_name(prim for prim in stage.Traverse() if prim.IsA(UsdPhysics.Joint))
    _write_joint_equalities(joints, model)
    for number in range(model.ntendon):
        _write_tendon(stage, model, number, {"joint": joints, "site": sites, "geom": geoms})
    tendons = _by_name(prim for prim in stage.Traverse() if prim.GetTypeName() == "MjcTendon")
    for row in range(model.nactuator):
        _write_actuator(stage, model, row, tendons, sites)
    for key in spec.keys:
        _write_keyframe(stage, key)


def _by_name(prims: Iterable[Usd.Prim]) -> dict[str, Usd.Prim]:
    return {prim.GetName(): prim for prim in prims}


def _name(model: mujoco.MjModel, kind: str, row: int) -> str:
    return Tf.MakeValidIdentifier(getattr(model, kind)(int(row)).name)


def _write_options(prims: list[Usd.Prim], model: mujoco.MjModel) -> None:
    """Write the integrator, and the time step itself where it is no whole number of steps a second."""
    integrator = mujoco.mjtIntegrator(int(model.opt.integrator)).name.removeprefix("mjINT_").lower()
    step = model.opt.timestep
    for prim in prims:
        if not prim.IsA(UsdPhysics.Scene):
            continue
        prim.GetAttribute("mjc:option:integrator").Set(integrator)
        if abs(round(1 / step) * step - 1) > 1e-9:
            prim.RemoveProperty("newton:timeStepsPerSecond")
            prim.GetAttribute("mjc:option:timestep").Set(step)


def _root_the_articulation(stage: Usd.Stage, prims: list[Usd.Prim]) -> None:
    """A robot that hangs on the world by a joint has no root body; the whole of it is the articulation."""
    if not any(prim.HasAPI(UsdPhysics.ArticulationRootAPI) for prim in prims):
        UsdPhysics.ArticulationRootAPI.Apply(stage.GetDefaultPrim())


def _write_ball_joints(bodies: dict[str, Usd.Prim], model: mujoco.MjModel) -> None:
    cache = UsdGeom.XformCache()
    for row in range(model.njnt):
        body = bodies.get(_name(model, "body", model.jnt_bodyid[row]))
        if model.jnt_type[row] != mujoco.mjtJoint.mjJNT_BALL or not body:
            continue
        path = body.GetPath().AppendChild(_name(model, "joint", row))
        joint = UsdPhysics.SphericalJoint.Define(body.GetStage(), path)
        joint.CreateBody1Rel().SetTargets([body.GetPath()])
        anchor = Gf.Vec3d(*model.jnt_pos[row].tolist())
        joint.CreateLocalPos1Attr(Gf.Vec3f(anchor))
        to_parent = cache.GetLocalToWorldTransform(body)
        parent = bodies.get(_name(model, "body", model.body_parentid[model.jnt_bodyid[row]]))
        if parent:
            joint.CreateBody0Rel().SetTargets([parent.GetPath()])
            to_parent *= cache.GetLocalToWorldTransform(parent).GetInverse()
        joint.CreateLocalPos0Attr(Gf.Vec3f(to_parent.Transform(anchor)))
        joint.CreateLocalRot0Attr(Gf.Quatf(to_parent.ExtractRotationQuat().GetNormalized()))
        if model.jnt_limited[row]:
            angle = Gf.RadiansToDegrees(float(model.jnt_range[row, 1]))
            joint.CreateConeAngle0LimitAttr(angle)
            joint.CreateConeAngle1LimitAttr(angle)
        dof = model.jnt_dofadr[row]
        joint.GetPrim().AddAppliedSchema("NewtonJointAPI")
        joint.GetPrim().GetAttribute("newton:armature").Set(float(model.dof_armature[dof]))
        joint.GetPrim().GetAttribute("newton:friction").Set(float(model.dof_frictionloss[dof]))
        # The importer reads damping per degree, as USD has angles.
        damping = Gf.DegreesToRadians(float(model.dof_damping[dof]))
        joint.GetPrim().GetAttribute("newton:damping").Set(damping)


def _write_exclusions(bodies: dict[str, Usd.Prim], model: mujoco.MjModel) -> None:
    for signature in model.exclude_signature:
        first, second = (bodies.get(_name(model, "body", row)) for row in divmod(int(signature), 1 << 16))
        if first and second:
            pairs = UsdPhysics.FilteredPairsAPI.Apply(first)
            pairs.CreateFilteredPairsRel().AddTarget(second.GetPath())


def _write_joint_equalities(joints: dict[str, Usd.Prim], model: mujoco.MjModel) -> None:
    for row in range(model.neq):
        leader = model.eq_obj2id[row]
        if model.eq_type[row] != mujoco.mjtEq.mjEQ_JOINT or leader < 0 or not model.eq_active0[row]:
            continue
        prim = joints[_name(model, "joint", model.eq_obj1id[row])]
        if prim.HasAPI(_EQUALITY_API):
            continue  # a joint prim has room for one
        prim.AddAppliedSchema(_EQUALITY_API)
        prim.GetRelationship("newton:mimicJoint").SetTargets(
            [joints[_name(model, "joint", leader)].GetPath()]
        )
        constant, linear, *higher = model.eq_data[row, :5].tolist()
        prim.GetAttribute("newton:mimicCoef0").Set(constant)
        prim.GetAttribute("newton:mimicCoef1").Set(linear)
        for power, coefficient in enumerate(higher, start=2):
            prim.GetAttribute(f"mjc:coef{power}").Set(coefficient)
        prim.GetAttribute("mjc:solref").Set(model.eq_solref[row].tolist())
        prim.GetAttribute("mjc:solimp").Set(model.eq_solimp[row].tolist())


def _write_tendon(
    stage: Usd.Stage, model: mujoco.MjModel, number: int, prims: dict[str, dict[str, Usd.Prim]]
) -> None:
    """Write a tendon: over joints, or through sites, around geoms and over pulleys."""
    start = model.tendon_adr[number]
    wraps = range(start, start + model.tendon_num[number])
    fixed = model.wrap_type[start] == mujoco.mjtWrap.mjWRAP_JOINT
    path = f"{stage.GetDefaultPrim().GetPath()}/Tendons/{_name(model, 'tendon', number)}"
    prim = stage.DefinePrim(path, "MjcTendon")
    prim.GetAttribute("mjc:type").Set("fixed" if fixed else "spatial")
    targets, divisors, segments, sides = [], [1.0], [], []
    for wrap in wraps:
        kind = _WRAPS.get(int(model.wrap_type[wrap]))
        if kind is None:  # a pulley begins a new segment
            divisors.append(float(model.wrap_prm[wrap]))
            continue
        targets.append(prims[kind][_name(model, kind, model.wrap_objid[wrap])].GetPath())
        segments.append(len(divisors) - 1)
        side = int(model.wrap_prm[wrap]) if kind == "geom" else -1
        sides.append(prims["site"][_name(model, "site", side)].GetPath() if side >= 0 else None)
    unique = list(dict.fromkeys(targets))
    prim.GetRelationship("mjc:path").SetTargets(unique)
    prim.GetAttribute("mjc:path:indices").Set([unique.index(target) for target in targets])
    if fixed:
        prim.GetAttribute("mjc:path:coef").Set([float(model.wrap_prm[wrap]) for wrap in wraps])
    elif len(divisors) > 1:
        prim.GetAttribute("mjc:path:segments").Set(segments)
        prim.GetAttribute("mjc:path:divisors").Set(divisors)
    if any(sides):
        known = list(dict.fromkeys(filter(None, sides)))
        prim.GetRelationship("mjc:sideSites").SetTargets(known)
        indices = [known.index(side) if side else -1 for side in sides]
        prim.GetAttribute("mjc:sideSites:indices").Set(indices)
    _write_fields(prim, model, "tendon", number, _TENDON_ATTRIBUTES)


def _write_actuator(
    stage: Usd.Stage,
    model: mujoco.MjModel,
    row: int,
    tendons: dict[str, Usd.Prim],
    sites: dict[str, Usd.Prim],
) -> None:
    """Write an actuator of a tendon or a site."""
    targets = {mujoco.mjtTrn.mjTRN_TENDON: ("tendon", tendons), mujoco.mjtTrn.mjTRN_SITE: ("site", sites)}
    kind, prims = targets.get(mujoco.mjtTrn(int(model.actuator_trntype[row])), ("", {}))
    if not kind:
        return
    name = _name(model, "actuator", row)
    prim = stage.DefinePrim(f"{stage.GetDefaultPrim().GetPath()}/Actuators/{name}", "MjcActuator")
    target, reference = model.actuator_trnid[row]
    prim.GetRelationship("mjc:target").SetTargets([prims[_name(model, kind, target)].GetPath()])
    if reference >= 0:
        prim.GetRelationship("mjc:refSite").SetTargets([sites[_name(model, "site", reference)].GetPath()])
    _write_fields(prim, model, "actuator", row, _ACTUATOR_ATTRIBUTES)
    for field, (attribute, kinds, prefix) in _ACTUATOR_KINDS.items():
        member = kinds(int(getattr(model, f"actuator_{field}")[row]))
        prim.GetAttribute(f"mjc:{attribute}").Set(member.name.removeprefix(prefix).lower())


def _write_keyframe(stage: Usd.Stage, key: mujoco.MjsKey) -> None:
    path = f"{stage.GetDefaultPrim().GetPath()}/Keyframes/{Tf.MakeValidIdentifier(key.name)}"
    prim = stage.DefinePrim(path, "MjcKeyframe")
    for field in ("qpos", "qvel", "act", "ctrl", "mpos", "mquat"):
        values = np.array(getattr(key, field))
        if values.size:
            prim.GetAttribute(f"mjc:{field}").Set(values.tolist())


def _write_fields(
    prim: Usd.Prim, model: mujoco.MjModel, kind: str, row: int, attributes: dict[str, str]
) -> None:
    for field, attribute in attributes.items():
        value = getattr(model, f"{kind}_{field}")[row]
        if field.endswith("limited"):
            prim.GetAttribute(f"mjc:{attribute}").Set("true" if value else "false")
        elif field.endswith("range"):
            prim.GetAttribute(f"mjc:{attribute}:min").Set(float(value[0]))
            prim.GetAttribute(f"mjc:{attribute}:max").Set(float(value[1]))
        else:
            prim.GetAttribute(f"mjc:{attribute}").Set(value.tolist())
