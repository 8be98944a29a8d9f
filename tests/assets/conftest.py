from __future__ import annotations

from pathlib import Path

import pytest
from gaitway.assets.warehouse.generate import WarehouseSummary, generate_warehouse
from gaitway.assets.warehouse.layout import WarehouseCfg


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WarehouseSummary]:
    """The default warehouse and what the generator says about it."""
    path = tmp_path_factory.mktemp("warehouse") / "warehouse.usda"
    return path, generate_warehouse(path, WarehouseCfg())


@pytest.fixture(scope="session")
def warehouse(generated: tuple[Path, WarehouseSummary]) -> Path:
    return generated[0]
