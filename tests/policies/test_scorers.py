"""Scorers of goals, targets and recoveries on scripted episodes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.evaluation import run_episodes
from gaitway.policies.scoring import SCORERS, check_scorer, scorer_class
from gaitway.policies.scoring.goal import GoalScorer, success_by_path_length
from gaitway.policies.scoring.reach import ReachScorer
from gaitway.policies.scoring.recover import RecoverScorer

DT = 0.1


def _env(num_envs: int, **parts: Any) -> Any:
    energy = torch.zeros(num_envs, dtype=torch.float64)
    model = SimpleNamespace(body_rootid=np.array([0, 1]), jnt_bodyid=[1])
    masses = torch.ones(num_envs, 2)
    return SimpleNamespace(
        num_envs=num_envs,
        device=torch.device("cpu"),
        step_dt=DT,
        model=model,
        cfg=SimpleNamespace(critic={}),
        actions=SimpleNamespace(last=torch.zeros(num_envs, 2)),
        world=SimpleNamespace(view=lambda field: energy, parameter=lambda field: masses),
        terminations=SimpleNamespace(fired={}),
        **parts,
    )


def test_spl_by_hand() -> None:
    """Straight there; twice the way; not there at all; there from the start; a shorter way than thought."""
    success = torch.tensor([1.0, 1.0, 0.0, 1.0, 1.0])
    shortest = torch.tensor([4.0, 4.0, 4.0, 0.0, 4.0])
    path = torch.tensor([4.0, 8.0, 4.0, 0.0, 3.9])
    assert success_by_path_length(success, shortest, path).tolist() == [1.0, 0.5, 0.0, 1.0, 1.0]


def test_goals() -> None:
    """One goes straight, one by a detour and ends there, one hits a wall, one stops half way.

    All walk at 1 m/s towards a goal 1 m away; the second first goes 0.5 m back.
    """
    state = SimpleNamespace(root_pos=torch.zeros(4, 3), has_base=True)
    command = SimpleNamespace(
        shortest=torch.ones(4), distance=torch.ones(4), reached=torch.zeros(4, dtype=torch.bool)
    )
    env = _env(4, state=state, command=command)
    never = torch.zeros(4, dtype=torch.bool)
    env.terminations.fired = {"reached": never, "collision": never}
    scorer = GoalScorer(cast(GaitwayVectorEnv, env))
    alive = torch.ones(4, dtype=torch.bool)
    for step in range(30):
        scorer.before_step()
        x = state.root_pos[:, 0]
        x[0] += DT
        x[1] += -DT if step < 5 else DT
        x[2] += DT
        x[3] += DT if step < 5 else 0.0
        command.distance = (1.0 - x).abs()
        command.reached = torch.tensor([bool(x[0] > 0.95), False, False, False])
        env.terminations.fired = {
            "reached": torch.tensor([False, step == 19, False, False]),
            "collision": torch.tensor([False, False, step == 3, False]),
        }
        ended = torch.tensor([False, step == 19, step == 3, False])
        counted = alive & ~ended
        scorer.after_step(alive, counted)
        state.root_pos[ended] = 77.0  # where the env's reset puts it
        alive = counted
    found = {name: measure.estimate() for name, measure in scorer.episodes().items()}
    assert found["success_rate"].value == 0.5
    assert found["collision_rate"].value == 0.25
    assert found["spl"].value == pytest.approx((1.0 + 1.0 / 2.0) / 4, abs=1e-4)
    assert found["time_to_goal"].value == pytest.approx((1.0 + 2.0) / 2)
    assert found["path_length"].value == pytest.approx((1.0 + 2.0) / 2, abs=1e-4)
    # The last step of those that ended is not seen: the env has reset them.
    assert found["final_distance"].value == pytest.approx((0.0 + 0.1 + 0.7 + 0.5) / 4, abs=1e-4)


def test_each_target_counts_once() -> None:
    """Two targets of five steps each: one arm reaches the first after three steps, the other neither."""
    tool = torch.zeros(2, 3)
    state = SimpleNamespace(sensor=lambda name: tool, has_base=False)
    targets = [torch.tensor([[0.1, 0.0, 0.0], [0.5, 0.0, 0.0]]), torch.tensor([[0.6, 0.0, 0.0]] * 2)]
    command = SimpleNamespace(position=targets[0])
    env = _env(2, state=state, command=command)
    scorer = ReachScorer(cast(GaitwayVectorEnv, env))
    alive = torch.ones(2, dtype=torch.bool)
    for step in range(10):
        scorer.before_step()
        if step == 2:
            tool[0, 0] = 0.105
        counted = alive & (step < 9)
        if step == 4:
            command.position = targets[1]  # drawn at the end of the env's step
        scorer.after_step(alive, counted)
    found = {name: measure.estimate() for name, measure in scorer.episodes().items()}
    assert found["success_rate"].value == 0.25
    # The last step of those that ended is not seen: the env has reset them.
    assert found["final_distance"].value == pytest.approx((0.005 + 0.5 + 0.495 + 0.6) / 4)
    assert found["time_to_target"].value == pytest.approx(3 * DT)


def test_recovery_must_last() -> None:
    """Up from 1 s on; up but down again; up only for the last half second; never."""
    state = SimpleNamespace(
        projected_gravity=torch.zeros(4, 3), root_height=torch.full((4,), 0.4), default_height=0.4
    )
    env = _env(4, state=state)
    scorer = RecoverScorer(cast(GaitwayVectorEnv, env))
    alive = torch.ones(4, dtype=torch.bool)
    for step in range(40):
        scorer.before_step()
        up = torch.tensor([step >= 10, 10 <= step < 35, step >= 35, False])
        state.projected_gravity[:, 2] = torch.where(up, -1.0, 0.0)
        counted = alive & (step < 39)
        scorer.after_step(alive, counted)
    found = {name: measure.estimate() for name, measure in scorer.episodes().items()}
    assert found["success_rate"].value == 0.25
    assert found["recovery_time"].value == pytest.approx(1.1)


def test_unknown_scorer_is_said() -> None:
    assert all(cls.headline.endswith("_rate") for cls in SCORERS.values())
    with pytest.raises(ValueError, match=r"no scorer 'gaol'.*velocity, goal"):
        scorer_class("gaol")


@pytest.mark.parametrize("task", ["DroidVelocityFlat", "ArmReach", "ForkliftPallet"])
def test_scorers_that_fit_a_task_are_those_that_score_it(task: str) -> None:
    """What `check_scorer` lets through scores an episode; what it refuses would have broken."""
    name = f"Gaitway/{task}-v0"
    fitting = []
    for scorer in SCORERS:
        cfg = load_cfg(name, [f"scorer={scorer}", "episode_s=0.2"])
        env = GaitwayVectorEnv(cfg, 2)
        env.reset(seed=0)
        try:
            check_scorer(env)
        except ValueError as error:
            assert str(error).startswith(f"{name}: the scorer '{scorer}' reads ")
            with pytest.raises((AttributeError, ValueError)):
                SCORERS[scorer](env).after_step(*torch.ones(2, 2, dtype=torch.bool))
        else:
            run_episodes(env, lambda env: torch.zeros(2, env.actions.size), 0)
            fitting.append(scorer)
    assert load_cfg(name).scorer in fitting and len(fitting) < len(SCORERS)
