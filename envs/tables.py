"""A task's resolved config as tables, for a terminal and for the docs."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..assets import ASSETS
from .vector_env import GaitwayVectorEnv


@dataclass
class ConfigTable:
    """One part of a config, as text."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def markdown(self) -> str:
        """The table in Markdown, below its title in bold."""
        head = "| " + " | ".join(self.columns) + " |\n|" + "---|" * len(self.columns)
        body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in self.rows]
        return f"**{self.title}**\n\n" + "\n".join([head, *body])


def task_tables(env: GaitwayVectorEnv) -> list[ConfigTable]:
    """Every part of `env`'s config that says something."""
    cfg = env.cfg
    scales = zip(env.state.joint_names, env.actions.scale.tolist(), strict=True)
    actions = [(name, f"{scale:.4g}") for name, scale in scales]
    tables = [
        _settings(env),
        _observations(env),
        ConfigTable("Actions", ("joint", "an action of 1 adds to the keyframe's target"), actions),
        ConfigTable("Commands", ("field", "value"), _flat_fields(cfg.commands)),
        _terms("Rewards", cfg.rewards, "weight per s", lambda term: f"{term.weight:g}"),
        _terms(
            "Ends",
            cfg.terminations,
            "counts as",
            lambda term: "truncation" if term.time_out else "termination",
        ),
        _terms("Events", cfg.events, "when", _when),
        _terms("Curricula", cfg.curricula, "when", lambda term: "at the end of an episode"),
    ]
    if cfg.terrain is not None:
        tables.append(ConfigTable("Terrain", ("field", "value"), _flat_fields(cfg.terrain)))
    return [table for table in tables if table.rows]


def _settings(env: GaitwayVectorEnv) -> ConfigTable:
    cfg = env.cfg
    rows = [
        ("robot", _path(cfg.robot)),
        ("scene", _path(cfg.scene)),
        ("keyframe", cfg.keyframe),
        (
            "control",
            f"{1 / env.step_dt:g} Hz, {cfg.sim.decimation} physics steps of {cfg.sim.timestep:g} s each",
        ),
        ("episode_s", f"{cfg.episode_s:g}"),
        *((f"actions.{name}", value) for name, value in _flat_fields(cfg.actions)),
        *((f"noise.{name}", value) for name, value in _flat_fields(cfg.noise)),
        *((f"sim.{name}", value) for name, value in _flat_fields(cfg.sim)),
        *((f"agent.{name}", value) for name, value in _flat_fields(cfg.agent)),
    ]
    return ConfigTable("Settings", ("field", "value"), rows)


def _observations(env: GaitwayVectorEnv) -> ConfigTable:
    rows = []
    for name in dict.fromkeys([*env.cfg.actor, *env.cfg.critic]):
        seen = [group for group in ("actor", "critic") if name in env.groups[group].terms]
        group = env.groups[seen[0]]
        what = " / ".join(dict.fromkeys(_summary(env.groups[g].terms[name].func) for g in seen))
        rows.append(
            (f"`{name}`", str(group.sizes[name]), ", ".join(seen), what, _params(group.terms[name].params))
        )
    total = ", ".join(f"{name} {group.size}" for name, group in env.groups.items())
    return ConfigTable(f"Observations ({total})", ("term", "size", "seen by", "what", "parameters"), rows)


def _terms(title: str, terms: dict[str, Any], column: str, cell: Callable[[Any], str]) -> ConfigTable:
    """One row per term; `column` is what tells terms of this kind apart."""
    rows = [
        (f"`{name}`", cell(term), _summary(term.func), _params(term.params)) for name, term in terms.items()
    ]
    return ConfigTable(title, ("term", column, "what", "parameters"), rows)


def _flat_fields(settings: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Every value below a dataclass or dict, by its dotted name."""
    if dataclasses.is_dataclass(settings):
        items = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    else:
        items = settings
    rows: list[tuple[str, str]] = []
    for name, value in items.items():
        if dataclasses.is_dataclass(value) or isinstance(value, dict):
            rows += _flat_fields(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", _text(value)))
    return rows


def _summary(func: Callable[..., Any]) -> str:
    """First sentence of a term's docstring."""
    return " ".join((inspect.getdoc(func) or "").split("\n\n")[0].split())


def _when(term: Any) -> str:
    return f"every {_text(term.interval_s)} s" if term.mode == "interval" else term.mode


def _params(params: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {_text(value)}" for name, value in params.items())


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _path(path: Path) -> str:
    return path.relative_to(ASSETS).as_posix() if path.is_relative_to(ASSETS) else path.name
