"""Every USD file we ship or generate, under three validators; and files that they must refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from gaitway.assets import ASSETS
from gaitway.assets.validation import errors, validate

pytest.importorskip("omni.asset_validator", reason="omniverse-asset-validator is for Python 3.11 and 3.12")

SHIPPED = sorted(ASSETS.rglob("*.usda"))


def test_there_are_files_to_check() -> None:
    assert {"amr.usda", "droid.usda", "flat.usda"} <= {path.name for path in SHIPPED}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_file_has_no_errors(path: Path) -> None:
    assert errors(validate(path)) == []


def test_generated_warehouse_has_no_errors(warehouse: Path) -> None:
    assert errors(validate(warehouse)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('defaultPrim = "Amr"', 'defaultPrim = "Nobody"'),
        ("color3f inputs:diffuseColor", "float3 inputs:diffuseColor"),
        ("</Amr/Materials/Shell>", "</Amr/Materials/Gone>"),
        ("</Amr/left_wheel>", "</Amr/no_wheel>"),
    ],
    ids=["default prim", "shader input type", "missing material", "missing body"],
)
def test_a_spoilt_file_is_noticed(tmp_path: Path, old: str, new: str) -> None:
    text = (ASSETS / "robots" / "amr.usda").read_text()
    assert old in text
    spoilt = tmp_path / "spoilt.usda"
    spoilt.write_text(text.replace(old, new))
    assert errors(validate(spoilt))


def test_a_file_that_is_not_usd_is_named(tmp_path: Path) -> None:
    file = tmp_path / "noise.usda"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r"noise\.usda: is no USD file that opens"):
        validate(file)
