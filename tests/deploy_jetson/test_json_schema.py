"""The published schema, read by an independent validator, against the reader that ships."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gaitway.deploy_jetson import json_schema
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.schema import SchemaError, fields_of, read

ROOT = Path(__file__).resolve().parents[2]
ZOO = sorted((ROOT / "policies/zoo").glob("*/policy.json"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema.json_schema())
REFRESH = "python -m gaitway.deploy_jetson.json_schema"

VALUES = (None, True, 0, -3, 2.0, 2.5, "", "a\nb", "../x", "a,b", "0" * 64, "robot")
VALUES += ([], {}, [None], [1, 2], ["a"], {"a": "b"})
"""What every field is replaced by in turn."""


def test_the_committed_schema_is_what_the_code_says() -> None:
    path = ROOT / "deploy_jetson" / json_schema.SCHEMA_FILE
    assert path.read_text() == json_schema.schema_text(), f"run {REFRESH} > {path.relative_to(ROOT)}"


def test_the_page_has_every_field() -> None:
    page = (ROOT / "docs/contract.md").read_text()
    assert json_schema.tables() in page, f"put what '{REFRESH} tables' prints between the page's markers"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema.json_schema())


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.parent.name)
def test_bundles_of_the_zoo_are_valid(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text()))
    Contract.load(path)


def _mutants(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """Path, kind and replacement for every place in a tree of JSON values."""
    if path:
        yield path, "remove", None
        for other in VALUES:
            yield path, "replace", other
    if isinstance(value, dict):
        yield (*path, "surplus"), "replace", 1
        for key, inner in value.items():
            yield from _mutants(inner, (*path, key))
    elif isinstance(value, list):
        yield (*path, len(value)), "append", copy.deepcopy(value[0])
        yield from _mutants(value[0], (*path, 0))


def _mutate(data: dict, path: tuple[Any, ...], kind: str, value: Any) -> dict:
    data = copy.deepcopy(data)
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if kind == "remove":
        del place[path[-1]]
    elif kind == "append":
        place.append(value)
    else:
        place[path[-1]] = value
    return data


def _is_read(data: dict) -> bool:
    try:
        read(Contract, data)
    except SchemaError:
        return False
    return True


def test_both_refuse_the_same(contract: Contract) -> None:
    """Where they differ in NaN and in numbers beyond a float: JSON has none, and bounds no number."""
    data = {**contract.facts(), "files": {"policy_onnx": "0" * 64, "golden_npz": "0" * 64}}
    data["observations"] = data["observations"][:1]  # all are of one kind
    refused = accepted = 0
    for path, kind, value in _mutants(data):
        mutant = _mutate(data, path, kind, value)
        valid = VALIDATOR.is_valid(mutant)
        assert _is_read(mutant) == valid, (path, kind, value, next(VALIDATOR.iter_errors(mutant), None))
        accepted, refused = accepted + valid, refused + (not valid)
    assert refused > 1000 and accepted > 100


def test_every_field_has_words() -> None:
    for cls in json_schema._classes():
        assert all(about.text for _, about in fields_of(cls).values()), cls
