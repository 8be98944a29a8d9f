"""Short names: MuJoCo's importer names everything by prim path, users know `left_knee`."""

from __future__ import annotations

from collections import Counter

import mujoco

from .rebuild import rebuild_tendon, wraps_of
from .references import references

_KINDS = (
    *("bodies", "joints", "geoms", "sites", "cameras"),
    *("actuators", "tendons", "equalities", "sensors", "pairs"),
)


def shorten_names(spec: mujoco.MjSpec) -> dict[str, str]:
    """Rename what bears a prim path to the last part of it, where that is unique among its kind.

    Returns the prim path of every body that has one, by the body's name from now on.
    """
    paths: list[str] = [body.name for body in spec.bodies if body.name.startswith("/")]
    wraps = {tendon.name: wraps_of(tendon) for tendon in spec.tendons}
    renamed: dict[str, dict[str, str]] = {}
    for kind in _KINDS:
        elements = [element for element in getattr(spec, kind) if element.name.startswith("/")]
        counts = Counter(_leaf(element.name) for element in getattr(spec, kind))
        renamed[kind] = {e.name: _leaf(e.name) for e in elements if counts[_leaf(e.name)] == 1}
        for element in elements if kind != "tendons" else ():
            element.name = renamed[kind].get(element.name, element.name)
    for tendon in list(spec.tendons):
        # It knows what it runs over by name, and offers no way to change one.
        name = tendon.name
        rebuild_tendon(spec, tendon, renamed["tendons"].get(name) or name, wraps[name])
    _rename_references(spec, renamed)
    return {renamed["bodies"].get(path, path): path for path in paths}


def _leaf(path: str) -> str:
    return path.rpartition("/")[2]


def _rename_references(spec: mujoco.MjSpec, renamed: dict[str, dict[str, str]]) -> None:
    """Follow the new names where an element refers to another one by name."""
    for kind in ("actuators", "sensors", "equalities", "excludes", "pairs"):
        for element in getattr(spec, kind):
            for field, referred in references(element).items():
                name = getattr(element, field)
                setattr(element, field, renamed.get(referred, {}).get(name, name))
