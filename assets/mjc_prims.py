"""What MuJoCo's MJCF reader leaves out of a stage, written from the compiled model; standard schemas first.

Ball joints become `PhysicsSphericalJoint`, excluded contacts `PhysicsFilteredPairsAPI`, tendons `MjcTendon`,
joint equalities `MjcEqualityJointAPI`. Contact masks have no word in any schema: they become the custom
attributes `gaitway:contype` and `gaitway:conaffinity`.
"""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdPhysics

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
_EQUALITY_API = "MjcEqualityJointAPI"


def write_what_the_reader_lacks(stage: Usd.Stage, model: mujoco.MjModel) -> None:
    """Add to a stage that MuJoCo's MJCF reader wrote what it left out of `model`."""
    prims = list(stage.Traverse())
    bodies = _by_name(prim for prim in prims if prim.HasAPI(UsdPhysics.RigidBodyAPI))
    geoms = _by_name(prim for prim in prims if prim.IsA(UsdGeom.Gprim) and not prim.HasAPI("MjcSiteAPI"))
    sites = _by_name(prim for prim in prims if prim.HasAPI("MjcSiteAPI"))
    _write_options(prims, model)
    _write_contact_masks(geoms, model)
    _write_ball_joints(bodies, model)
    _write_exclusions(bodies, model)
    joints = _by_name(prim for prim in stage.Traverse() if prim.IsA(UsdPhysics.Joint))
    _write_joint_equalities(joints, model)
    for number in range(model.ntendon):
        _write_tendon(stage, model, number, joints, sites)


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


def _write_contact_masks(geoms: dict[str, Usd.Prim], model: mujoco.MjModel) -> None:
    """Write contype and conaffinity where they are not MuJoCo's default."""
    for row in range(model.ngeom):
        masks = {
            "gaitway:contype": int(model.geom_contype[row]),
            "gaitway:conaffinity": int(model.geom_conaffinity[row]),
        }
        prim = geoms.get(_name(model, "geom", row))
        if prim and set(masks.values()) not in ({0}, {1}):
            UsdPhysics.CollisionAPI.Apply(prim)
            for name, mask in masks.items():
                prim.CreateAttribute(name, Sdf.ValueTypeNames.Int).Set(mask)


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
    stage: Usd.Stage,
    model: mujoco.MjModel,
    number: int,
    joints: dict[str, Usd.Prim],
    sites: dict[str, Usd.Prim],
) -> None:
    """Write a fixed tendon, or a spatial one that runs through sites alone."""
    start = model.tendon_adr[number]
    wraps = range(start, start + model.tendon_num[number])
    kinds = {int(model.wrap_type[wrap]) for wrap in wraps}
    if kinds == {int(mujoco.mjtWrap.mjWRAP_JOINT)}:
        kind, targets = "joint", joints
    elif kinds == {int(mujoco.mjtWrap.mjWRAP_SITE)}:
        kind, targets = "site", sites
    else:
        return
    path = f"{stage.GetDefaultPrim().GetPath()}/Tendons/{_name(model, 'tendon', number)}"
    prim = stage.DefinePrim(path, "MjcTendon")
    prim.GetAttribute("mjc:type").Set("fixed" if kind == "joint" else "spatial")
    names = [_name(model, kind, model.wrap_objid[wrap]) for wrap in wraps]
    unique = list(dict.fromkeys(names))
    prim.GetRelationship("mjc:path").SetTargets([targets[name].GetPath() for name in unique])
    prim.GetAttribute("mjc:path:indices").Set([unique.index(name) for name in names])
    if kind == "joint":
        prim.GetAttribute("mjc:path:coef").Set([float(model.wrap_prm[wrap]) for wrap in wraps])
    _write_fields(prim, model, "tendon", number, _TENDON_ATTRIBUTES)
    for row in range(model.nactuator):
        of_tendon = model.actuator_trntype[row] == mujoco.mjtTrn.mjTRN_TENDON
        if of_tendon and model.actuator_trnid[row, 0] == number:
            _write_actuator(stage, model, row, prim)


def _write_actuator(stage: Usd.Stage, model: mujoco.MjModel, row: int, tendon: Usd.Prim) -> None:
    """The reader leaves the prim of an actuator without a joint empty."""
    name = _name(model, "actuator", row)
    prim = stage.GetPrimAtPath(f"{stage.GetDefaultPrim().GetPath()}/Actuators/{name}")
    prim.GetRelationship("mjc:target").SetTargets([tendon.GetPath()])
    _write_fields(prim, model, "actuator", row, _ACTUATOR_ATTRIBUTES)
    for field, (attribute, kinds, prefix) in _ACTUATOR_KINDS.items():
        kind = kinds(int(getattr(model, f"actuator_{field}")[row]))
        prim.GetAttribute(f"mjc:{attribute}").Set(kind.name.removeprefix(prefix).lower())


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
