"""Publishes the contract's classes: JSON Schema (draft 2020-12), and the tables of docs/contract.md.

`python -m gaitway.deploy_jetson.json_schema` prints `policy.schema.json`, with `tables` after it the tables.
Neither can say what fields must be to each other, such as that lists of joints are of equal length: that is
in `consistency.py` alone.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any

from .contract import FORMAT_VERSION, Contract
from .schema import CONTROL_CHARACTERS, About, fields_of, json_like

SCHEMA_FILE = "policy.schema.json"

_TYPES = {float: "number", int: "integer", bool: "boolean", str: "string", type(None): "null"}
_WORDS = {float: "number", int: "whole number", bool: "true or false", str: "text", type(None): "null"}
_PLURALS = {"number": "numbers", "text": "texts", "object": "objects"}


def json_schema() -> dict[str, Any]:
    """The schema of `policy.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gaitway:policy:{FORMAT_VERSION}",
        "title": "Gaitway policy contract",
        **_object(Contract),
        "$defs": {cls.__name__: _object(cls) for cls in _classes() if cls is not Contract},
    }


def schema_text() -> str:
    """The content of `policy.schema.json`."""
    return json.dumps(json_schema(), indent=2) + "\n"


def tables() -> str:
    """A heading, a sentence and a table of fields for each class, in Markdown."""
    return "\n\n".join(_table(cls, path) for cls, path in _classes().items())


def _classes() -> dict[type, str]:
    """Every class of the contract, outermost first, with the path of its values in the file."""
    found: dict[type, str] = {Contract: ""}
    for name, (hint, _) in fields_of(Contract).items():
        for cls in _dataclasses_in(hint):
            found[cls] = name
    return found


def _dataclasses_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
    for inner in typing.get_args(hint):
        yield from _dataclasses_in(inner)


def _object(cls: type) -> dict[str, Any]:
    fields = fields_of(cls)
    return {
        "description": _text(cls),
        "type": "object",
        "properties": {
            name: {"description": about.text, **_schema(hint, about)}
            for name, (hint, about) in fields.items()
        },
        "required": list(fields),
        "additionalProperties": False,
    }


def _schema(hint: Any, about: About) -> dict[str, Any]:
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}  # type: ignore[union-attr]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_schema(args[0], about), {"type": "null"}]}
    if origin is tuple:
        lengths = {} if about.length is None else {"minItems": about.length, "maxItems": about.length}
        unique = {"uniqueItems": True} if about.unique else {}
        return {"type": "array", "items": _schema(args[0], about), **lengths, **unique}
    if origin is dict:
        keys = _schema(str, About())
        return {"type": "object", "propertyNames": keys, "additionalProperties": _schema(args[1], about)}
    return {"type": _TYPES[hint], **_rules(hint, about)}


def _rules(hint: type, about: About) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    if about.one_of:
        rules["enum"] = list(about.one_of)
    if about.at_least is not None:
        rules["minimum"] = about.at_least
    if about.above is not None:
        rules["exclusiveMinimum"] = about.above
    if about.pattern is not None:
        rules["pattern"] = about.pattern
    if hint is str and not about.one_of:
        never = CONTROL_CHARACTERS if about.never is None else f"{CONTROL_CHARACTERS}|{about.never}"
        rules["not"] = {"pattern": never}
    return rules


def _text(cls: type) -> str:
    """A class's docstring, one paragraph a line."""
    paragraphs = (inspect.getdoc(cls) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _table(cls: type, path: str) -> str:
    prefix = "" if not path else f"{path}[]." if path == "observations" else f"{path}."
    rows = [
        f"| `{prefix}{name}` | {_type_in_words(hint, about)} | {about.text} |"
        for name, (hint, about) in fields_of(cls).items()
    ]
    heading = f"### `{path}`" if path else "### The file"
    return "\n".join((heading, "", _text(cls), "", "| field | type | what it is |", "|---|---|---|", *rows))


def _type_in_words(hint: Any, about: About) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return f"{_type_in_words(args[0], about)}, or null"
    if origin is tuple:
        first, *rest = _type_in_words(args[0], about).split(" ")
        items = " ".join((_PLURALS.get(first.rstrip(","), first), *rest)).replace(", or", " or")
        return f"list of {items}" if about.length is None else f"{about.length} {items}"
    if origin is dict:
        return f"object of {_type_in_words(args[1], about)}"
    if dataclasses.is_dataclass(hint):
        return "object"
    bounds = [f">= {about.at_least:g}"] if about.at_least is not None else []
    bounds += [f"> {about.above:g}"] if about.above is not None else []
    if about.one_of:
        return " or ".join(f"`{json_like(choice)}`" for choice in about.one_of)
    return " ".join((_WORDS[hint], *bounds))


if __name__ == "__main__":
    print(tables() if sys.argv[1:] == ["tables"] else schema_text(), end="")
