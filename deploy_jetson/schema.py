"""Strict JSON -> frozen dataclasses: every field there, nothing else, every value of its type and rules.

`json_schema.py` writes the same types and rules as JSON Schema.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

CONTROL_CHARACTERS = "[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]"
"""No text may contain one: messages that quote it stay on one line, and terminals do not obey it."""


class SchemaError(ValueError):
    """A value does not fit; the message starts with the field's name, like `joints.kp`."""


@dataclass(frozen=True)
class About:
    """What a field is, in words, and what it keeps beside its type: `Annotated[float, About("s", above=0)]`.

    `length` and `unique` are of a list; the others are of the value, or of each one in a list:
    `at_least` and `above` bound a number, `one_of` lists all there are, `never` is a regular expression
    found nowhere in a text, `pattern` one that is found in it.
    """

    text: str = ""
    length: int | None = None
    unique: bool = False
    at_least: float | None = None
    above: float | None = None
    one_of: tuple[Any, ...] = ()
    pattern: str | None = None
    never: str | None = None


@functools.cache
def fields_of(cls: type) -> dict[str, tuple[Any, About]]:
    """Type and description of each field of a dataclass, by name."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {field.name: _split(hints[field.name]) for field in dataclasses.fields(cls)}


def _split(hint: Any) -> tuple[Any, About]:
    if typing.get_origin(hint) is not typing.Annotated:
        return hint, About()
    bare, *notes = typing.get_args(hint)
    return bare, next((note for note in notes if isinstance(note, About)), About())


def read(cls: type[T], data: Any, where: str = "") -> T:
    """Build dataclass `cls` from parsed JSON.

    Understands nested dataclasses, `tuple[X, ...]`, `dict[str, X]`, `X | None`, `float`, `int`, `str`
    and `bool`. Numbers must be finite.

    Raises:
        SchemaError: a field is missing, unknown, of another type or against its rules.
    """
    if not isinstance(data, dict):
        raise SchemaError(f"{where or 'the file'} is not a JSON object")
    fields = fields_of(cls)
    prefix = f"{where}." if where else ""
    for name in fields:
        if name not in data:
            raise SchemaError(f"{prefix}{name} is missing")
    for name in data:
        if name not in fields:
            raise SchemaError(f"{prefix}{quoted(name)} is not a field of this format")
    return cls(
        **{name: _value(hint, rules, data[name], prefix + name) for name, (hint, rules) in fields.items()}
    )


def _value(hint: Any, rules: About, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type, hint), value, where)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return None if value is None else _value(args[0], rules, value, where)
    if origin is tuple:
        return _list(args[0], rules, value, where)
    if origin is dict:
        if not isinstance(value, dict):
            raise SchemaError(f"{where} is not a JSON object")
        return {
            _scalar(str, key, f"a key of {where}"): _value(args[1], rules, item, f"{where}.{quoted(key)}")
            for key, item in value.items()
        }
    scalar = _scalar(hint, value, where)
    _require_rules(rules, scalar, where)
    return scalar


def _list(hint: Any, rules: About, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SchemaError(f"{where} is not a list")
    if rules.length is not None and len(value) != rules.length:
        raise SchemaError(f"{where} does not have {rules.length} entries")
    items = tuple(_value(hint, rules, item, f"{where}[{i}]") for i, item in enumerate(value))
    if rules.unique and len(set(items)) != len(items):
        raise SchemaError(f"{where} has a name twice")
    return items


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint in (float, int) and isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise SchemaError(f"{where} is {number}, not a finite number")
        if hint is float:
            return number
        if number.is_integer():  # JSON does not tell 2.0 from 2
            return int(value)
    if hint is type(None) and value is None:
        return None
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        if re.search(CONTROL_CHARACTERS, value):
            raise SchemaError(f"{where} has a control character in it")
        return value
    expected = {
        type(None): "null",
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
    }
    raise SchemaError(f"{where} is {_short(value)}, not {expected[hint]}")


def _require_rules(rules: About, value: Any, where: str) -> None:
    if rules.one_of and value not in rules.one_of:
        names = " or ".join(json_like(choice) for choice in rules.one_of)
        raise SchemaError(f"{where} is {_short(value)}, not {names}")
    if rules.at_least is not None and value < rules.at_least:
        raise SchemaError(f"{where} is {value}, less than {rules.at_least}")
    if rules.above is not None and value <= rules.above:
        raise SchemaError(f"{where} is {value}, not above {rules.above}")
    if rules.pattern is not None and not re.search(rules.pattern, value):
        raise SchemaError(f"{where} is malformed: {_short(value)}")
    if rules.never is not None and re.search(rules.never, value):
        raise SchemaError(f"{where} must not be {_short(value)}")


def json_like(value: Any) -> str:
    """A choice as a sentence shows it: 'text', true, 3."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def quoted(name: str) -> str:
    """A key from a file as a message shows it: as it is if it reads like one."""
    return name if re.fullmatch(r"[\w.-]{1,60}", name) else _short(name)


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
