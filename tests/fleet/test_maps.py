"""Files of maps, scenarios and problems: what is read, and the sentence for what is not."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from gaitway.cli.main import main
from gaitway.fleet.errors import FleetError, MapError, ScenarioError
from gaitway.fleet.maps.movingai import read_map, read_scenario, write_map, write_scenario
from gaitway.fleet.maps.robot_runners import read_robot_runners

from .checker import conflicts

MAP = "type octile\nheight 3\nwidth 4\nmap\n.G@.\nTS.O\nE..W\n"
FREE = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [1, 1, 1, 0]], bool)
SCEN = "version 1\n0\tm.map\t4\t3\t0\t0\t2\t2\t4.0\n1\tm.map\t4\t3\t1\t1\t0\t2\t2.0\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "m.map").write_text(MAP)
    (tmp_path / "m.scen").write_text(SCEN)
    return tmp_path


def test_letters_of_a_map(folder):
    assert np.array_equal(read_map(folder / "m.map"), FREE)
    (folder / "m.map").write_bytes(MAP.replace("\n", "\r\n").encode())
    assert np.array_equal(read_map(folder / "m.map"), FREE)


def test_scenario_and_back(folder):
    scenario = read_scenario(folder / "m.scen", FREE)
    assert scenario.start.tolist() == [[0, 0], [1, 1]] and scenario.goal.tolist() == [[2, 2], [0, 2]]
    write_map(folder / "n.map", FREE)
    write_scenario(folder / "n.scen", "n.map", (3, 4), scenario.start.tolist(), scenario.goal.tolist())
    assert np.array_equal(read_map(folder / "n.map"), FREE)
    assert np.array_equal(read_scenario(folder / "n.scen", FREE).goal, scenario.goal)
    assert len(read_scenario(folder / "m.scen", FREE, 1).start) == 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("type octile", "octile", "line 1: is 'octile'; it must be 'type octile'"),
        ("height 3", "height x", "line 2: height is 'x'"),
        ("height 3", "height 4", "line 8: the file ends"),
        ("height 3", "height -1", "line 2: height is -1"),
        ("width 4", "height 3", "line 3: is 'height 3'; it must be 'width N'"),
        ("width 4", "width 5", "line 5: row 0 has 4 cells; the width is 5"),
        ("width 4", "width 99999", "from 1 to 16384"),
        ("map\n.", "map\n?", "line 5: cell x 0 is '\\?'"),
        ("\nmap", "\nmaps", "line 4: is 'maps'"),
        ("E..W\n", "E..W\n....\n", "line 8: is a row too many"),
    ],
)
def test_bad_maps(folder, old, new, sentence):
    (folder / "m.map").write_text(MAP.replace(old, new, 1))
    with pytest.raises(MapError, match=f"m.map, {sentence}|m.map.*{sentence}"):
        read_map(folder / "m.map")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("version 1", "version 2", "line 1: is 'version 2'"),
        ("\t2\t2\t4.0", "\t2\t4.0", "line 2: has 8 fields"),
        ("\t0\t0\t2\t2\t", "\t0\tx\t2\t2\t", "line 2: start y is 'x'"),
        ("\t0\t0\t2\t2\t", "\t0\t0\t9\t2\t", "line 2: goal x is 9; it must be from 0 to 3"),
        ("\t0\t0\t2\t2\t", "\t2\t0\t2\t2\t", "line 2: start x 2, y 0 is a blocked cell"),
        ("0\tm.map\t4", "0\tm.map\t5", "line 2: map width is 5; the map's is 4"),
        ("\t1\t1\t0\t2", "\t0\t0\t0\t2", "line 3: start x 0, y 0 is the start of line 2, too"),
        ("\t1\t1\t0\t2", "\t1\t1\t2\t2", "line 3: goal x 2, y 2 is the goal of line 2, too"),
    ],
)
def test_bad_scenarios(folder, old, new, sentence):
    (folder / "m.scen").write_text(SCEN.replace(old, new, 1))
    with pytest.raises(ScenarioError, match=f"m.scen, {sentence}"):
        read_scenario(folder / "m.scen", FREE)


def test_files_that_are_none(folder):
    with pytest.raises(ScenarioError, match="2 robots; 3 are asked for"):
        read_scenario(folder / "m.scen", FREE, 3)
    with pytest.raises(MapError, match="No such file"):
        read_map(folder / "none.map")
    (folder / "m.map").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MapError, match="no text"):
        read_map(folder / "m.map")


PROBLEM = {
    "mapFile": "m.map",
    "agentFile": "a.agents",
    "teamSize": 2,
    "taskFile": "t.tasks",
    "numTasksReveal": 1.5,
}


@pytest.fixture
def problem(folder):
    (folder / "p.json").write_text(json.dumps(PROBLEM))
    (folder / "a.agents").write_text("# version for LoRR 2024\n2\n0\n5\n")
    (folder / "t.tasks").write_text("# version for LoRR 2024\n3\n10\n0,1,\n8\n")
    return folder


def test_robot_runners_problem(problem):
    found = read_robot_runners(problem / "p.json")
    assert found.start.tolist() == [0, 5] and found.tasks == ((10,), (0, 1), (8,))
    assert (found.reveal, found.assignment, found.name) == (1.5, "greedy", "p")


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("p.json", "{", "p.json, line 1: is no JSON"),
        ("p.json", "[]", "p.json: must be a JSON object"),
        ("p.json", json.dumps({**PROBLEM, "mapFile": 3}), "p.json: mapFile is 3"),
        ("p.json", json.dumps({**PROBLEM, "teamSize": 0}), "p.json: teamSize is 0"),
        ("p.json", json.dumps({**PROBLEM, "numTasksReveal": "x"}), "p.json: numTasksReveal is 'x'"),
        ("p.json", json.dumps({**PROBLEM, "taskAssignmentStrategy": "x"}), "taskAssignmentStrategy is 'x'"),
        ("p.json", json.dumps({"mapFile": "m.map"}), "p.json: has no field 'agentFile'"),
        ("a.agents", "2\n0\n", "a.agents: has 1 robots; 2 are asked for"),
        ("a.agents", "2\n0\n2\n", "a.agents, line 3: cell 2 .x 2, y 0. is blocked"),
        ("a.agents", "2\n0\n0\n", "a.agents, line 3: start x 0, y 0 is the start of line 2"),
        ("t.tasks", "3\n10\n", "t.tasks: has 1 tasks; 3 are asked for"),
        ("t.tasks", "1\n12\n", "t.tasks, line 2: cell is 12; it must be from 0 to 11"),
    ],
)
def test_bad_robot_runners_problems(problem, file, text, sentence):
    (problem / file).write_text(text)
    with pytest.raises(FleetError, match=sentence):
        read_robot_runners(problem / "p.json")


def solve(folder, monkeypatch, *options):
    """Exit status of the command."""
    files = [str(folder / "m.map"), str(folder / "m.scen")]
    monkeypatch.setattr(sys, "argv", ["gaitway", "fleet", "solve", *files, *options])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_command_writes_a_plan_or_a_sentence(folder, monkeypatch, capsys):
    plan = folder / "out" / "plan.json"
    assert solve(folder, monkeypatch, "--agents", "2", "--seconds", "200", "--json", str(plan)) == 0
    written = json.loads(plan.read_text())
    assert set(written) == {"solved", "runtime_s", "makespan", "sum_of_costs", "paths"} and written["solved"]
    assert not conflicts(FREE, written["paths"], [(0, 0), (1, 1)], [(2, 2), (0, 2)])
    capsys.readouterr()
    (folder / "m.scen").write_text(SCEN.replace("version 1", "version 7"))
    assert solve(folder, monkeypatch, "--json", str(folder / "none.json")) == 1
    said = capsys.readouterr().err
    assert "m.scen, line 1" in said and len(said.splitlines()) == 1
    assert not (folder / "none.json").exists()


def test_the_command_says_that_there_is_no_plan(folder, monkeypatch, capsys):
    (folder / "m.map").write_text("type octile\nheight 1\nwidth 3\nmap\n...\n")
    (folder / "m.scen").write_text("version 1\n0\tm\t3\t1\t0\t0\t2\t0\t2\n0\tm\t3\t1\t2\t0\t0\t0\t2\n")
    assert solve(folder, monkeypatch, "--json", str(folder / "plan.json")) == 1
    assert json.loads((folder / "plan.json").read_text()) == {
        **{"solved": False, "makespan": 0, "sum_of_costs": 0, "paths": []},
        "runtime_s": pytest.approx(0, abs=600),
    }
    assert "There is no plan" in capsys.readouterr().err


def test_robot_runners_actions_lead_where_they_say(problem, monkeypatch):
    """Replayed from the start, facing east: every action is possible, and all cells of tasks are met."""
    (problem / "m.map").write_text("type octile\nheight 3\nwidth 4\nmap\n....\n....\n....\n")
    out = problem / "out.json"
    monkeypatch.setattr(sys, "argv", ["gaitway", "fleet", "run", str(problem / "p.json"), "--json", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    found = json.loads(out.read_text())
    assert ended.value.code == 0 and found["numTaskFinished"] == 3
    seen = []
    for start, actions in zip((0, 5), found["actualPaths"], strict=True):
        x, y, heading = start % 4, start // 4, 0
        for action in actions.split(","):
            if action == "F":
                x, y = x + (1, 0, -1, 0)[heading], y + (0, 1, 0, -1)[heading]
                assert 0 <= x < 4 and 0 <= y < 3
            heading = (heading + {"R": 1, "C": -1}.get(action, 0)) % 4
            seen.append(4 * y + x)
    assert {10, 0, 1, 8} <= set(seen)
