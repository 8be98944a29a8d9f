"""A humanoid reaches while its policy balances it: plans of its arms meet the physics of all of it."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np
import pytest
from gaitway.planning.kinematics.forward_numba import tip_poses
from gaitway.planning.planner.planner import Planner
from gaitway.twin.reach.campaign import arm_planners, reach, target_of
from gaitway.twin.reach.humanoid import SIDES, TORSO, Humanoid, Side, arm_joints


@pytest.fixture(scope="module")
def planners() -> Mapping[Side, Planner]:
    return arm_planners()


@pytest.mark.parametrize("side", SIDES)
def test_arms_are_planned_as_the_simulator_has_them(planners: Mapping[Side, Planner], side: Side) -> None:
    """The hand's pose in the torso agrees with MuJoCo's at random values; USD's rotations are float32."""
    model, group = Humanoid().model, planners[side].group
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    assert group.joint_names == arm_joints(side)
    for q in rng.uniform(-1.0, 1.0, (5, 7)):
        for name, value in zip(group.joint_names, q, strict=True):
            data.joint(name).qpos[0] = value
        mujoco.mj_kinematics(model, data)
        torso, hand = data.body(TORSO), data.body(f"{side}_hand")
        turn = torso.xmat.reshape(3, 3)
        pose = tip_poses(group, q)[0]
        np.testing.assert_allclose(pose[:3, 3], turn.T @ (hand.xpos - torso.xpos), atol=1e-5)
        np.testing.assert_allclose(pose[:3, :3], turn.T @ hand.xmat.reshape(3, 3), atol=1e-5)


def test_targets_are_of_their_seed_and_in_front(planners: Mapping[Side, Planner]) -> None:
    first, again, other = (target_of(planners["left"], seed) for seed in (3, 3, 4))
    assert (first == again).all() and not np.allclose(first, other)
    assert first[0, 3] > 0.1


def test_it_reaches_and_stays_on_its_feet(planners: Mapping[Side, Planner]) -> None:
    heights: list[float] = []
    result = reach(planners, 0, lambda humanoid, target: heights.append(humanoid.pose(TORSO)[2, 3]))
    assert not result.failure and result.reached and result.side == "left"
    assert len(heights) * 0.02 == pytest.approx(result.seconds)
    assert max(heights) - min(heights) < 0.1  # it neither sinks nor jumps
