"""Fields of MuJoCo spec elements as plain values: those that physics depends on, by name."""

from __future__ import annotations

import enum
from typing import Any

import mujoco
import numpy as np

# Kind as attributes spell it -> list of `MjSpec`.
KINDS = {
    "body": "bodies",
    "joint": "joints",
    "geom": "geoms",
    "site": "sites",
    "mesh": "meshes",
    "tendon": "tendons",
    "actuator": "actuators",
    "equality": "equalities",
    "sensor": "sensors",
    "pair": "pairs",
    "exclude": "excludes",
    "key": "keys",
}
# Looks, bookkeeping, and other ways to say what is in other fields.
_IGNORED = {
    *(
        "align",
        "authored",
        "castshadow",
        "center",
        "explicitinertial",
        "extent",
        "fitscale",
        "fromto",
        "fuse",
    ),
    *(
        "fullinertia",
        "group",
        "id",
        "inheritrange",
        "meansize",
        "rgba",
        "signature",
        "simple",
        "smoothnormal",
    ),
    *("springdamper", "width", "usernormal", "usertexcoord", "userface", "uservert", "userfacenormal"),
    *("userfacetexcoord", "usernode", "usertet", "userdata", "octree_maxdepth"),
}
# Bodies have explicit inertias, so that these say nothing.
_OF_INERTIA = {"mass", "density", "typeinertia"}
_RANGES = {
    "limited": "range",
    "actfrclimited": "actfrcrange",
    "ctrllimited": "ctrlrange",
    "forcelimited": "forcerange",
    "actlimited": "actrange",
}
_VECTORS = (np.ndarray, mujoco.MjSpec().add_key().qpos.__class__)

Value = bool | int | float | str | np.ndarray


def physical_fields(element: Any) -> dict[str, Value]:
    """Field -> value. Enumerations are their members' names; limits are resolved to on or off."""
    fields: dict[str, Value] = {}
    for name in dir(element):
        if name.startswith("_") or name in _IGNORED:
            continue
        value = getattr(element, name)
        if isinstance(value, enum.Enum) or type(value).__name__.startswith("mjt"):
            fields[name] = value.name
        elif isinstance(value, bool | int | float):
            fields[name] = value
        elif isinstance(value, _VECTORS):
            fields[name] = np.array(value, dtype=float)
    for flag, span in _RANGES.items():
        if fields.get(flag) == "mjLIMITED_AUTO":
            fields[flag] = "mjLIMITED_TRUE" if np.ptp(np.asarray(fields[span])) > 0 else "mjLIMITED_FALSE"
        if fields.get(flag) == "mjLIMITED_FALSE":
            del fields[span]
    return _without_the_meaningless(element, fields)


def _without_the_meaningless(element: Any, fields: dict[str, Value]) -> dict[str, Value]:
    unused: set[str] = set()
    if isinstance(element, mujoco.MjsGeom):
        unused = _OF_INERTIA | ({"size"} if fields["type"] in ("mjGEOM_MESH", "mjGEOM_HFIELD") else set())
    return {name: value for name, value in fields.items() if name not in unused}


def set_field(element: Any, name: str, value: Value) -> None:
    """Set a field to what `physical_fields` gave."""
    current = getattr(element, name)
    if isinstance(value, str) and not isinstance(current, str):
        value = type(current).__members__[value]
    elif isinstance(current, bool | int) and not isinstance(value, str):
        value = type(current)(value)
    setattr(element, name, value)


def same(first: Value, second: Value) -> bool:
    """Whether two values are equal to the last bit."""
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    return np.array_equal(np.asarray(first, float), np.asarray(second, float), equal_nan=True)


def close(first: Value, second: Value) -> bool:
    """Whether two values are equal within 32-bit rounding."""
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    one, other = np.asarray(first, float), np.asarray(second, float)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)
