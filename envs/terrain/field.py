"""The terrain of an env: patches in the model, a height map to look up, and which patch each world is on."""

from __future__ import annotations

import difflib
from itertools import chain

import mujoco
import numpy as np
import torch

from .config import TerrainCfg
from .kinds import CELL, KINDS, Patch

_COLOUR = (0.62, 0.60, 0.56, 1.0)
_BASE = 0.1  # m, how far a height field goes below its lowest point


class TerrainField:
    """A grid of patches, one row (along X) per level and `share` columns (along Y) per kind.

    The field lies on the scene's floor; its first patch begins at the world's origin. `origins` is
    (levels, columns, 3), where robots start: the middle of each patch, in m.

    Raises:
        ValueError: an unknown kind, or sizes that leave no patch.
    """

    def __init__(self, cfg: TerrainCfg) -> None:
        self.cfg = cfg
        self.kinds = list(chain.from_iterable([kind] * patch.share for kind, patch in cfg.kinds.items()))
        _check(cfg, self.kinds)
        rng = np.random.default_rng(cfg.seed)
        grades = np.linspace(0.0, 1.0, cfg.levels)
        self._patches = [[self._make(kind, grade, rng) for kind in self.kinds] for grade in grades]
        self._cells = round(cfg.patch / CELL)
        axis = (np.arange(self._cells) + 0.5) * CELL - cfg.patch / 2
        x, y = np.meshgrid(axis, axis, indexing="ij")
        rows = [np.concatenate([patch.height(x, y) for patch in row], axis=1) for row in self._patches]
        self.height_map = np.concatenate(rows, axis=0).astype(np.float32)
        self.origins = np.array(
            [
                [(*self._middle(level, column), float(patch.height(np.zeros(1), np.zeros(1))[0]))
                 for column, patch in enumerate(row)]
                for level, row in enumerate(self._patches)
            ],
            np.float32,
        )  # fmt: skip

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Put every patch into the world of `spec`."""
        for level, row in enumerate(self._patches):
            for column, patch in enumerate(row):
                self._add_patch(spec, patch, *self._middle(level, column), f"terrain_{level}_{column}")

    def _make(self, kind: str, grade: float, rng: np.random.Generator) -> Patch:
        patch = self.cfg.kinds[kind]
        return KINDS[kind](self.cfg, patch.easiest + grade * (patch.hardest - patch.easiest), rng)

    def _middle(self, level: int, column: int) -> tuple[float, float]:
        return (level + 0.5) * self.cfg.patch, (column + 0.5) * self.cfg.patch

    def _add_patch(self, spec: mujoco.MjSpec, patch: Patch, x: float, y: float, name: str) -> None:
        for i, box in enumerate(patch.boxes):
            quat = [np.cos(box.pitch / 2), 0.0, np.sin(box.pitch / 2), 0.0]
            centre = [box.centre[0] + x, box.centre[1] + y, box.centre[2]]
            spec.worldbody.add_geom(
                name=f"{name}_{i}",
                type=mujoco.mjtGeom.mjGEOM_BOX,
                pos=centre,
                quat=quat,
                size=[edge / 2 for edge in box.size],
                rgba=_COLOUR,
            )
        if patch.bumps is not None:
            peak = float(patch.bumps.max()) or 1e-3
            count = len(patch.bumps)
            spec.add_hfield(
                name=name,
                nrow=count,
                ncol=count,
                size=[self.cfg.patch / 2, self.cfg.patch / 2, peak, _BASE],
                userdata=(patch.bumps / peak).ravel(),
            )
            spec.worldbody.add_geom(
                name=name, type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname=name, pos=[x, y, 0.0], rgba=_COLOUR
            )


class Terrain:
    """Where each world is on a field, and how high the ground is.

    `level` and `column` are (num_envs,); worlds keep their column, so that every kind keeps its share.
    """

    def __init__(self, field: TerrainField, num_envs: int, device: torch.device) -> None:
        self.field = field
        self.cfg = field.cfg
        columns = len(field.kinds)
        self.column = torch.arange(num_envs, device=device) % columns
        starts = min(self.cfg.start_level, self.cfg.levels - 1) + 1
        self.level = (torch.arange(num_envs, device=device) // columns) % starts
        self._heights = torch.as_tensor(field.height_map, device=device)
        self._origins = torch.as_tensor(field.origins, device=device)

    def origin(self) -> torch.Tensor:
        """Where each world's robot starts, (num_envs, 3) m."""
        return self._origins[self.level, self.column]

    def height(self, xy: torch.Tensor) -> torch.Tensor:
        """Height of the ground in m at points `xy` (..., 2) of the world; 0 off the field."""
        cell = torch.floor(xy / CELL).long()
        rows, columns = self._heights.shape
        i, j = cell[..., 0], cell[..., 1]
        inside = (i >= 0) & (i < rows) & (j >= 0) & (j < columns)
        value = self._heights[i.clamp(0, rows - 1), j.clamp(0, columns - 1)]
        return torch.where(inside, value, 0.0)

    def distance(self, xy: torch.Tensor) -> torch.Tensor:
        """How far `xy` (num_envs, 2) is from the middle of the world's patch along X or Y, in m."""
        return (xy - self.origin()[:, :2]).abs().amax(dim=-1)


def _check(cfg: TerrainCfg, kinds: list[str]) -> None:
    for kind in cfg.kinds:
        if kind not in KINDS:
            nearest = difflib.get_close_matches(kind, KINDS, n=1)
            hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are {', '.join(KINDS)}."
            raise ValueError(f"terrain.kinds: there is no terrain '{kind}'; {hint}")
    if not kinds or cfg.levels < 1:
        raise ValueError("terrain: has no patch; give `kinds` at least one share and `levels` at least 1.")
    if not 0 < cfg.platform < cfg.patch:
        raise ValueError(
            f"terrain: a platform of {cfg.platform:g} m does not fit a patch of {cfg.patch:g} m; "
            "make the patch larger."
        )
