"""Two MuJoCo models, element by element and by name: do they describe the same physics?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from pxr import Tf
from scipy.spatial.transform import Rotation

RTOL, POSE_ATOL = 1e-6, 1e-6
"""Numbers are equal within RTOL of the largest of their array; poses (m, unit vectors) within POSE_ATOL too.

USD stores many numbers in 32 bits: 6e-8 of their size.
"""

# Prefix of MjModel's arrays -> what has one row in them, as in `model.body(name)`.
_KINDS = {
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
_POSES = {"pos", "ipos", "axis", "orientation", "data"}
# Field -> the flag without which it means nothing.
_NEEDS = {
    "ctrlrange": "ctrllimited",
    "forcerange": "forcelimited",
    "actrange": "actlimited",
    "actfrcrange": "actfrclimited",
}
# Fields that are not compared: they follow from others, index into other arrays, or move nothing.
_DERIVED = {
    *("M0", "aabb", "acc0", "conaffinity", "contype", "inertia", "invweight0", "iquat", "length", "length0"),
    *("lengthrange", "needstage", "quat", "rbound", "sameframe", "simple", "simplenum", "subtreemass"),
}
_INDICES = {
    *("Madr", "actadr", "actnum", "actuatorid", "adr", "bodyid", "bvhadr", "bvhnum", "ctrladr", "ctrlnum"),
    *("dataid", "dofadr", "dofnum", "geomadr", "geomnum", "geom1", "geom2", "historyadr", "id", "jntadr"),
    *(
        "jntid",
        "jntnum",
        "mocapid",
        "num",
        "objtype",
        "reftype",
        "obj1id",
        "obj2id",
        "objid",
        "outadr",
        "outnum",
        "parentid",
    ),
    *(
        "plasticadr",
        "plugin",
        "qposadr",
        "refid",
        "rootid",
        "signature",
        "treeid",
        "treenum",
        "trnid",
        "weldid",
    ),
}
_LABELS = {"castshadow", "ctrlspec", "group", "matid", "rgba", "user", "width"}
_NOT_COMPARED = _DERIVED | _INDICES | _LABELS
# What a geom that collides with nothing does not need.
_CONTACT_FIELDS = {
    *(
        "condim",
        "friction",
        "gap",
        "margin",
        "priority",
        "solimp",
        "solmix",
        "solref",
        "surfacevel",
        "adhesion",
    ),
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


@dataclass(frozen=True)
class Difference:
    """One thing that two models do not agree on."""

    kind: str
    name: str
    field: str
    first: str
    second: str


def compare_models(first: mujoco.MjModel, second: mujoco.MjModel) -> list[Difference]:
    """Everything physical in which the models differ; names are those of USD, without their path.

    Looks (colours, textures, lights, cameras) are not compared. Inertias are compared as tensors in the
    body's frame, contact masks by which pairs of geoms they let collide.
    """
    differences = list(_compare_options(first, second))
    for prefix, kind in _KINDS.items():
        differences += _compare_kind(first, second, prefix, kind)
    differences += _compare_collisions(first, second)
    return differences


def _compare_options(first: mujoco.MjModel, second: mujoco.MjModel) -> Iterator[Difference]:
    rows = [
        {field: getattr(model.opt, field) for field in dir(model.opt) if not field.startswith("_")}
        for model in (first, second)
    ]
    yield from _compare_rows("option", "", *rows)


def _compare_kind(
    first: mujoco.MjModel, second: mujoco.MjModel, prefix: str, kind: str
) -> Iterator[Difference]:
    ours, theirs = _index(first, prefix), _index(second, prefix)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name in ours and name in theirs:
            rows = _row(first, prefix, ours[name]), _row(second, prefix, theirs[name])
            yield from _compare_rows(kind, name, *rows)
        else:
            there = ["yes" if name in names else "no" for names in (ours, theirs)]
            yield Difference(kind, name, "exists", *there)
    orders = [[name for name in names if name in ours and name in theirs] for names in (ours, theirs)]
    if orders[0] != orders[1]:
        yield Difference(kind, "", "order", *(", ".join(order) for order in orders))


def _compare_rows(
    kind: str, name: str, first: dict[str, Any], second: dict[str, Any]
) -> Iterator[Difference]:
    for field in sorted(first.keys() & second.keys()):
        flag = _NEEDS.get(field)
        if flag and not first[flag] and not second[flag]:
            continue
        if not _equal(field, first[field], second[field]):
            yield Difference(kind, name, field, _text(first[field]), _text(second[field]))


def _equal(field: str, first: Any, second: Any) -> bool:
    if isinstance(first, str):
        return first == second
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape:
        return False
    largest = max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0))
    return bool(np.all(np.abs(first - second) <= RTOL * largest + (POSE_ATOL if field in _POSES else 0.0)))


def _text(value: Any) -> str:
    return (
        value if isinstance(value, str) else np.array2string(np.asarray(value), precision=6, separator=", ")
    )


def _index(model: mujoco.MjModel, prefix: str) -> dict[str, int]:
    """Name -> row. Free joints, equalities, contact pairs and exclusions go by what they join."""
    rows = range(getattr(model, f"n{prefix[:-1]}"))
    if prefix == "jnt_":
        free = mujoco.mjtJoint.mjJNT_FREE
        return {
            f"free joint of {_name(model, 'body', model.jnt_bodyid[i])}"
            if model.jnt_type[i] == free
            else _name(model, "joint", i): i
            for i in rows
        }
    if prefix == "pair_":
        return {_both(model, "geom", model.pair_geom1[i], model.pair_geom2[i]): i for i in rows}
    if prefix == "exclude_":
        signatures = [int(signature) for signature in model.exclude_signature]
        return {_both(model, "body", s >> 16, s & 0xFFFF): i for i, s in enumerate(signatures)}
    if prefix == "eq_":
        return {f"{_EQUALITIES[int(model.eq_type[i])]} of {_both_ends(model, i)}": i for i in rows}
    return {_name(model, _KINDS[prefix], i): i for i in rows}


def _name(model: mujoco.MjModel, kind: str, row: int) -> str:
    """Last part of a prim path, or what USD makes of a name."""
    return Tf.MakeValidIdentifier(getattr(model, kind)(int(row)).name.rpartition("/")[2])


def _both_ends(model: mujoco.MjModel, row: int) -> str:
    return " and ".join(filter(None, _equality_fields(model, row).values()))


def _both(model: mujoco.MjModel, kind: str, first: int, second: int) -> str:
    return " and ".join(sorted((_name(model, kind, first), _name(model, kind, second))))


def _row(model: mujoco.MjModel, prefix: str, row: int) -> dict[str, Any]:
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


def _compare_collisions(first: mujoco.MjModel, second: mujoco.MjModel) -> Iterator[Difference]:
    pairs = [_colliding_pairs(model) for model in (first, second)]
    names = [set(_index(model, "geom_")) for model in (first, second)]
    for pair in sorted(pairs[0] ^ pairs[1]):
        if set(pair) <= names[0] & names[1]:
            texts = ["can" if pair in known else "cannot" for known in pairs]
            yield Difference("geoms", " and ".join(pair), "collision", *texts)


def _colliding_pairs(model: mujoco.MjModel) -> set[tuple[str, str]]:
    """Pairs of geoms on different bodies that the contact masks let collide."""
    names = list(_index(model, "geom_"))
    allowed = (model.geom_contype[:, None] & model.geom_conaffinity) != 0
    allowed = (allowed | allowed.T) & (model.geom_bodyid[:, None] != model.geom_bodyid)
    return {tuple(sorted((names[i], names[j]))) for i, j in np.argwhere(np.triu(allowed))}
