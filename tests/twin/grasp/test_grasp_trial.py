"""A good grasp holds through lift and shake, and one that misses or is too weak does not."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.twin.grasp.score_grasps import GraspTrial
from gaitway.twin.grasp.trial import LIFT


@pytest.fixture(scope="module")
def fingers():
    return GraspTrial("carton_small", "fingers")


def test_the_best_grasp_of_a_carton_holds(fingers):
    tried = fingers.run(0)
    assert tried.planned and tried.holds
    assert tried.slip < 0.005
    assert fingers.hand.object_pose()[2, 3] > LIFT + 0.02  # it is up there


def test_a_grasp_beside_it_does_not(fingers):
    truth = fingers.hand.settle(np.random.default_rng(0))
    grasps = fingers.plan(truth)
    beside = truth @ grasps.poses[0]
    beside[2, 3] += 0.08
    held = fingers.hand.grasp(beside, beside, float(grasps.open_widths[0]))
    assert not held.holds
    assert fingers.hand.object_pose()[2, 3] < 0.1


def test_a_cup_holds_by_its_vacuum_and_not_without():
    trial = GraspTrial("carton_flat", "cup")
    tried = trial.run(0)
    assert tried.planned and tried.holds
    assert trial.hand.object_pose()[2, 3] == pytest.approx(0.0225 + LIFT, abs=0.005)
    trial.hand.model.actuator_gainprm[:] = 0.0
    assert not trial.run(0).holds
