"""`gaitway fleet roadmap`: a picture and a file, or one sentence and nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from gaitway.cli.main import main
from PIL import Image

RULES = """
[robot]
diameter = 0.7
[[site]]
name = "gate <b>"
kind = "dock"
position = [1.0, 1.0]
[[one_way]]
name = "east"
area = [2, 0, 6, 1.6]
direction = "east"
"""


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """8 x 6 m without walls of its own."""
    Image.fromarray(np.full((60, 80), 254, np.uint8)).save(tmp_path / "map.png")
    (tmp_path / "map.yaml").write_text(
        "{image: map.png, resolution: 0.1, origin: [0, 0, 0], negate: 0, free_thresh: 0.2, mode: trinary}"
    )
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


def run(hall: Path, monkeypatch) -> int:
    options = ["--sites", "rules.toml", "--png", "out/road.png", "--json", "out/road.json"]
    monkeypatch.chdir(hall)
    monkeypatch.setattr(sys, "argv", ["gaitway", "fleet", "roadmap", "map.yaml", *options])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_a_road_is_drawn_and_written(hall, monkeypatch, capsys):
    assert run(hall, monkeypatch) == 0
    assert "cells of 1 m" in capsys.readouterr().out
    with Image.open(hall / "out" / "road.png") as picture:
        assert picture.width > 1000
    road = json.loads((hall / "out" / "road.json").read_text())
    assert road["sites"] == [
        {"name": "gate <b>", "kind": "dock", "position": [1.0, 1.0], "cell": road["sites"][0]["cell"]}
    ]
    cells = np.array(road["cells"])
    moves = np.array(road["moves"])
    way = cells[moves[:, 1]] - cells[moves[:, 0]]
    assert np.allclose(np.abs(way).sum(1), road["cell_m"])
    # In the lane no move leads west.
    inside = ((cells[moves[:, :2]] >= (2, 0)) & (cells[moves[:, :2]] <= (6, 1.6))).all((1, 2))
    assert inside.any() and (way[inside, 0] >= 0).all()


def test_a_bad_site_ends_in_one_sentence_and_no_file(hall, monkeypatch, capsys):
    (hall / "rules.toml").write_text(RULES.replace("[1.0, 1.0]", "[-1.0, 1.0]"))
    assert run(hall, monkeypatch) == 1
    assert capsys.readouterr().err == (
        "gaitway fleet: rules.toml: site 'gate <b>' at x -1.0, y 1.0 m stands in a wall or outside the map.\n"
    )
    assert not (hall / "out").exists()
