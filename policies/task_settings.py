"""A task's config as plain values: what a checkpoint remembers of it, to tell one config from another."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any


def task_settings(cfg: Any) -> dict[str, str]:
    """Every value below a config, dict or list by its dotted name, as text that no machine's paths are in."""
    found: dict[str, str] = {}
    for name, value in _items(cfg):
        if dataclasses.is_dataclass(value) or isinstance(value, dict):
            found |= {f"{name}.{below}": text for below, text in task_settings(value).items()}
        else:
            found[name] = _text(value)
    return found


def first_change(trained: dict[str, str], present: dict[str, str]) -> str | None:
    """Says in which setting two configs differ first, as `trained with ..., not ...`; None if in none."""
    for name in [*present, *trained]:
        before, now = trained.get(name, "nothing"), present.get(name, "nothing")
        if before != now:
            return f"trained with {name} = {before}, not {now}"
    return None


def _items(cfg: Any) -> list[tuple[str, Any]]:
    if isinstance(cfg, dict):
        return list(cfg.items())
    return [(field.name, getattr(cfg, field.name)) for field in dataclasses.fields(cfg)]


def _text(value: Any) -> str:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Callable):
        return getattr(value, "__qualname__", type(value).__qualname__)
    return str(value)
