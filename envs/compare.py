"""Two MuJoCo models, element by element and by name: do they describe the same physics?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from .model_elements import KINDS, element_fields, index_by_name

RTOL, POSE_ATOL = 1e-6, 1e-6
"""Numbers are equal within RTOL of the largest of their array; poses (m, unit vectors) within POSE_ATOL too.

USD stores many numbers in 32 bits: 6e-8 of their size.
"""

_POSES = {"pos", "ipos", "axis", "orientation", "data"}
_FREE_TO_ADD = {"sensor"}  # they move nothing; a site named `imu` gets some by convention
# Field -> the flag without which it means nothing.
_NEEDS = {
    "ctrlrange": "ctrllimited",
    "forcerange": "forcelimited",
    "actrange": "actlimited",
    "actfrcrange": "actfrclimited",
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

    The second model may have sensors that the first has not.
    Looks (colours, textures, lights, cameras) are not compared. Inertias are compared as tensors in the
    body's frame, contact masks by which pairs of geoms they let collide.
    """
    differences = list(_compare_options(first, second))
    for prefix, kind in KINDS.items():
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
    ours, theirs = index_by_name(first, prefix), index_by_name(second, prefix)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name in ours and name in theirs:
            rows = element_fields(first, prefix, ours[name]), element_fields(second, prefix, theirs[name])
            yield from _compare_rows(kind, name, *rows)
        elif name in ours or kind not in _FREE_TO_ADD:
            there = ["yes" if name in names else "no" for names in (ours, theirs)]
            yield Difference(kind, name, "exists", *there)
    in_both = {name for name in ours if name in theirs}
    if kind == "geom":  # the importer puts what does not collide first in its body, and nothing depends on it
        in_both &= _colliding(first, ours)
    orders = [[name for name in names if name in in_both] for names in (ours, theirs)]
    if orders[0] != orders[1]:
        yield Difference(kind, "", "order", *(", ".join(order) for order in orders))


def _colliding(model: mujoco.MjModel, rows: dict[str, int]) -> set[str]:
    return {name for name, row in rows.items() if model.geom_contype[row] or model.geom_conaffinity[row]}


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


def _compare_collisions(first: mujoco.MjModel, second: mujoco.MjModel) -> Iterator[Difference]:
    pairs = [_colliding_pairs(model) for model in (first, second)]
    names = [set(index_by_name(model, "geom_")) for model in (first, second)]
    for pair in sorted(pairs[0] ^ pairs[1]):
        if set(pair) <= names[0] & names[1]:
            texts = ["can" if pair in known else "cannot" for known in pairs]
            yield Difference("geoms", " and ".join(pair), "collision", *texts)


def _colliding_pairs(model: mujoco.MjModel) -> set[tuple[str, str]]:
    """Pairs of geoms on different bodies that the contact masks let collide."""
    names = list(index_by_name(model, "geom_"))
    allowed = (model.geom_contype[:, None] & model.geom_conaffinity) != 0
    allowed = (allowed | allowed.T) & (model.geom_bodyid[:, None] != model.geom_bodyid)
    return {tuple(sorted((names[i], names[j]))) for i, j in np.argwhere(np.triu(allowed))}
