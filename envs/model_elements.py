"""Elements of a MuJoCo model by name, with every field that physics depends on and references as names."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from pxr import Tf
from scipy.spatial.transform import Rotation

# Prefix of MjModel's arrays -> what has one row in them, as in `model.body(name)`.
KINDS = {
    "body_": "body",
    "jnt_": "joint",
    "geom_": "geom",
    "site_": "site",
    "actuator_": "actuator",
    "tendon_": "tendon",
    "eq_": "equality",
    "pair_": "contact pair",
    "exclude_": "exclusion",
    "sensor_": "sensor",
    "key_": "key",
}
# Fields that are not compared: they follow from others, index into other arrays, or move nothing.
_DERIVED = {
    *("M0", "aabb", "acc0", "conaffinity", "contype", "inertia", "invweight0", "iquat", "length", "length0"),
    *("lengthrange", "needstage", "quat", "rbound", "sameframe", "simple", "simplenum", "subtreemass"),
}
_INDICES = {
    *("Madr", "actadr", "actnum", "actuatorid", "adr", "bodyid", "bvhadr", "bvhnum", "ctrladr", "ctrlnum"),
    *("dataid", "dofadr", "dofnum", "geomadr", "geomnum", "geom1", "geom2", "historyadr", "id", "jntadr"),
    *("jntid", "jntnum", "mocapid", "num", "objtype", "reftype", "obj1id", "obj2id", "objid", "outadr"),
    *("outnum", "parentid", "plasticadr", "plugin", "qposadr", "refid", "rootid", "signature", "treeid"),
    *("treenum", "trnid", "weldid"),
}
_LABELS = {"castshadow", "ctrlspec", "group", "matid", "rgba", "user", "width"}
_NOT_COMPARED = _DERIVED | _INDICES | _LABELS
# What a geom that collides with nothing does not need.
_CONTACT_FIELDS = {
    *("adhesion", "condim", "friction", "gap", "margin"),
    *("priority", "solimp", "solmix", "solref", "surfacevel"),
}
# Kinds of element that an actuator acts on, a tendon runs over, and an equality or a sensor is about.
_TRANSMISSIONS = {
    int(mujoco.mjtTrn.mjTRN_JOINT): "joint",
    int(mujoco.mjtTrn.mjTRN_JOINTINPARENT): "joint",
    int(mujoco.mjtTrn.mjTRN_TENDON): "tendon",
    int(mujoco.mjtTrn.mjTRN_SITE): "site",
    int(mujoco.mjtTrn.mjTRN_SLIDERCRANK): "site",
    int(mujoco.mjtTrn.mjTRN_BODY): "body",
}
_WRAPS = {
    int(mujoco.mjtWrap.mjWRAP_JOINT): "joint",
    int(mujoco.mjtWrap.mjWRAP_SITE): "site",
    int(mujoco.mjtWrap.mjWRAP_SPHERE): "geom",
    int(mujoco.mjtWrap.mjWRAP_CYLINDER): "geom",
}
_OBJECTS = {
    int(mujoco.mjtObj.mjOBJ_BODY): "body",
    int(mujoco.mjtObj.mjOBJ_XBODY): "body",
    int(mujoco.mjtObj.mjOBJ_JOINT): "joint",
    int(mujoco.mjtObj.mjOBJ_GEOM): "geom",
    int(mujoco.mjtObj.mjOBJ_SITE): "site",
    int(mujoco.mjtObj.mjOBJ_CAMERA): "camera",
    int(mujoco.mjtObj.mjOBJ_TENDON): "tendon",
    int(mujoco.mjtObj.mjOBJ_ACTUATOR): "actuator",
}
_EQUALITIES = {
    int(kind): kind.name.removeprefix("mjEQ_").lower() for kind in mujoco.mjtEq.__members__.values()
}
# How many of a geom's three sizes mean something, where not all do.
_PLANE, _SPHERE = int(mujoco.mjtGeom.mjGEOM_PLANE), int(mujoco.mjtGeom.mjGEOM_SPHERE)
_SIZES = {
    _PLANE: 0,  # endless to physics
    _SPHERE: 1,
    int(mujoco.mjtGeom.mjGEOM_CAPSULE): 2,
    int(mujoco.mjtGeom.mjGEOM_CYLINDER): 2,
}


def index_by_name(model: mujoco.MjModel, prefix: str) -> dict[str, int]:
    """Name -> row. Free joints, equalities, contact pairs and exclusions go by what they join."""
    rows: dict[str, int] = {}
    for row in range(getattr(model, f"n{prefix[:-1]}")):
        name = _label(model, prefix, row)
        rows[name if name not in rows else f"{name} ({row})"] = row
    return rows


def _label(model: mujoco.MjModel, prefix: str, row: int) -> str:
    if prefix == "jnt_" and model.jnt_type[row] == mujoco.mjtJoint.mjJNT_FREE:
        return f"free joint of {_name(model, 'body', model.jnt_bodyid[row])}"
    if prefix == "pair_":
        return _both(model, "geom", model.pair_geom1[row], model.pair_geom2[row])
    if prefix == "exclude_":
        return _both(model, "body", *divmod(int(model.exclude_signature[row]), 1 << 16))
    if prefix == "eq_":
        ends = " and ".join(filter(None, _equality_fields(model, row).values()))
        return f"{_EQUALITIES[int(model.eq_type[row])]} of {ends}"
    return _name(model, KINDS[prefix], row)


def _name(model: mujoco.MjModel, kind: str, row: int) -> str:
    """Last part of a prim path, or what USD makes of a name."""
    return Tf.MakeValidIdentifier(getattr(model, kind)(int(row)).name.rpartition("/")[2])


def _both(model: mujoco.MjModel, kind: str, first: int, second: int) -> str:
    return " and ".join(sorted((_name(model, kind, first), _name(model, kind, second))))


def element_fields(model: mujoco.MjModel, prefix: str, row: int) -> dict[str, Any]:
    """Every field of one element that is compared, references as names."""
    count = getattr(model, f"n{prefix[:-1]}")
    fields = {}
    for attribute in dir(model):
        field = attribute.removeprefix(prefix)
        if field == attribute or field in _NOT_COMPARED:
            continue
        array = getattr(model, attribute)
        if isinstance(array, np.ndarray) and array.shape[:1] == (count,):
            fields[field] = array[row]
    if prefix == "geom_" and not model.geom_contype[row] and not model.geom_conaffinity[row]:
        fields = {field: value for field, value in fields.items() if field not in _CONTACT_FIELDS}
    if prefix in ("jnt_", "tendon_") and not fields["limited"]:
        del fields["range"], fields["margin"]
    if prefix == "body_":
        del fields["margin"]  # the largest of its geoms
    return fields | _REFERENCES.get(prefix, lambda *_: {})(model, row)


def _body_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    axes = _rotation(model.body_iquat[row])
    return {
        "parent": _name(model, "body", model.body_parentid[row]),
        "orientation": _rotation(model.body_quat[row]),
        "inertia": axes @ np.diag(model.body_inertia[row]) @ axes.T,
    }


def _joint_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    joint = model.joint(row)
    dof = int(model.jnt_dofadr[row])
    fields = ("armature", "damping", "dampingpoly", "frictionloss", "solref", "solimp")
    return {
        "body": _name(model, "body", model.jnt_bodyid[row]),
        "qpos0": joint.qpos0,
        "springref": joint.qpos_spring,
        **{f"dof_{field}": getattr(model, f"dof_{field}")[dof] for field in fields},
    }


def _geom_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    return _shape_fields(model, "geom", row)


def _site_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    return _shape_fields(model, "site", row)


def _shape_fields(model: mujoco.MjModel, kind: str, row: int) -> dict[str, Any]:
    shape = getattr(model, kind)(row)
    kind_of_shape = int(shape.type[0])
    return {
        "body": _name(model, "body", shape.bodyid[0]),
        "orientation": np.eye(3) if kind_of_shape == _SPHERE else _rotation(shape.quat),
        "size": shape.size[: _SIZES.get(kind_of_shape, 3)],
    }


def _actuator_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    kind = _TRANSMISSIONS.get(int(model.actuator_trntype[row]))
    targets = [i for i in model.actuator_trnid[row] if i >= 0]
    return {"target": ", ".join(_name(model, kind, i) for i in targets) if kind else ""}


def _tendon_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    start, number = int(model.tendon_adr[row]), int(model.tendon_num[row])
    path = []
    for i in range(start, start + number):
        kind = _WRAPS.get(int(model.wrap_type[i]))
        name = _name(model, kind, model.wrap_objid[i]) if kind else "pulley"
        path.append(f"{name} x {model.wrap_prm[i]:g}" if kind in (None, "joint") else name)
    return {"path": ", ".join(path)}


def _object(model: mujoco.MjModel, objtype: int, row: int) -> str:
    kind = _OBJECTS.get(int(objtype))
    return _name(model, kind, row) if kind and row >= 0 else ""


def _equality_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    joint = mujoco.mjtObj.mjOBJ_JOINT
    kind = joint if model.eq_type[row] == mujoco.mjtEq.mjEQ_JOINT else model.eq_objtype[row]
    return {
        "first": _object(model, kind, model.eq_obj1id[row]),
        "second": _object(model, kind, model.eq_obj2id[row]),
    }


def _sensor_fields(model: mujoco.MjModel, row: int) -> dict[str, Any]:
    return {
        "object": _object(model, model.sensor_objtype[row], model.sensor_objid[row]),
        "reference": _object(model, model.sensor_reftype[row], model.sensor_refid[row]),
    }


_REFERENCES = {
    "body_": _body_fields,
    "jnt_": _joint_fields,
    "geom_": _geom_fields,
    "site_": _site_fields,
    "actuator_": _actuator_fields,
    "tendon_": _tendon_fields,
    "eq_": _equality_fields,
    "sensor_": _sensor_fields,
}


def _rotation(quaternion: np.ndarray) -> np.ndarray:
    return Rotation.from_quat(quaternion, scalar_first=True).as_matrix()
