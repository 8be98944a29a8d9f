"""Files of the tutorial 'Model your own building' are read as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import plan
from gaitway.twin.warehouse.network import build_network
from gaitway.twin.warehouse.scenario import load_scenario

PAGE = Path(__file__).parents[3] / "docs/tutorials/model_your_own_building.md"
TODAY, RULES, CLOSED = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_scenario_is_the_hall_that_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "today.toml"
    path.write_text(TODAY)
    today = load_scenario(path)
    layout = plan(today.hall.warehouse, np.random.default_rng(0))
    assert len(layout.aisle_x) == 9 and round(layout.aisle_width, 2) == 4.21
    assert (round(layout.length, 1), round(layout.width, 1)) == (69.3, 43.3)
    assert len(build_network(layout).chargers) == 4
    path.write_text(TODAY.replace("aisles = 9", "aisles = 19"))
    with pytest.raises(ValueError) as caught:
        load_scenario(path)
    assert str(caught.value).removeprefix(f"{tmp_path}/") in PAGE.read_text()


def test_the_variant_closes_an_aisle(tmp_path: Path) -> None:
    path = tmp_path / "closed.toml"
    path.write_text(TODAY + "\n" + CLOSED)
    closed = load_scenario(path)
    assert closed.ways.closed == ("aisle_06A",)
    path.write_text(TODAY)
    assert replace(closed, ways=load_scenario(path).ways) == load_scenario(path)


def test_the_rules_are_read(tmp_path: Path) -> None:
    from gaitway.fleet.roadmap.rules_file import read_rules

    (tmp_path / "rules.toml").write_text(RULES.replace('sites = "hall/sites.json"', ""))
    rules = read_rules(tmp_path / "rules.toml")
    assert rules.diameter == 1.0 and [zone.name for zone in rules.one_way] == ["main aisle"]
