"""Config changes by name, and the tables that show a config."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from gaitway.cli.main import _gather_overrides
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.sensors.lidar import LidarCfg
from gaitway.envs.tables import task_tables
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/DroidVelocityFlat-v0"


def test_values_take_the_type_of_what_they_replace() -> None:
    cfg = load_cfg(
        TASK,
        [
            "commands.lin_vel_x=0 1",
            "commands.gait.swing_height=0.07",
            "rewards.upright.weight=-2",
            "rewards.upright.params.sigma=1e-1",
            "sim.decimation=2",
            "robot=other/robot.usda",
            "events.push=off",
            "agent.gamma=0.98",
            "agent.critic_hidden_dims=64 32",
            "agent.symmetry=false",
        ],
    )
    assert cfg.commands.lin_vel_x == (0.0, 1.0)
    assert cfg.commands.gait.swing_height == 0.07
    assert cfg.rewards["upright"].weight == -2.0
    assert cfg.rewards["upright"].params == {"sigma": 0.1}
    assert cfg.sim.decimation == 2 and isinstance(cfg.sim.decimation, int)
    assert cfg.robot == Path("other/robot.usda")
    assert "push" not in cfg.events
    assert cfg.agent == PPOCfg(gamma=0.98, critic_hidden_dims=(64, 32), symmetry=False)
    assert "push" in load_cfg(TASK).events  # another config is not touched


def test_a_frozen_sensor_config_is_replaced_by_a_checked_one() -> None:
    task = "Gaitway/AmrNavigation-v0"
    cfg = load_cfg(
        task, ["actor.lidar.params.cfg.elevations=-0.1 0 0.1", "actor.lidar.params.cfg.sectors=18"]
    )
    lidar = LidarCfg(elevations=(-0.1, 0.0, 0.1), sectors=18)
    assert cfg.actor["lidar"].params == {"cfg": lidar} and lidar != LidarCfg()
    assert load_cfg(task).actor["lidar"].params == {"cfg": LidarCfg()}
    with pytest.raises(ValueError, match=r"--env\.actor\.lidar\.params\.cfg\.sectors: "):
        load_cfg(task, ["actor.lidar.params.cfg.sectors=0"])


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("comands.lin_vel_x=0 1", r"--env\.comands: there is no 'comands'; did you mean 'commands'\?"),
        ("rewards.uprigth.weight=1", r"there is no 'uprigth'; did you mean 'upright'\?"),
        ("commands.lin_vel_x=1", r"lin_vel_x: takes 2 values, not 1; it is \(-0\.3, 0\.6\)"),
        ("sim.timestep=fast", r"--env\.sim\.timestep: 'fast' is no number; it is 0\.005 now"),
        ("sim.timestep=nan", r"--env\.sim\.timestep: 'nan' is no number"),
        ("agent.gama=0.9", r"--env\.agent\.gama: there is no 'gama'; did you mean 'gamma'\?"),
        ("agent.hidden_dims=wide", r"--env\.agent\.hidden_dims: 'wide' is no number"),
        ("sim=1", r"--env\.sim: is no value but a group of them"),
        ("sim.timestep", r"--env\.sim\.timestep: has no value"),
    ],
)
def test_what_does_not_fit_is_named(override: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        load_cfg(TASK, [override])


def test_command_line_gathers_values_and_negative_numbers() -> None:
    arguments = ["Task", "--env.commands.lin_vel_x", "-1", "0.5", "--seed", "3", "--env.sim.timestep=0.002"]
    assert _gather_overrides(arguments) == [
        "Task",
        "--env",
        "commands.lin_vel_x=-1 0.5",
        "--seed",
        "3",
        "--env",
        "sim.timestep=0.002",
    ]


def test_tables_name_every_term() -> None:
    env = GaitwayVectorEnv(load_cfg("Gaitway/DroidVelocityRough-v0"), 1)
    cfg = env.cfg
    first_column = {row[0].strip("`") for table in task_tables(env) for row in table.rows}
    for terms in (cfg.actor, cfg.critic, cfg.rewards, cfg.terminations, cfg.events, cfg.curricula):
        assert set(terms) <= first_column
    assert {"lin_vel_x", "gait.frequency", "actions.clip", "kinds.stairs_up.hardest"} <= first_column


def test_show_prints_what_was_changed() -> None:
    gaitway = Path(sys.executable).with_name("gaitway")
    shown = subprocess.run(
        [gaitway, "show", TASK, "--env.commands.lin_vel_x", "-1", "0.25", "--markdown"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "| lin_vel_x | -1 0.25 |" in shown
