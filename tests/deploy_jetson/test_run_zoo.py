"""`gaitway-edge run` on shipped policies that do not walk: what they do is read off the recorded states."""

from __future__ import annotations

import json
from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.deploy_jetson.main import main
from gaitway.envs.stage import RobotPlacement, load_stage

ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"
FLAT = ASSETS / "scenes/flat.usda"


def _run(bundle: str, folder: Path, *options: str) -> tuple[np.ndarray, dict]:
    """States (ticks, nq) of 5 s in lockstep but that of the last, damped tick, and the report."""
    files = ["--record", folder / "run.npz", "--json", folder / "run.json", "--log", folder / "run.mcap"]
    arguments = ["run", str(ZOO / bundle), "--robot", "sim", "--no-realtime", "--seconds", "5"]
    with pytest.raises(SystemExit) as status:
        main([*arguments, *map(str, files), *options])
    assert status.value.code == 0
    with np.load(folder / "run.npz") as file:
        return file["qpos"][:-1], json.loads((folder / "run.json").read_text())


def _refusal(bundle: str, capsys: pytest.CaptureFixture, *options: str) -> str:
    with pytest.raises(SystemExit) as status:
        main(["run", str(ZOO / bundle), "--robot", "sim", *options])
    assert status.value.code != 0
    return capsys.readouterr().err.splitlines()[-1]


def test_the_arm_brings_its_tool_to_the_target(tmp_path: Path) -> None:
    target = [0.45, -0.3, 0.25]
    states, report = _run("arm-reach", tmp_path, "--target", *map(str, target))
    model = load_stage(FLAT, [RobotPlacement(ASSETS / "robots/arm.usda")]).compile()
    data = mujoco.MjData(model)
    away = []
    for qpos in states[[0, -1]]:
        data.qpos[:] = qpos
        mujoco.mj_forward(model, data)
        away.append(float(np.linalg.norm(data.site("tool").xpos - target)))
    assert away[0] > 0.2
    assert away[1] < 0.01
    assert report["distance"] == pytest.approx(away[1], abs=1e-6)
    assert report["fault"] == ""


def test_the_quadruped_that_gets_up_stays_up(tmp_path: Path) -> None:
    states, report = _run("quadruped-recover", tmp_path)
    assert (report["fault"], report["cause"]) == ("", None)
    height = json.loads((ZOO / "quadruped-recover/policy.json").read_text())["robot"]["base_height"]
    assert np.abs(states[50:, 2] - height).max() < 0.1
    upright = 1 - 2 * (states[50:, 4] ** 2 + states[50:, 5] ** 2)
    assert upright.min() > 0.9


WALL = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
    subLayers = [@{flat}@]
)
over "World"
{{
    def Cube "wall" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {{
        double size = 1
        double3 xformOp:translate = (2.5, 0.2, 0.5)
        double3 xformOp:scale = (0.4, 1.2, 1)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }}
}}
"""


def test_the_amr_sees_a_wall_in_its_way_and_drives_round_it(tmp_path: Path) -> None:
    """Its straight way leads through the middle of a wall of 0.4 m x 1.2 m."""
    scene = tmp_path / "wall.usda"
    scene.write_text(WALL.format(flat=FLAT))
    states, report = _run("amr-navigation", tmp_path, "--scene", str(scene), "--goal", "5,0.2")
    assert (report["fault"], report["cause"]) == ("", None)
    assert np.linalg.norm(states[-1, :2] - [5.0, 0.2]) == pytest.approx(report["distance"], abs=0.15)
    assert report["distance"] < 0.3
    beside = states[(states[:, 0] > 2.3) & (states[:, 0] < 2.7), 1] - 0.2
    assert len(beside) and (np.abs(beside) > 0.6 + 0.2).all(), "half the wall and half the robot"


def test_the_amr_drives_by_way_of_other_places(tmp_path: Path) -> None:
    states, report = _run("amr-navigation", tmp_path, "--goal", "3,1", "4,-1.5")
    assert report["distance"] < 0.3
    assert np.linalg.norm(states[:, :2] - [3.0, 1.0], axis=1).min() < 1.0, "cut by its lookahead"


@pytest.mark.parametrize(
    ("bundle", "options", "words"),
    [
        ("droid-velocity-flat", ["--target", "0.4", "0", "0.4"], "reaches for no target; leave out --target"),
        ("arm-reach", ["--target", "0.4", "nan", "0.4"], "argument --target: nan is not finite"),
        ("arm-reach", ["--goal", "1,0"], "drives to no goal; leave out --goal"),
        ("amr-navigation", ["--goal", "1"], "argument --goal: 1 is not X,Y"),
        ("amr-navigation", ["--goal", "1,inf"], "argument --goal: inf is not finite"),
        ("arm-reach", ["--vx", "0.2"], "follows no velocity command; leave out --vx"),
    ],
)
def test_wishes_that_do_not_fit_are_refused(
    bundle: str, options: list[str], words: str, capsys: pytest.CaptureFixture
) -> None:
    assert words in _refusal(bundle, capsys, *options)
