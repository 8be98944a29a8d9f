"""Heat maps over commands: how well each forward velocity and yaw rate is followed, and survived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes
from .figure_style import new_figure, save_figure
from .score import number
from .scoring.episodes import select

_INSIDE, _BEYOND = 5, 2
"""Cells along each axis within the range of training, and on either side of it."""
_CELLS = _INSIDE + 2 * _BEYOND
_SHOWN = {
    "survival_rate": ("survival", "viridis", (0.0, 1.0), "{:.2f}"),
    "lin_vel_error": ("velocity error, m/s", "magma_r", (0.0, None), "{:.2f}"),
    "yaw_rate_error": ("yaw rate error, rad/s", "magma_r", (0.0, None), "{:.2f}"),
}

Range = tuple[float, float]


@dataclass(frozen=True)
class CommandMap:
    """Measures by command: `values[name]` is (yaw rates, forward velocities).

    `vx` in m/s and `yaw` in rad/s are the centres of the cells, `trained` the ranges of both in training.
    """

    vx: np.ndarray
    yaw: np.ndarray
    values: dict[str, np.ndarray]
    trained: tuple[Range, Range]
    episodes_per_cell: int

    def to_json(self) -> dict[str, Any]:
        """A record with the values as lists of rows of equal yaw rate."""
        return {
            "vx": self.vx.tolist(),
            "yaw_rate": self.yaw.tolist(),
            "episodes_per_cell": self.episodes_per_cell,
            **{
                name: [[number(v) for v in row] for row in grid.tolist()]
                for name, grid in self.values.items()
            },
        }


def map_commands(candidate: Candidate, per_cell: int, seed: int) -> CommandMap:
    """Run `per_cell` whole episodes at each command of a grid, all at once; vy is 0."""
    cfg = candidate.cfg()
    trained = (cfg.commands.lin_vel_x, cfg.commands.ang_vel_z)
    vx, yaw = (_centres(*limits) for limits in trained)
    grid = np.stack(np.meshgrid(vx, yaw), axis=-1).reshape(-1, 2)
    commands = torch.zeros(len(grid) * per_cell, 3)
    commands[:, [0, 2]] = torch.from_numpy(np.repeat(grid, per_cell, axis=0)).float()
    env = GaitwayVectorEnv(cfg, len(commands))
    policy = candidate.policy(env.num_envs).act
    episodes = run_episodes(env, policy, seed, lambda: env.command.set(commands))
    cells = [select(episodes, np.arange(i * per_cell, (i + 1) * per_cell)) for i in range(len(grid))]
    values = {
        name: np.array([cell[name].estimate().value for cell in cells]).reshape(_CELLS, _CELLS)
        for name in _SHOWN
    }
    return CommandMap(vx, yaw, values, trained, per_cell)


def _centres(low: float, high: float) -> np.ndarray:
    """Centres of the cells along an axis: the ends of the range of training lie between cells."""
    return low + (high - low) / _INSIDE * (np.arange(_CELLS) - _BEYOND + 0.5)


def plot_command_map(found: CommandMap, out: Path) -> None:
    """One heat map per measure; the frame is what training asked for."""
    figure = new_figure(3.9)
    for axis, (name, (title, colours, limits, form)) in zip(
        figure.subplots(1, len(_SHOWN), sharey=True), _SHOWN.items(), strict=True
    ):
        grid = found.values[name]
        image = axis.pcolormesh(found.vx, found.yaw, grid, cmap=colours, vmin=limits[0], vmax=limits[1])
        _write_values(axis, found, grid, form, image)
        (left, right), (bottom, top) = found.trained
        for color, width in (("white", 4.0), ("black", 1.5)):
            frame = Rectangle((left, bottom), right - left, top - bottom, fill=False, ec=color, lw=width)
            axis.add_patch(frame)
        axis.set_title(title)
        axis.set_xlabel("commanded vx, m/s")
        figure.colorbar(image, ax=axis)
    figure.axes[0].set_ylabel("commanded yaw rate, rad/s")
    save_figure(figure, out)


def _write_values(axis: Axes, found: CommandMap, grid: np.ndarray, form: str, image: QuadMesh) -> None:
    """The number in each cell, dark on light and light on dark."""
    for (row, column), value in np.ndenumerate(grid):
        if not np.isfinite(value):
            continue
        red, green, blue = image.cmap(image.norm(value))[:3]
        color = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else "black"
        x, y = float(found.vx[column]), float(found.yaw[row])
        axis.text(x, y, form.format(value), ha="center", va="center", fontsize=6, color=color)
