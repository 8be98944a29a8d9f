"""Files of benchmarks: what is read and written, what is refused, and the best tours of two made by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from gaitway.cli.bench.dispatch import Dispatch
from gaitway.cli.main import main
from gaitway.fleet.dispatch.instance import read_instance, write_instance
from gaitway.fleet.dispatch.plan import plan_tours
from gaitway.fleet.errors import DispatchError

from .exhaustive import best_cost, cost_of_plan

SOLOMON = """BY HAND

VEHICLE
NUMBER     CAPACITY
   2         10

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

  0   0  0  0   0  100  0
  1   3  4  4   0   50  2
  2   6  8  4  10   60  2
  3  -5  0  3   0   20  2
  4  -5 12  5  30   90  2
  5   0 10  2   0   25  2
"""
LI_LIM = """2\t10\t1
0\t0\t0\t0\t0\t200\t0\t0\t0
1\t3\t4\t6\t0\t90\t2\t0\t4
2\t6\t8\t6\t0\t90\t2\t0\t5
3\t-5\t0\t4\t20\t60\t2\t0\t6
4\t9\t12\t-6\t0\t120\t2\t1\t0
5\t0\t5\t-6\t0\t150\t2\t2\t0
6\t5\t0\t-4\t0\t150\t2\t3\t0
"""


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["gaitway", "fleet", "dispatch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.fixture
def file(tmp_path):
    return tmp_path / "problem.txt"


@pytest.mark.parametrize(("text", "jobs"), [(SOLOMON, 5), (LI_LIM, 3)])
def test_read_and_written(file, text, jobs):
    file.write_bytes(text.replace("\n", "\r\n").encode())
    first = read_instance(file)
    write_instance(file, first)
    again = read_instance(file)
    for field, value in vars(first).items():
        assert np.array_equal(getattr(again, field), value), field
    assert len(first.problem().jobs) == jobs and first.vehicles == 2 and first.capacity == 10
    assert first.problem().distance[0, 1] == 5.0


@pytest.mark.parametrize("backend", ["pyvrp", "ruin"])
@pytest.mark.parametrize("text", [SOLOMON, LI_LIM])
def test_best_tours_by_hand(file, text, backend):
    file.write_text(text)
    problem = read_instance(file).problem()
    tours = plan_tours(problem, 60.0, backend=backend, rounds=3000)
    assert (
        cost_of_plan(problem, tours.tours) == pytest.approx(best_cost(problem)) == pytest.approx(tours.cost)
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "sentence"),
    [
        (SOLOMON, SOLOMON, "", "is empty"),
        (SOLOMON, "NUMBER ", "COUNT ", "line 4: is 'COUNT     CAPACITY'; it must begin with NUMBER"),
        (SOLOMON, "   2         10", "   2", "line 5: has 1 numbers; 2 must stand here"),
        (SOLOMON, "   2         10", "   0         10", "line 5: number of vehicles is 0"),
        (SOLOMON, "   2         10", "   2        -10", "line 5: capacity is -10"),
        (SOLOMON, "  2   6  8  4", "  7   6  8  4", "line 12: customer is 7; 2 comes next"),
        (SOLOMON, "  2   6  8  4", "  2   6  x  4", "line 12: y is 'x'; it must be a number"),
        (SOLOMON, "  2   6  8  4", "  2   6  inf  4", "line 12: y is 'inf'"),
        (SOLOMON, "  2   6  8  4", "  2   6  8  -4", "line 12: demand is -4"),
        (SOLOMON, "10   60  2", "70   60  2", "line 12: ready time 70, due date 60"),
        (SOLOMON, SOLOMON[SOLOMON.index("  0   0") :], "", "has no customer"),
        (LI_LIM, "2\t10\t1\n", "2\t10\n", "line 1: has 2 numbers; 3 must stand here"),
        (LI_LIM, "\t0\t4\n", "\t3\t4\n", "line 3: one of pickup and delivery must be 0"),
        (LI_LIM, "\t0\t4\n", "\t0\t9\n", "line 3: its partner is 9; that task must exist"),
        (LI_LIM, "\t0\t4\n", "\t0\t5\n", "line 3: its partner is 5; that task must exist and name this one"),
        (LI_LIM, "12\t-6\t", "12\t-5\t", "line 3: demand is 6; a pickup's is above 0, and its delivery's"),
    ],
)
def test_refused(file, text, old, new, sentence, capsys, monkeypatch):
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(DispatchError) as refused:
        read_instance(file)
    assert sentence in str(refused.value) and str(file) in str(refused.value)
    out = file.with_name("out.json")
    assert run(monkeypatch, str(file), "--json", str(out)) == 1 and not out.exists()
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--vehicles-first"]])
def test_command_writes_routes_and_cost(file, options, monkeypatch):
    file.write_text(LI_LIM)
    out = file.with_name("out.json")
    assert run(monkeypatch, str(file), "--seconds", "0.3", "--json", str(out), *options) == 0
    plan = json.loads(out.read_text())
    assert sorted(place for route in plan["routes"] for place in route) == [1, 2, 3, 4, 5, 6]
    assert plan["bound"] <= plan["cost"] == pytest.approx(plan["distance"])
    xy = np.array([[0, 0], [3, 4], [6, 8], [-5, 0], [9, 12], [0, 5], [5, 0]], float)
    ways = [np.diff(xy[[0, *route, 0]], axis=0) for route in plan["routes"]]
    assert sum(np.hypot(*way.T).sum() for way in ways) == pytest.approx(plan["distance"])
    assert plan["history"][-1][1] == pytest.approx(plan["cost"], abs=1e-3)


def test_a_benchmark_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--files .*no file that ends in \.txt"):
        Dispatch(files=tmp_path).run()
