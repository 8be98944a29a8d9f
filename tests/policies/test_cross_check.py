"""A stand in other physics: every variant takes effect, and the verdict is the bar's."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from gaitway.envs.config import EnvCfg
from gaitway.envs.registration import load_cfg
from gaitway.policies import cross_check as module
from gaitway.policies.candidate import Candidate
from gaitway.policies.cross_check import TOLERANCE, VARIANTS, WARP, Comparison, cross_check, print_comparisons
from gaitway.policies.evaluation import undisturbed
from gaitway.policies.scoring.intervals import Estimate


class _Stand:
    """Holds the default pose for 0.3 s."""

    def cfg(self) -> EnvCfg:
        cfg = undisturbed(load_cfg("Gaitway/DroidVelocityFlat-v0"))
        cfg.episode_s = 0.3
        return cfg

    def policy(self, num_envs: int) -> SimpleNamespace:
        return SimpleNamespace(act=lambda env: torch.zeros(num_envs, env.actions.size))


def test_variants_take_effect_and_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """All land on their feet a little differently, and nothing more: the seed is the same."""
    found = cross_check(cast(Candidate, _Stand()), episodes=4, seed=0)
    assert [one.variant for one in found] == [variant.name for variant in (*VARIANTS, WARP)]
    returns = [one.own["return_mean"].value for one in found]
    assert returns == [returns[0]] * len(returns), "the same episodes in the task's own physics"
    others = [one.other["return_mean"].value for one in found]
    # One changes nothing: the task's own solver iterations are enough.
    assert len({round(value, 6) for value in (*others, returns[0])}) == len(others)
    assert others == pytest.approx([returns[0]] * len(others), rel=0.05)
    assert all(one.transfers and one.change == 0.0 for one in found)
    print_comparisons(found)
    table = capsys.readouterr().out
    assert all(variant.name in table for variant in (*VARIANTS, WARP))


def test_options_reach_every_world() -> None:
    """CG stopped after one iteration is another simulation than CG after fifty."""
    returns = []
    for iterations in (1, 50):
        options = {**VARIANTS[0].options, "opt.iterations": iterations}
        variant = module.Variant("", options)
        returns.append(module._run(cast(Candidate, _Stand()), variant, 2, 0)["return_mean"].value)
    assert abs(returns[0] - returns[1]) > 1e-6


@pytest.mark.parametrize(("rate", "transfers"), [(0.9, True), (0.86, True), (0.84, False), (0.96, False)])
def test_verdict(rate: float, transfers: bool) -> None:
    own, other = ({"survival_rate": Estimate(value, math.nan, math.nan)} for value in (0.9, rate))
    one = Comparison("", 100, 20.0, own, other, "survival_rate")
    assert one.change == pytest.approx(rate - 0.9)
    assert one.transfers == transfers == (abs(rate - 0.9) <= TOLERANCE)
    assert one.to_json()["interval"] == [None, None]
