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
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (len(names), 1, 1))
    poses[:, :3, :3] = Rotation.random(len(names), rng=rng).as_matrix()
    poses[:, 0, 3] = rng.uniform(-0.3, 0.3, len(names)) * size[0]
    poses[:, 1, 3] = rng.uniform(-0.25, 0.25, len(names)) * size[1]
    poses[:, 2, 3] = 0.2 + 0.12 * np.arange(len(names))
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
