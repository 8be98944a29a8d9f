"""Strict JSON -> frozen dataclasses: every field there, nothing else there, every value of its type."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class SchemaError(ValueError):
    """A value does not fit; the message starts with the field's name, like `joints.kp`."""


def read(cls: type[T], data: Any, where: str = "") -> T:
    """Build dataclass `cls` from parsed JSON.

    Understands nested dataclasses, `tuple[X, ...]`, `dict[str, X]`, `X | None`, `float`, `int`, `str`
    and `bool`. Numbers must be finite.

    Raises:
        SchemaError: a field is missing, unknown or of another type.
    """
    if not isinstance(data, dict):
        raise SchemaError(f"{where or 'the file'} is not a JSON object")
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    for name in names:
        if name not in data:
            raise SchemaError(f"{prefix}{name} is missing")
    for name in data:
        if name not in names:
            raise SchemaError(f"{prefix}{name} is not a field of this format")
    return cls(**{name: _value(hints[name], data[name], prefix + name) for name in names})


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type, hint), value, where)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return None if value is None else _value(args[0], value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise SchemaError(f"{where} is not a list")
        return tuple(_value(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise SchemaError(f"{where} is not a JSON object")
        return {key: _value(args[1], item, f"{where}.{key}") for key, item in value.items()}
    return _scalar(hint, value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise SchemaError(f"{where} is {value}, not a finite number")
        return float(value)
    if hint is type(None) and value is None:
        return None
    if hint in (int, str, bool) and type(value) is hint:
        return value
    expected = {
        type(None): "null",
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
    }
    raise SchemaError(f"{where} is {value!r}, not {expected[hint]}")
