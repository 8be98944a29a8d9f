"""Another order for elements of a MuJoCo spec: it has no way to move one, so they are made anew."""

from __future__ import annotations

from typing import Any

import mujoco

from .elements import KINDS

_UNSETTABLE = {"id", "signature", "compiler", "classname", "path", "plugin"}


def reorder(spec: mujoco.MjSpec, kind: str, ranks: dict[str, int]) -> None:
    """Sort the elements of a kind by rank (name -> number); those without one stay behind, in their order."""
    elements = list(getattr(spec, KINDS[kind]))
    last = len(ranks) + len(elements)
    wanted = sorted(elements, key=lambda element: ranks.get(element.name, last))
    if wanted == elements:
        return
    for element in wanted:
        if kind == "tendon":
            rebuild_tendon(spec, element, element.name)
        else:
            _rebuild(spec, kind, element)


def _rebuild(spec: mujoco.MjSpec, kind: str, element: Any) -> None:
    new, name = getattr(spec, f"add_{kind}")(), element.name
    copy_fields(element, new)
    spec.delete(element)
    new.name = name


def copy_fields(source: Any, target: Any) -> None:
    """Copy every field but the name."""
    for field in dir(source):
        if field.startswith("_") or field in _UNSETTABLE or field == "name":
            continue
        value = getattr(source, field)
        if not callable(value):
            setattr(target, field, value)


def rebuild_tendon(
    spec: mujoco.MjSpec, tendon: mujoco.MjsTendon, name: str, wraps: list[tuple] | None = None
) -> None:
    """Make a tendon anew, over the same path or over `wraps`, as `wraps_of` gives them."""
    wraps = wraps_of(tendon) if wraps is None else wraps
    new = spec.add_tendon()
    copy_fields(tendon, new)
    for kind, target, side, number in wraps:
        if kind == mujoco.mjtWrap.mjWRAP_JOINT:
            new.wrap_joint(target.name, number)
        elif kind == mujoco.mjtWrap.mjWRAP_SITE:
            new.wrap_site(target.name)
        elif kind == mujoco.mjtWrap.mjWRAP_PULLEY:
            new.wrap_pulley(number)
        else:
            new.wrap_geom(target.name, side.name if side else "")
    spec.delete(tendon)
    new.name = name


def wraps_of(tendon: mujoco.MjsTendon) -> list[tuple]:
    """Path of a tendon as (kind, target element, side site, coefficient or divisor)."""
    return [_wrap(wrap) for wrap in tendon.path]


def _wrap(wrap: mujoco.MjsWrap) -> tuple:
    if wrap.type == mujoco.mjtWrap.mjWRAP_PULLEY:
        return wrap.type, None, None, wrap.divisor
    if wrap.type in (mujoco.mjtWrap.mjWRAP_JOINT, mujoco.mjtWrap.mjWRAP_SITE):
        return wrap.type, wrap.target, None, wrap.coef
    return wrap.type, wrap.target, wrap.sidesite, 0.0
