"""Objects that fell into a bin and came to rest."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from ...assets.objects import write_bin_scene
from ...envs.stage import load_stage

BIN = (0.56, 0.40, 0.16)
"""Inside of the bin, m."""
_SETTLING = 2.5  # s


@dataclass(frozen=True, eq=False)
class Bin:
    """A bin at rest.

    Attributes:
        model: the compiled scene.
        qpos: (nq,) its state.
        names: of the objects, in the order of `poses`.
        poses: (k, 4, 4) `world_from_object`, m.
        geoms: (ngeom,) which object each geom of the model is of, -1 for none.
    """

    model: mujoco.MjModel
    qpos: np.ndarray
    names: tuple[str, ...]
    poses: np.ndarray
    geoms: np.ndarray


def drop(
    names: Sequence[str],
    seed: int,
    size: tuple[float, float, float] = BIN,
    walls: bool = True,
    furnish: Callable[[mujoco.MjSpec], None] | None = None,
) -> Bin:
    """Let objects fall into the bin one above the other, each turned at random, and wait until they rest.

    Args:
        names: of the catalogue's objects, any of them several times.
        seed: of where they fall.
        size: inside of the bin, m.
        walls: of the bin; without, they fall onto the floor where it would be.
        furnish: changes the scene before it is compiled.
    """
    poses = poses_above(len(names), seed, (0.0, 0.0), size, (0.3, 0.25), 0.12)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bin.usda"
        write_bin_scene(path, names, poses, size if walls else None)
        stage = load_stage(path)
        if furnish:
            furnish(stage.spec)
        model = stage.compile()
    data = mujoco.MjData(model)
    for _ in range(round(_SETTLING / model.opt.timestep)):
        mujoco.mj_step(model, data)
    mujoco.mj_kinematics(model, data)
    bodies = [model.body(f"{name}_{k}").id for k, name in enumerate(names)]
    poses[:, :3, :3] = data.xmat[bodies].reshape(-1, 3, 3)
    poses[:, :3, 3] = data.xpos[bodies]
    owner = np.full(model.nbody, -1)
    owner[bodies] = np.arange(len(names))
    return Bin(model, data.qpos.copy(), tuple(names), poses, owner[model.geom_bodyid])


def poses_above(
    count: int,
    seed: int,
    middle: tuple[float, float],
    size: tuple[float, float, float],
    shares: tuple[float, float],
    spacing: float,
) -> np.ndarray:
    """Poses (count, 4, 4) one above the other over a bin, from 0.2 m up, each turned at random.

    Args:
        count: of objects.
        seed: of turns and places.
        middle, size: of the bin, m.
        shares: of its size along X and Y, by which they are off its middle at most.
        spacing: m from one to the next.
    """
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3, :3] = Rotation.random(count, rng=rng).as_matrix()
    for axis, share in enumerate(shares):
        poses[:, axis, 3] = middle[axis] + rng.uniform(-share, share, count) * size[axis]
    poses[:, 2, 3] = 0.2 + spacing * np.arange(count)
    return poses
