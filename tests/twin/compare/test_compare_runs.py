"""Comparisons of made-up runs: pairs, results that are kept, the command, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from gaitway.cli.main import main
from gaitway.twin.compare.compare import Variant, compare
from gaitway.twin.compare.figures import FIGURES, Figures, figures_of
from gaitway.twin.compare.job import Job
from gaitway.twin.report.facts import Event, Order, Shift
from gaitway.twin.warehouse.scenario import FleetCfg, Scenario

SIX, TEN = (Variant(f"{n}.toml", Scenario(name=f"n{n}", fleet=FleetCfg(n))) for n in (6, 10))


def _made_up(job: Job) -> Figures:
    """More AMRs do more orders, by another amount for each seed; stops are noise, contacts never happen."""
    noise = np.random.default_rng([job.scenario.seed, job.scenario.fleet.amrs]).normal()
    common = 10.0 * job.scenario.seed
    done = common + job.scenario.fleet.amrs + 0.1 * noise
    known: Figures = {"orders_done": done, "stops": 20 + noise, "contacts": 0.0, "near_misses": 3.0}
    return {key: known.get(key) for key in FIGURES}


class Engine:
    """Makes runs up; `until` are made before it is interrupted."""

    def __init__(self, until: int = 10**9) -> None:
        self.until, self.made = until, list[Job]()

    def __call__(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Figures]]:
        for job in reversed(jobs):
            if len(self.made) == self.until:
                raise KeyboardInterrupt
            self.made.append(job)
            yield job, _made_up(job)


def test_runs_are_paired_by_their_seeds() -> None:
    found = compare(SIX, TEN, 8, Engine())
    assert (np.diff([run["orders_done"] or 0.0 for run in found.a]) > 5).all(), "in the order of seeds"
    more = found.differences["orders_done"]
    assert more.is_distinguishable and more.difference == pytest.approx(4.0, abs=0.3)
    assert more.high - more.low < 1.0, "what seeds have in common, tens of orders, cancels out"
    assert not found.differences["stops"].is_distinguishable
    assert found.differences["contacts"].is_equal and "lead_time" not in found.differences


def test_the_order_of_variants_swaps_signs_and_seeds_repeat() -> None:
    there, back, again = compare(SIX, TEN, 5, Engine()), compare(TEN, SIX, 5, Engine()), Engine()
    assert compare(SIX, TEN, 5, again) == there
    for key, one in there.differences.items():
        other = back.differences[key]
        assert (one.difference, one.low, one.high) == (-other.difference, -other.high, -other.low)
    assert {job.scenario.seed for job in again.made} == set(range(5)), "the files' own seeds are not used"


def test_an_interrupted_comparison_goes_on(tmp_path: Path) -> None:
    whole = compare(SIX, TEN, 4, Engine())
    first, second, third = Engine(until=3), Engine(), Engine()
    with pytest.raises(KeyboardInterrupt):
        compare(SIX, TEN, 4, first, tmp_path)
    assert compare(SIX, TEN, 4, second, tmp_path) == whole
    assert not {job.key for job in first.made} & {job.key for job in second.made}
    assert (len(first.made), len(second.made)) == (3, 5)
    assert compare(SIX, TEN, 4, third, tmp_path) == whole and not third.made
    assert not list(tmp_path.glob(".*"))


def test_results_of_other_scenarios_are_not_taken(tmp_path: Path) -> None:
    compare(SIX, TEN, 2, Engine(), tmp_path)
    slower = Variant("slow.toml", replace(TEN.scenario, fleet=FleetCfg(10, speed=1.0)))
    renamed = Variant("named.toml", replace(SIX.scenario, name="another", seed=77))
    engine = Engine()
    compare(renamed, slower, 2, engine, tmp_path)
    assert {job.source for job in engine.made} == {"slow.toml"}


def test_a_scenario_beside_itself_is_run_once() -> None:
    engine = Engine()
    found = compare(SIX, SIX, 3, engine)
    assert len(engine.made) == 3 and all(one.is_equal for one in found.differences.values())


@pytest.mark.parametrize("text", ["{", "[]", '{"figures": {"orders_done": 3}}', '{"figures": 3}'])
def test_a_result_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    compare(SIX, TEN, 2, Engine(), tmp_path)
    broken = min(tmp_path.glob("*.json"))
    broken.write_text(text)
    with pytest.raises(ValueError, match=rf"{broken.name} is no result .* delete it"):
        compare(SIX, TEN, 2, Engine(), tmp_path)


def test_a_file_is_no_folder_for_results(tmp_path: Path) -> None:
    engine, file = Engine(), tmp_path / "kept"
    file.write_text("")
    with pytest.raises(ValueError, match=r"kept is no folder"):
        compare(SIX, TEN, 2, engine, file)
    assert not engine.made


def test_figures_of_a_shift_by_hand() -> None:
    """Orders that took 1, 2, ... 20 minutes, one that is open, and half an hour at a charger."""
    orders = [
        Order(f"o{k}", "s", "t", 0.0, 900.0, "delivered", "amr_00", 1.0, 2.0, 60.0 * (k + 1))
        for k in range(20)
    ]
    orders.append(Order("late", "s", "t", 0.0, 900.0, "picked", "amr_00", 1.0, 2.0, None))
    happened = [
        ("vehicle_stopped", 5.0),
        ("contact", 6.0),
        ("charging_started", 0.0),
        ("charging_ended", 1800.0),
    ]
    events = [
        Event(k, time, kind, "amr_00", None, None, None, None, None, None, "")
        for k, (kind, time) in enumerate(happened)
    ]
    actors = {"amr_00": "amr", "amr_01": "amr"}
    found = figures_of(Shift({"near_misses": "3"}, datetime(2026, 1, 5), 7200.0, actors, [], orders, events))
    assert (found["orders_done"], found["orders_open"], found["throughput"]) == (20, 1, 10)
    assert found["on_time"] == pytest.approx(100 * 15 / 21)
    assert (found["lead_time"], found["lead_time_p95"]) == (630, pytest.approx(60 * 19.05))
    assert (found["charging"], found["stops"], found["contacts"]) == (12.5, 0.5, 0.5)
    assert (found["near_misses"], found["utilisation"]) == (1.5, 0)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gaitway.twin.compare.processes.on_processes", lambda jobs, **_: Engine()(jobs))
    for name, amrs in (("six", 6), ("ten", 10)):
        Path(f"{name}.toml").write_text(f"name = '{name}'\n[fleet]\namrs = {amrs}\n")
    return "six.toml", "ten.toml"


def _command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["gaitway", "twin", "compare", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def test_the_command_says_what_differs(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(monkeypatch, *files, "--seeds", "8", "--json", "what/if.json") == 0
    text = capsys.readouterr().out
    row = {line.split("│")[1].strip(): line for line in text.splitlines() if line.startswith("│")}
    assert "better" in row["orders done"] and "unclear" in row["stops of AMRs/h"]
    assert "equal" in row["contacts/h"] and "order time, s" not in row
    assert "left out: orders still open; orders done/h; " in text
    assert "8 runs cannot tell from chance: stops of AMRs/h." in text and "runs left: 0" in text
    written = json.loads(Path("what/if.json").read_text())
    assert written["seeds"] == 8 and len(written["b"]["runs"]) == 8
    assert written["b"]["scenario"]["fleet"]["amrs"] == 10
    assert written["differences"]["orders_done"]["is_distinguishable"] is True
    assert "paired t" in written["method"] and written["machine"]["cores"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("six.toml", "no.toml"), "no.toml cannot be read"),
        (("six.toml", "ten.toml", "--seeds", "1"), "--seeds 1: give 2 or more"),
        (("six.toml", "ten.toml", "--json", "."), "--json . is a folder"),
        (("six.toml", "ten.toml", "--workers", "0"), "--workers 0: must be 1 or more"),
        (
            ("six.toml", "ten.toml", "--workers", "2", "--ray", "10.0.0.1:6379"),
            "--workers is for this machine",
        ),
    ],
)
def test_what_is_wrong_is_said(
    files: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    assert _command(monkeypatch, "--json", "out.json", "--keep", "kept", *arguments) == 1
    assert says in capsys.readouterr().err
    assert not Path("out.json").exists() and not Path("kept").exists()
