"""Scenario files: the shipped ones are read, and what is wrong in one is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from gaitway.assets.warehouse.layout import WarehouseCfg
from gaitway.twin.warehouse.scenario import MishapCfg, WaysCfg, load_scenario

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_shipped_ones_are_read() -> None:
    keynote = load_scenario(EXAMPLES / "keynote.toml")
    assert (keynote.fleet.amrs, keynote.people.workers, keynote.hall.cameras) == (24, 30, 100)
    assert keynote.mishaps == (MishapCfg("blocked_aisle", 600, 600, "aisle_09B"),)
    assert load_scenario(EXAMPLES / "small_shift.toml").seconds == 120
    kinds = {mishap.kind for mishap in load_scenario(EXAMPLES / "incidents.toml").mishaps}
    assert kinds == {"person_down", "closed_dock", "broken_lane", "dropped_load"}


def test_the_knobs_of_a_comparison_are_read(tmp_path: Path) -> None:
    path = tmp_path / "shift.toml"
    path.write_text(
        "[ways]\nclosed = ['aisle_09B']\none_way = ['aisle_03A', 'aisle_06A']\n"
        "[fleet]\nchargers = 4\ncharge_minutes = 90\n[hall]\naisles = 12\nrack_height = 5\n"
    )
    scenario = load_scenario(path)
    assert scenario.ways == WaysCfg(("aisle_09B",), ("aisle_03A", "aisle_06A"))
    assert (scenario.fleet.chargers, scenario.fleet.charge_minutes) == (4, 90)
    assert scenario.hall.warehouse == WarehouseCfg(9290.0, 12, 5, 100)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seconds = [", "no TOML file"),
        ("seconds = 'long'", "seconds = 'long' is not a number"),
        ("seconds = 5", "out of range: give 60 to 86400"),
        ("sede = 3", "there is no 'sede'; known are seed, seconds"),
        ("[fleet]\namr = 3", "there is no 'fleet.amr'; known are amrs, physical"),
        ("[fleet]\namrs = 0", "fleet.amrs = 0 is out of range: give 1 to 1000"),
        ("[fleet]\namrs = 2.5", "fleet.amrs = 2.5 is not a whole number"),
        ("[fleet]\nchargers = 0", "fleet.chargers = 0 is out of range: give 1 to 100"),
        ("[fleet]\nchargers = 1.5", "fleet.chargers = 1.5 is not a whole number"),
        ("[ways]\nclosed = 'aisle_03A'", "ways.closed = 'aisle_03A' is no list of names"),
        ("[ways]\none_way = [3]", "ways.one_way = [3] is no list of names"),
        ("[hall]\naisles = 2", "hall.aisles = 2 is out of range: give 3 to 60"),
        ("[hall]\naisles = 60", "hall.aisles = 60 does not fit 9290 m2: give 1 to 23"),
        (
            "[ways]\nclosed = ['aisle_1']",
            "ways.closed: 'aisle_1' is no aisle of the AMRs; theirs are aisle_03A",
        ),
        ("[fleet]\nchargers = 50", "fleet.chargers = 50: the hall has 12"),
        ("[watch]\nreroute = 1", "watch.reroute = 1 is not true or false"),
        ("fleet = 3", "fleet = 3 is no table"),
        ("start = 'noon'", "start = 'noon' is no clock time"),
        ("name = '<script>'", "name = '<script>'"),
        ("[incident]\nkind = 'spill'", "two brackets"),
        ("[[incident]]\nkind = 'spill'", "incident 1 needs a kind and the time"),
        ("[[incident]]\nkind = 'flood'\nat = 3", "incident 1: kind = 'flood' is not known"),
        ("[[incident]]\nkind = 'spill'\nat = 3\nwhere = 'x'", "there is no 'incident 1.where'"),
        ("[[incident]]\nkind = 'spill'\nat = 9e3", "an incident at 9000 s comes after the end at 1800 s"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "shift.toml"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(f"{path}") and says in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no\.toml cannot be read"):
        load_scenario(tmp_path / "no.toml")
