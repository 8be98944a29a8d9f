"""Left-right mirroring of observations and actions.

A biped's dynamics do not change when left and right swap, so every transition is worth two:
Mittal et al., "Symmetry Considerations for Learning Task Symmetric Robot Policies" (ICRA 2024).
The mirror plane is the robot's XZ plane.
"""

from __future__ import annotations

import torch

from .config import ObservationTerm
from .terms.observations import grid_points
from .vector_env import GaitwayVectorEnv

# Signs of (x, y, z) under a reflection across the XZ plane.
_SIGNS = {"vector": (1, -1, 1), "pseudovector": (-1, 1, -1), "command": (1, -1, -1)}


def joint_mirror(names: list[str]) -> tuple[list[int], list[int]]:
    """Where each joint's mirrored value comes from, and its sign.

    `left_*` and `right_*` swap; a joint whose axis lies in the mirror plane (roll and yaw) changes sign.

    Raises:
        ValueError: a `left_*` joint has no `right_*` twin, or the other way round.
    """
    swapped = [_swap_side(name) for name in names]
    for name, twin in zip(names, swapped, strict=True):
        if twin not in names:
            raise ValueError(f"Joint '{name}' has no mirror twin '{twin}'; symmetry needs left/right pairs.")
    signs = [-1 if "roll" in name or "yaw" in name else 1 for name in names]
    return [names.index(twin) for twin in swapped], signs


def _swap_side(name: str) -> str:
    for side, other in (("left_", "right_"), ("right_", "left_")):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name


class Mirror:
    """Mirrors the observation groups and actions of one environment by a gather and a sign."""

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._names = env.state.joint_names
        self._head = getattr(env.command, "head_columns", [])
        self._joints = joint_mirror(self._names)
        self._feet = [env.state.feet.index(_swap_side(foot)) for foot in env.state.feet]
        self._maps: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        for name, group in env.groups.items():
            index: list[int] = []
            sign: list[int] = []
            for term_name, term in group.terms.items():
                if term.mirror is None:
                    raise ValueError(
                        f"Observation '{term_name}' does not say how it mirrors; symmetry needs that."
                    )
                columns, signs = self._term(term, group.sizes[term_name])
                index += [len(sign) + column for column in columns]
                sign += signs
            self._maps[name] = _as_tensors(index, sign, env.device)
        self._maps["action"] = _as_tensors(*self._joints, env.device)

    def _term(self, term: ObservationTerm, size: int) -> tuple[list[int], list[int]]:
        kind = term.mirror
        if kind == "joints":
            return self._joints
        if kind == "feet":
            return self._feet, [1] * size
        if kind == "feet_vector":
            return [3 * foot + axis for foot in self._feet for axis in range(3)], [1, -1, 1] * len(self._feet)
        if kind == "phase":
            # Half a cycle later: sine and cosine both change sign.
            return [0, 1], [-1, -1]
        if kind == "head":
            names = [self._names[column] for column in self._head]
            return list(range(size)), joint_mirror(names)[1]
        if kind == "grid":
            across = grid_points(term.params["width"], term.params["spacing"])
            return [i - i % across + across - 1 - i % across for i in range(size)], [1] * size
        if kind == "scan":
            across = size // term.params.get("rows", 1)
            return [i - i % across + across - 1 - i % across for i in range(size)], [1] * size
        if kind == "scalar":
            return list(range(size)), [1] * size
        return [0, 1, 2], list(_SIGNS[str(kind)])

    def __call__(self, group: str, values: torch.Tensor) -> torch.Tensor:
        """The mirrored `values` (..., size) of an observation group, or of `"action"`."""
        index, sign = self._maps[group]
        return values[..., index] * sign


def _as_tensors(index: list[int], sign: list[int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(index, device=device), torch.tensor(sign, dtype=torch.float32, device=device)
