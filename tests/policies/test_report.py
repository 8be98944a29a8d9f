"""The report of a policy: what its figures are drawn from, and the page."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from gaitway.envs.config import EnvCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies import report as report_module
from gaitway.policies import report_command_map
from gaitway.policies.candidate import Candidate
from gaitway.policies.evaluation import undisturbed
from gaitway.policies.report import PAGE_FILE, write_report
from gaitway.policies.report_command_map import map_commands
from gaitway.policies.report_gait import GaitRecord, record_gaits
from gaitway.policies.report_robustness import Curve, run_sweep
from gaitway.policies.report_sweeps import SWEEPS, Sweep
from gaitway.policies.score import EvalResult
from gaitway.policies.scoring.intervals import Estimate

TASK = "Gaitway/DroidVelocityFlat-v0"
DT = 0.02


class _Stand:
    """Holds the default pose for 0.2 s, and notes what it was asked for."""

    task = TASK

    def __init__(self) -> None:
        self.commands = torch.empty(0)

    def disturbed_cfg(self) -> EnvCfg:
        cfg = load_cfg(TASK)
        cfg.episode_s = 0.2
        return cfg

    def cfg(self) -> EnvCfg:
        return undisturbed(self.disturbed_cfg())

    def policy(self, num_envs: int) -> SimpleNamespace:
        return SimpleNamespace(act=self._act)

    def _act(self, env: GaitwayVectorEnv) -> torch.Tensor:
        self.commands = env.command.value.clone()
        return torch.zeros(env.num_envs, env.actions.size)


@pytest.fixture
def stand() -> Candidate:
    return cast(Candidate, _Stand())


def _walk() -> GaitRecord:
    """Two feet: strides of 40 steps, 24 of them on the ground, the right one 20 steps after the left."""
    phase = np.arange(200)[:, None] + np.array([0, 20])
    return GaitRecord((0.5, 0.0, 0.0), ("left", "right"), phase % 40 >= 16, DT)


def test_gait_of_a_scripted_walk() -> None:
    walk = _walk()
    np.testing.assert_allclose(walk.stances(0), [(DT * (16 + 40 * i), DT * 24) for i in range(5)])
    assert walk.stances(1)[0] == pytest.approx((0.0, DT * 20)), "it began on the ground"
    assert walk.stances(1)[1] == pytest.approx((DT * 36, DT * 24))
    assert walk.stride() == pytest.approx(0.8)
    assert walk.duty_factor(0) == pytest.approx(0.6)
    assert walk.phase(1) == pytest.approx(0.5)


def test_gait_of_one_who_stands() -> None:
    stands = GaitRecord((0.0, 0.0, 0.0), ("left", "right"), np.ones((50, 2), bool), DT)
    assert stands.stances(0) == [(0.0, 1.0)]
    assert np.isnan(stands.stride()) and np.isnan(stands.phase(1))


def test_recorded_gaits_are_those_of_the_commands(stand: Candidate) -> None:
    records = record_gaits(stand, seed=0)
    fast, turn = stand.cfg().commands.lin_vel_x[1], stand.cfg().commands.ang_vel_z[1]
    assert [record.command for record in records] == [(fast / 2, 0, 0), (fast, 0, 0), (0, 0, turn)]
    assert all(record.feet == ("left", "right") for record in records)
    assert all(len(record.contact) <= round(3.0 / DT) for record in records)


def test_map_asks_for_every_command(stand: Candidate) -> None:
    found = map_commands(stand, per_cell=2, seed=0)
    asked = cast(_Stand, stand).commands
    yaw, vx = np.meshgrid(found.yaw, found.vx, indexing="ij")
    np.testing.assert_allclose(asked[:, 0], vx.repeat(2), rtol=1e-6)
    np.testing.assert_allclose(asked[:, 2], yaw.repeat(2), rtol=1e-6)
    assert (asked[:, 1] == 0).all()
    # A robot that stands still is wrong by about what it is asked for.
    np.testing.assert_allclose(found.values["lin_vel_error"], np.abs(vx), atol=0.25)
    assert np.corrcoef(found.values["lin_vel_error"].ravel(), np.abs(vx).ravel())[0, 1] > 0.9
    # The ends of training's range lie between two cells.
    low, high = found.trained[0]
    edges = (found.vx[1:] + found.vx[:-1]) / 2
    assert np.isclose(edges, low).any() and np.isclose(edges, high).any()


def _sweep(name: str) -> Sweep:
    return next(sweep for sweep in SWEEPS if sweep.name == name)


def _swept(name: str, levels: list[float]) -> GaitwayVectorEnv:
    cfg = undisturbed(load_cfg(TASK))
    _sweep(name).configure(cfg, torch.tensor(levels))
    env = GaitwayVectorEnv(cfg, len(levels), threads=1)
    env.reset(seed=0)
    return env


def test_sweeps_reach_the_physics() -> None:
    """Every world has its own level, whatever the task's randomization drew."""
    friction = _swept("friction", [0.7, 0.05]).world.parameter("geom_friction")
    moving = friction[:, -1, 0]
    assert moving.tolist() == pytest.approx([0.7, 0.05])
    env = _swept("payload", [0.0, 0.5])
    mass = env.world.parameter("body_mass").sum(-1) / float(env.model.body_mass.sum())
    assert mass.tolist() == pytest.approx([1.0, 1.5])
    env = _swept("action_latency", [0.0, 0.03])
    assert env.actions.delay.tolist() == [0, 6]
    env = _swept("noise", [8.0, 8.0])
    assert env.cfg.noise.gyro == pytest.approx(8 * load_cfg(TASK).noise.gyro)
    assert _swept("sensor_latency", [0.04, 0.04]).cfg.noise.latency_s == pytest.approx((0.04, 0.04))


