"""Left-right mirroring of observations and actions.

A biped's dynamics do not change when left and right swap, so every transition is worth two:
Mittal et al., "Symmetry Considerations for Learning Task Symmetric Robot Policies" (ICRA 2024).
The mirror plane is the robot's XZ plane.
"""

from __future__ import annotations

import mujoco
import numpy as np
import torch

from .config import ObservationTerm
from .terms.observations import grid_points
from .vector_env import GaitwayVectorEnv

# Signs of (x, y, z) under a reflection across the XZ plane.
_SIGNS = {"vector": (1, -1, 1), "pseudovector": (-1, 1, -1), "command": (1, -1, -1)}

_PARALLEL = 0.98  # cosine between a reflected axis and its twin's
_NEAR = 0.02  # m between a reflected joint and its twin


def joint_mirror(model: mujoco.MjModel, qpos: np.ndarray, names: list[str]) -> tuple[list[int], list[int]]:
    """Where each joint's mirrored value comes from, and its sign, by where its axis lies in the pose `qpos`.

    The twin of a joint is the one whose axis is the first one's reflection; it may be the joint itself. An
    axis of rotation mirrors as a pseudovector.

    Raises:
        ValueError: a joint has no twin.
    """
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    ids = [model.joint(name).id for name in names]
    base = int(model.body_rootid[model.jnt_bodyid[ids[0]]])
    to_base = data.xmat[base].reshape(3, 3)
    places, axes = (data.xanchor[ids] - data.xpos[base]) @ to_base, data.xaxis[ids] @ to_base
    slides = model.jnt_type[ids] == mujoco.mjtJoint.mjJNT_SLIDE
    reflected = axes * np.where(slides[:, None], _SIGNS["vector"], _SIGNS["pseudovector"])
    along = reflected @ axes.T
    apart = np.linalg.norm((places * _SIGNS["vector"])[:, None] - places, axis=-1)
    apart[(np.abs(along) < _PARALLEL) | (slides[:, None] != slides) | (apart > _NEAR)] = np.inf
    twins = apart.argmin(1).tolist()
    for row, twin in enumerate(twins):
        if apart[row, twin] == np.inf or twins[twin] != row:
            raise ValueError(f"Joint '{names[row]}' has no mirror twin; set agent.symmetry to false.")
    return twins, [int(np.sign(along[row, twin])) for row, twin in enumerate(twins)]


def has_twins(env: GaitwayVectorEnv) -> bool:
    """Whether the robot is its own mirror image, and some of its joints are each other's."""
    if not env.state.has_base:
        return False
    try:
        twins, _ = _env_joint_mirror(env)
    except ValueError:
        return False
    return twins != list(range(len(twins)))


def _env_joint_mirror(env: GaitwayVectorEnv) -> tuple[list[int], list[int]]:
    return joint_mirror(env.model, env.state.default_qpos.double().cpu().numpy(), env.state.joint_names)


def _foot_mirror(env: GaitwayVectorEnv) -> list[int]:
    """Index of each foot's twin: the foot nearest to its reflection in the default pose."""
    if not env.state.feet:
        return []
    data = mujoco.MjData(env.model)
    data.qpos[:] = env.state.default_qpos.double().cpu().numpy()
    mujoco.mj_kinematics(env.model, data)
    sites = [env.model.site(foot).id for foot in env.state.feet]
    base = int(env.model.body_rootid[env.model.site_bodyid[sites[0]]])
    places = (data.site_xpos[sites] - data.xpos[base]) @ data.xmat[base].reshape(3, 3)
    apart = np.linalg.norm((places * _SIGNS["vector"])[:, None] - places, axis=-1)
    return apart.argmin(1).tolist()


class Mirror:
    """Mirrors the observation groups and actions of one environment by a gather and a sign.

    `feet` is the index of each foot's twin.
    """

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._head = getattr(env.command, "head_columns", [])
        self._joints = _env_joint_mirror(env)
        self.feet = _foot_mirror(env)
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
            return self.feet, [1] * size
        if kind == "feet_vector":
            return [3 * foot + axis for foot in self.feet for axis in range(3)], [1, -1, 1] * len(self.feet)
        if kind == "phase":
            # Half a cycle later: sine and cosine both change sign.
            return [0, 1], [-1, -1]
        if kind == "head":
            return list(range(size)), [self._joints[1][column] for column in self._head]
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
