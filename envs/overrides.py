"""Changes of a task's config by name: `commands.lin_vel_x=0 1`, `rewards.upright.weight=2`."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .config import EnvCfg

_OFF = "off"
_ANY_LENGTH = re.compile(r"tuple\[(int|float), \.\.\.\]")
_SAMPLES = {"int": 0, "float": 0.0}


def apply_overrides(cfg: EnvCfg, overrides: Iterable[str]) -> EnvCfg:
    """Write `PATH=VALUES` into `cfg`, in order, and return it.

    A path goes through fields and names of terms, joined by dots. Several values, for a range, are separated
    by spaces. `off` removes a term. Values take the type of what they replace.

    Raises:
        ValueError: there is no such field, or the value does not fit; the sentence names the nearest field.
    """
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not text.strip():
            raise ValueError(f"--env.{path}: has no value; write --env.{path} VALUE.")
        _change(cfg, path.split("."), text.split(), path)
    return cfg


def _change(target: Any, names: list[str], words: list[str], path: str) -> Any:
    """`target` with `words` at the end of `names`; a copy if it is frozen."""
    name, *below = names
    old = _get(target, name, path.removesuffix(".".join(["", *below])))
    if not below and isinstance(target, dict) and words == [_OFF]:
        del target[name]
        return target
    new = _change(old, below, words, path) if below else _convert(words, old, _declared(target, name), path)
    return target if new is old else _with(target, name, new, path)


def _with(target: Any, name: str, value: Any, path: str) -> Any:
    if isinstance(target, dict):
        target[name] = value
    elif target.__dataclass_params__.frozen:
        try:
            return dataclasses.replace(target, **{name: value})
        except ValueError as error:
            raise ValueError(f"--env.{path}: {error}") from None
    else:
        setattr(target, name, value)
    return target


def _fields(target: Any) -> list[str]:
    if isinstance(target, dict):
        return list(target)
    if dataclasses.is_dataclass(target):
        return [field.name for field in dataclasses.fields(target)]
    return []


def _get(target: Any, name: str, path: str) -> Any:
    known = _fields(target)
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = (
            f"did you mean '{nearest[0]}'?" if nearest else f"there is {', '.join(known) or 'nothing in it'}."
        )
        raise ValueError(f"--env.{path}: there is no '{name}'; {hint}")
    return target[name] if isinstance(target, dict) else getattr(target, name)


def _declared(target: Any, name: str) -> str:
    """The type that the field is annotated with, as it is written; nothing in a dict."""
    if isinstance(target, dict):
        return ""
    return next(str(field.type) for field in dataclasses.fields(target) if field.name == name)


def _convert(words: list[str], old: Any, declared: str, path: str) -> Any:
    """`words` as the type of `old`; as many as there are where `declared` leaves their number open."""
    try:
        if of_any_length := _ANY_LENGTH.match(declared):
            sample = _SAMPLES[of_any_length[1]]
            return tuple(_scalar(word, sample) for word in words)
        if isinstance(old, tuple):
            if len(words) != len(old):
                raise ValueError(f"takes {len(old)} values, not {len(words)}")
            return tuple(_scalar(word, value) for word, value in zip(words, old, strict=True))
        if len(words) != 1:
            raise ValueError(f"takes one value, not {len(words)}")
        return _scalar(words[0], old)
    except ValueError as error:
        raise ValueError(f"--env.{path}: {error}; it is {old} now.") from None


def _scalar(word: str, old: Any) -> Any:
    if isinstance(old, bool):
        if word.lower() not in ("true", "false"):
            raise ValueError(f"'{word}' is neither true nor false")
        return word.lower() == "true"
    if isinstance(old, (int, float)):
        value = float(word) if _is_number(word) else None
        if value is None or value != value:
            raise ValueError(f"'{word}' is no number")
        return int(value) if isinstance(old, int) and value.is_integer() else value
    if isinstance(old, Path):
        return Path(word)
    if isinstance(old, str):
        return word
    raise ValueError("is no value but a group of them; name one of its fields")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
