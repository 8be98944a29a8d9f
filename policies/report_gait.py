"""Gait diagrams (Hildebrand 1965): which foot bears the robot when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes
from .figure_style import BLUE, ORANGE, light_grid, new_figure, save_figure

_SETTLE_S, _SHOWN_S = 2.0, 3.0
"""The first steps from a stand are left out."""


@dataclass(frozen=True)
class GaitRecord:
    """Contacts (steps, feet) of one robot under one command (vx, vy in m/s, yaw rate in rad/s)."""

    command: tuple[float, float, float]
    feet: tuple[str, ...]
    contact: np.ndarray
    dt: float

    def stances(self, foot: int) -> list[tuple[float, float]]:
        """Start and duration in s of every unbroken contact of a foot."""
        edges = np.diff(np.concatenate(([False], self.contact[:, foot], [False])).astype(int))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        return [(float(s * self.dt), float((e - s) * self.dt)) for s, e in zip(starts, ends, strict=True)]

    def duty_factor(self, foot: int) -> float:
        """Share of the time that a foot is on the ground."""
        return float(self.contact[:, foot].mean())

    def stride(self) -> float:
        """Median time between touchdowns of the first foot in s; NaN with fewer than two."""
        touchdowns = self._touchdowns(0)
        return float(np.median(np.diff(touchdowns))) if len(touchdowns) > 1 else np.nan

    def phase(self, foot: int) -> float:
        """Touchdown of a foot after that of the first one, in strides, [0, 1): circular mean over strides."""
        first, other, stride = self._touchdowns(0), self._touchdowns(foot), self.stride()
        if len(other) == 0 or not np.isfinite(stride):
            return np.nan
        since = first[np.searchsorted(first, other, side="right") - 1]
        lags = ((other - since) / stride)[other >= first[0]]
        if len(lags) == 0:
            return np.nan
        return float(np.angle(np.exp(2j * np.pi * lags).mean()) / (2 * np.pi)) % 1.0

    def _touchdowns(self, foot: int) -> np.ndarray:
        contact = self.contact[:, foot]
        return self.dt * (1 + np.flatnonzero(contact[1:] & ~contact[:-1]))


def record_gaits(candidate: Candidate, seed: int) -> list[GaitRecord]:
    """Walk slowly, fast, and turning on the spot, as far as the task's commands go; one robot each.

    A robot that falls has the record that it left until then.
    """
    cfg = candidate.cfg()
    cfg.episode_s = _SETTLE_S + _SHOWN_S
    fast, turn = cfg.commands.lin_vel_x[1], cfg.commands.ang_vel_z[1]
    commands = [(fast / 2, 0.0, 0.0), (fast, 0.0, 0.0), (0.0, 0.0, turn)]
    env = GaitwayVectorEnv(cfg, len(commands))
    contacts, counted = [], []

    def watch(mask: torch.Tensor) -> None:
        contacts.append(env.state.feet_contact.cpu().numpy())
        counted.append(mask.cpu().numpy())

    policy = candidate.policy(env.num_envs).act
    run_episodes(env, policy, seed, lambda: env.command.set(torch.tensor(commands)), watch)
    skip = round(_SETTLE_S / env.step_dt)
    shown, whole = np.array(contacts)[skip:], np.array(counted)[skip:]
    feet = tuple(name.removesuffix("_sole").replace("_", " ") for name in env.state.feet)
    return [
        GaitRecord(command, feet, shown[whole[:, world], world], env.step_dt)
        for world, command in enumerate(commands)
    ]


def plot_gaits(records: list[GaitRecord], out: Path) -> None:
    """A bar while a foot is on the ground, a row per foot, a panel per command."""
    figure = new_figure(len(records) * (0.75 + 0.3 * len(records[0].feet)))
    axes = figure.subplots(len(records), 1, sharex=True, squeeze=False)[:, 0]
    for axis, record in zip(axes, records, strict=True):
        for foot, name in enumerate(record.feet):
            color = BLUE if name.startswith("left") else ORANGE
            axis.broken_barh(record.stances(foot), (foot - 0.38, 0.76), color=color)
        axis.set_yticks(range(len(record.feet)), record.feet)
        axis.set_ylim(len(record.feet) - 0.4, -0.6)
        axis.set_xlim(0.0, _SHOWN_S)
        axis.set_title(_caption(record), loc="left", fontsize="medium")
        light_grid(axis)
    axes[-1].set_xlabel("s")
    save_figure(figure, out)


def _caption(record: GaitRecord) -> str:
    vx, vy, yaw = record.command
    asked = f"vx {vx:.2f} m/s, vy {vy:.2f} m/s, yaw rate {yaw:.2f} rad/s"
    if len(record.contact) == 0:
        return f"{asked}: fell"
    duty = ", ".join(f"{record.duty_factor(foot):.2f}" for foot in range(len(record.feet)))
    phases = ", ".join(f"{record.phase(foot):.2f}" for foot in range(1, len(record.feet)))
    return f"{asked}: stride {record.stride():.2f} s, on the ground {duty}, phase {phases}"
