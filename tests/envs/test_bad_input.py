"""Bad input to environments: one sentence that names the file, the term or the field and what to do."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.cli.main import main
from gaitway.envs.config import EnvCfg, RewardTerm, TerminationTerm
from gaitway.envs.registration import load_cfg
from gaitway.envs.terms import observations, rewards
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK, ROUGH = "Gaitway/DroidVelocityFlat-v0", "Gaitway/DroidVelocityRough-v0"
ROBOTS = ASSETS / "robots"


def _refused(cfg: EnvCfg) -> str:
    """The one sentence that an env of `cfg` is refused with."""
    with pytest.raises(ValueError) as refusal:
        GaitwayVectorEnv(cfg, 2)
    message = str(refusal.value)
    assert "\n" not in message
    return message


# --- Actions ---


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf, 1e30])
def test_a_wild_action_stays_in_its_world(wild: float) -> None:
    """World 1 gets it, whatever it does; the others go on to the last bit as if it had not.

    No episode ends: the next one would be drawn by the generator that all worlds share.
    """
    fall = [f"terminations.{name}=off" for name in load_cfg(TASK).terminations if name != "time_out"]
    envs = [GaitwayVectorEnv(load_cfg(TASK, fall), 3) for _ in range(2)]
    calm = 0.3 * torch.ones(3, envs[0].actions.size)
    shaken = calm.clone()
    shaken[1] = wild
    for env in envs:
        env.reset(seed=3)
    for _ in range(10):
        results = [env.step(action) for env, action in zip(envs, (calm, shaken), strict=True)]
        for quiet, other in zip(*(result[:4] for result in results), strict=True):
            assert torch.equal(quiet[[0, 2]], other[[0, 2]])
        assert all(bool(torch.isfinite(value).all()) for value in results[1][:2])
    expected = 0.0 if math.isnan(wild) else math.copysign(envs[1].cfg.actions.clip, wild)
    assert (envs[1].actions.last[1] == expected).all()


# --- Robots that do not fit ---


def test_a_robot_without_feet_for_a_foot_reward() -> None:
    cfg = load_cfg(TASK, [f"robot={ROBOTS / 'amr.usda'}", "actions.joints=.*", "actions.scale=1"])
    assert "amr.usda: critic.feet_height: The robot has no feet" in _refused(cfg)
    cfg.critic = cfg.actor
    cfg.rewards = {"slip": RewardTerm(rewards.feet_slip, -1.0)}
    message = _refused(cfg)
    assert message.startswith(f"{ROBOTS / 'amr.usda'}: rewards.slip: The robot has no feet")
    assert "put Xforms named '*_sole' there" in message
    assert message.endswith("or leave the term out: --env.rewards.slip off.")


def test_a_term_that_the_robot_lacks_is_named_with_it() -> None:
    arm = load_cfg("Gaitway/ArmReach-v0")
    arm.actor["speed"] = arm.critic["base_lin_vel"] = load_cfg(TASK).critic["base_lin_vel"]
    assert "arm.usda: actor.speed: The robot's first joint is not free" in _refused(arm)


@pytest.mark.parametrize(
    ("task", "overrides", "sentence"),
    [
        (TASK, [f"robot={ROBOTS / 'amr.usda'}"], "amr.usda: actions.joints '.*_(hip_yaw"),
        (TASK, ["robot=nowhere.usda"], "nowhere.usda: there is no such file"),
        (TASK, ["keyframe=sit"], "droid.usda: The robot has no keyframe 'sit'; it has ['stand']"),
        (TASK, ["actions.joints=tail"], "droid.usda: actions.joints 'tail' matches no driven joint"),
        (TASK, ["actions.joints=("], "actions.joints '(' is no regular expression"),
        (
            TASK,
            [f"robot={ROBOTS / 'quadruped.usda'}"],
            "quadruped.usda: rewards.contact_schedule: The robot has 4 feet (left_front_sole, "
            "right_front_sole, left_rear_sole, right_rear_sole), but commands.gait.offsets are of 2; give",
        ),
        (
            "Gaitway/ArmLift-v0",
            [f"scene={ASSETS / 'scenes/flat.usda'}"],
            "flat.usda: has no free body 'cube'; take a scene that has: --env.scene FILE.",
        ),
        ("Gaitway/ArmReach-v0", [f"robot={ROBOTS / 'droid.usda'}", "actions.joints=.*", "keyframe=stand"],
         "droid.usda: actor.tool_to_target: The robot has no sensor 'tool_pos'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(task: str, overrides: list[str], sentence: str) -> None:
    assert sentence in _refused(load_cfg(task, overrides))


# --- Numbers and terms that cannot be ---


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("sim.timestep=0", "sim.timestep is 0; it must be more than 0."),
        ("sim.timestep=-0.01", "sim.timestep is -0.01; it must be more than 0."),
        ("sim.decimation=0", "sim.decimation is 0; it must be a whole number of at least 1."),
        ("sim.decimation=1.5", "sim.decimation is 1.5; it must be a whole number of at least 1."),
        ("sim.decimation=inf", "sim.decimation is inf; it must be a whole number of at least 1."),
        ("agent.hidden_dims=64 0", "agent.hidden_dims is 0; it must be a whole number of at least 1."),
        ("agent.learning_rate=0", "agent.learning_rate is 0; it must be more than 0."),
        ("agent.gamma=1.1", "agent.gamma is 1.1; it must be between 0 and 1."),
        ("episode_s=0", "episode_s is 0; an episode takes at least one step of 0.02 s."),
        ("actions.clip=-1", "actions.clip is -1; it must be more than 0."),
        ("rewards.upright.weight=inf", "rewards.upright.weight is inf; it must be finite."),
    ],
)
def test_numbers_that_cannot_be(override: str, sentence: str) -> None:
    assert _refused(load_cfg(TASK, [override])) == sentence


def test_no_reward_is_left() -> None:
    off = [f"rewards.{name}=off" for name in load_cfg(TASK).rewards]
    assert _refused(load_cfg(TASK, off)) == "rewards: no term is left that has a weight; leave one in."


def test_a_parameter_that_a_term_does_not_take() -> None:
    cfg = load_cfg(TASK)
    cfg.rewards["level"] = RewardTerm(rewards.upright, 1.0, {"sigmaa": 0.1})
    assert "rewards.level.params:" in _refused(cfg) and "it takes sigma." in _refused(cfg)
    cfg = load_cfg(TASK)
    cfg.terminations["fallen"] = TerminationTerm(load_cfg(TASK).terminations["tilt"].func)
    assert "terminations.fallen.params: missing a required argument: 'limit'" in _refused(cfg)


# --- Terrain ---


def test_robots_off_the_field_stand_on_the_floor_and_start_anew() -> None:
    """Far off, and at places that are no numbers, heights are the floor's: nothing is looked up outside."""
    env = GaitwayVectorEnv(load_cfg(ROUGH), 3, noise=False)
    env.reset(seed=0)
    assert env.terrain is not None
    qpos = env.state.qpos.clone()
    qpos[1, :3] = torch.tensor([-1e6, 30.0, env.state.default_height])
    env.world.reset(torch.tensor([False, True, False]), qpos, torch.zeros(3, env.model.nv))
    env.state.refresh()
    scan = observations.height_scan(env, length=0.8, width=0.4, spacing=0.2)
    torch.testing.assert_close(scan[1], torch.zeros_like(scan[1]), atol=1e-4, rtol=0)
    for place in (math.nan, math.inf, 1e30):
        assert env.terrain.height(torch.tensor([[place, 1.0]])).item() == 0.0
    _, _, terminated, truncated, _ = env.step(torch.zeros(3, env.actions.size))
    assert (terminated | truncated)[1]
    assert env.terrain.distance(env.state.root_pos[:, :2])[1] < env.terrain.cfg.patch / 2


# --- The command line ---


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--robot", str(ROBOTS / "amr.usda"), "--env.actions.joints", ".*", "--env.actions.scale", "1"],
            "amr.usda: critic.feet_height: The robot has no feet",
        ),
        (["--env.rewards.uprigth.weight", "2"], "did you mean 'upright'?"),
        (["--env.rewards.hop", "off"], "--env.rewards.hop: there is no 'hop'"),
        (["--env.agent.gama", "0.9"], "--env.agent.gama: there is no 'gama'"),
        (["--env.scorer", "gaol"], "There is no scorer 'gaol'"),
        (["--env.scorer", "reach"], "the scorer 'reach' reads command.position, which this task does not"),
        (["--env.keyframe", "sit"], "no keyframe 'sit'"),
    ],
)
def test_training_is_refused_in_a_sentence_and_leaves_nothing(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["gaitway", "train", TASK, "--num-envs", "2", "--minutes", "0.01", "--out", "run", *arguments]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stop:
        main()
    message = capsys.readouterr().err
    assert stop.value.code == 1
    assert sentence in message and message.startswith("gaitway train: ") and message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