def test_pushes_have_the_speed_of_their_level() -> None:
    cfg = undisturbed(load_cfg(TASK))
    _sweep("push").configure(cfg, torch.tensor([0.0, 0.5, 2.0]))
    env = GaitwayVectorEnv(cfg, 3, threads=1)
    before = env.world.view("qvel").clone()
    term = cfg.events["push"]
    term.func(env, torch.arange(3), **term.params)
    change = env.world.view("qvel") - before
    assert change[:, :2].norm(dim=-1).tolist() == pytest.approx([0.0, 0.5, 2.0])
    assert (change[:, 2:] == 0).all()


def _curve(levels: tuple[float, ...], rates: tuple[float, ...]) -> Curve:
    scores = tuple({"survival_rate": Estimate(rate, rate, rate)} for rate in rates)
    return Curve(_sweep("push"), "survival_rate", levels, scores, None, 10)


def test_where_half_fail() -> None:
    assert _curve((0.0, 1.0, 2.0), (1.0, 0.9, 0.1)).fails_at == pytest.approx(1.5)
    assert _curve((1.0, 0.5, 0.1), (1.0, 0.6, 0.2)).fails_at == pytest.approx(0.4)
    assert _curve((0.0, 1.0), (1.0, 0.5)).fails_at is None
    assert _curve((0.0, 1.0), (0.3, 0.2)).fails_at == 0.0


def test_a_sweep_goes_on_until_most_fail(stand: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing topples within 0.2 s: every level is run, in rounds."""
    sweep = Sweep("x", "x", tuple(range(8)), lambda cfg, levels: None)
    curve = run_sweep(stand, sweep, per_level=1, seed=0)
    assert curve.levels == sweep.levels and len(curve.scores) == 8 and curve.fails_at is None


def test_a_sweep_ends_with_the_round_in_which_most_fail(stand: Candidate) -> None:
    def topple(cfg: EnvCfg, levels: torch.Tensor) -> None:
        cfg.terminations["tilt"].params["limit"] = 0.0  # to lean at all is to fall

    curve = run_sweep(stand, Sweep("x", "x", tuple(range(8)), topple), per_level=2, seed=0)
    assert curve.levels == tuple(range(6)) and curve.fails_at == 0


def _result(stand: Candidate) -> EvalResult:
    score = {"survival_rate": Estimate(0.75, 0.5, 0.9), "power_mean": Estimate(np.nan, np.nan, np.nan, "W")}
    return EvalResult(stand.task, "zoo/<policy>", 8, 0, score, 1000, "abc", [score, score])


def test_the_page_holds_its_pictures(
    stand: Candidate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "Candidate", lambda *_: stand)
    monkeypatch.setattr(report_module, "sweep_all", lambda *_: [_curve((0.0, 1.0), (1.0, 0.1))])
    monkeypatch.setattr(report_command_map, "_CELLS", 5)
    monkeypatch.setattr(report_command_map, "_INSIDE", 1)
    said: list[str] = []
    page = write_report(_result(stand), tmp_path / "report", said.append)
    text = page.read_text(encoding="utf-8")
    pictures = [base64.b64decode(found) for found in re.findall(r"base64,([^\"]+)", text)]
    files = ("command_map.png", "gait.png", "robustness.png")
    assert pictures == [(page.parent / file).read_bytes() for file in files]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert "zoo/&lt;policy&gt;" in text and "0.500 to 0.900" in text and 'src="http' not in text
    assert said == ["map of commands", "gait diagram", "robustness curves"]
    record = json.loads((page.parent / "report.json").read_text(encoding="utf-8"))
    assert record["survival_rate"] == 0.75 and record["power_mean"] is None
    assert record["robustness"]["push"]["fails_at"] == pytest.approx(5 / 9)
    assert sorted(path.name for path in page.parent.iterdir()) == sorted([*files, PAGE_FILE, "report.json"])


def test_a_folder_of_something_else_is_left_alone(stand: Candidate, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").touch()
    with pytest.raises(ValueError, match=r"is not empty and holds no report\.html; name a new folder"):
        write_report(_result(stand), tmp_path, print)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
