"""docs/extend.md works as it is written: its robot and task are put into a folder, registered and trained."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import gaitway.assets
import numpy as np
import pytest
import torch
from gaitway.cli.main import main
from gaitway.envs import registration, tasks
from gaitway.envs.registration import load_cfg
from gaitway.envs.stage import load_stage
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.run_dir import last_checkpoint
from gaitway.policies.run_log import read_log

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "extend.md").read_text(encoding="utf-8")
BLOCKS = {name: code for _, name, code in re.findall(r"```(usda|python) (\S+)\n(.*?)```", TEXT, re.DOTALL)}
TASK = "Gaitway/CartpoleBalance-v0"


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of assets and one of tasks beside Gaitway's own, with what the page adds."""
    for task in registration.TASKS:
        load_cfg(
            task
        )  # a task that is first imported from here on would look for its robot among these assets
    assets = tmp_path / "assets"
    (assets / "robots").mkdir(parents=True)
    (assets / "scenes").symlink_to(gaitway.assets.ASSETS / "scenes")
    (assets / "robots/cartpole.usda").write_text(BLOCKS["cartpole.usda"])
    (tmp_path / "cartpole_balance.py").write_text(BLOCKS["envs/tasks/cartpole_balance.py"])
    monkeypatch.setattr(gaitway.assets, "ASSETS", assets)
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "gaitway.envs.tasks.cartpole_balance", raising=False)
    ((name, where),) = re.findall(r'"(.+?)": "(.+?)"', BLOCKS["envs/registration.py"])
    monkeypatch.setitem(registration.TASKS, name, where)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(monkeypatch: pytest.MonkeyPatch, line: str, **changes: str) -> None:
    """Run a command line of the page with other values of its options."""
    words = shlex.split(line)
    for option, value in changes.items():
        flag = f"--{option.replace('_', '-')}"
        words[words.index(flag) + 1] = value
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code


def test_a_task_is_one_file_of_at_most_120_lines() -> None:
    assert len(BLOCKS["envs/tasks/cartpole_balance.py"].splitlines()) <= 120


def test_the_robot_is_what_the_page_says(extended: Path) -> None:
    loaded = load_stage(extended / "assets/robots/cartpole.usda")
    model = loaded.compile()
    assert not loaded.report.warnings()
    assert (model.nq, model.nv, model.nu) == (2, 2, 1)
    assert model.body_mass.sum() == pytest.approx(1.2)
    # A control is a force: nothing of the actuator depends on position or speed.
    assert not model.actuator_biasprm[0, :3].any() and model.actuator_forcerange[0, 1] == 20.0


def test_physics_is_a_cartpoles(extended: Path) -> None:
    """A constant force on cart and pole at rest: acceleration by the closed form of the upright cart-pole."""
    cfg = load_cfg(TASK)
    cfg.events["reset"].params["noise"] = 0.0
    cfg.sim.timestep, cfg.sim.decimation = 1e-4, 1
    env = GaitwayVectorEnv(cfg, 1, noise=False)
    env.reset(seed=0)
    env.step(torch.ones(1, 1))
    cart, rod, length, inertia = 1.0, 0.2, 0.3, 0.006
    # (M + m) a + m l alpha = F and m l a + (I + m l^2) alpha = 0 while the pole is upright.
    matrix = np.array([[cart + rod, rod * length], [rod * length, inertia + rod * length**2]])
    expected = np.linalg.solve(matrix, [10.0, 0.0]) * 1e-4
    assert env.world.view("qvel")[0].numpy() == pytest.approx(expected, rel=1e-3)


def test_commands_show_and_train_it(
    extended: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show, train = (re.search(rf"^gaitway {word} {TASK}.*$", TEXT, re.M).group() for word in ("show", "train"))  # type: ignore[union-attr]
    _run(monkeypatch, show)
    shown = capsys.readouterr().out
    assert "Cosine of the pole's angle." in shown and "farthest" in shown
    _run(monkeypatch, train, minutes="0.02", num_envs="64")
    (run,) = (extended / "runs/CartpoleBalance-v0").iterdir()
    last_checkpoint(run)
    # An iteration in which no episode ended has nothing to say about rewards, so look at all of them.
    logged = {name for line in read_log(run) for name in line["log"]}
    assert "reward/upright" in logged and "reward/action_rate" not in logged


def test_a_robot_of_ones_own_walks_without_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hopper of docs/scenes.md in place of `my.usda`."""
    (hopper,) = re.findall(r"```usda hopper.usda\n(.*?)```", (DOCS / "scenes.md").read_text(), re.DOTALL)
    (tmp_path / "my.usda").write_text(hopper)
    monkeypatch.chdir(tmp_path)
    line = re.search(r"^gaitway train Gaitway/VelocityFlat-v0 --robot my.usda.*$", TEXT, re.M)
    assert line is not None
    _run(monkeypatch, line.group() + " --num-envs 512 --out run", minutes="0.02", num_envs="8")
    assert read_log(tmp_path / "run")
