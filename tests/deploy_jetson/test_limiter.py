"""Joint targets at the contract's limits, worked out by hand for two joints."""

from __future__ import annotations

import dataclasses

import numpy as np
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.limiter import Limiter

# left_knee: kp 80, kd 3.5, effort 33.5, 20 rad/s, +-1; right_knee: kp 1/3, kd 0.1, effort 23.7, any speed.


def test_within_limits_nothing_changes(contract: Contract) -> None:
    limiter = Limiter(contract)
    pos, vel = np.array([0.1, -0.2]), np.array([0.5, -1.0])
    np.testing.assert_array_equal(limiter(np.array([0.3, 5.0]), pos, vel), [0.3, 5.0])
    assert not any(limiter.counts.values())


def test_a_target_moves_no_faster_than_the_joint_can(contract: Contract) -> None:
    limiter = Limiter(contract)
    pos, still = np.zeros(2), np.zeros(2)
    np.testing.assert_allclose(limiter(np.array([0.9, 0.0]), pos, still)[0], 0.4)  # 20 rad/s * 0.02 s
    np.testing.assert_allclose(limiter(np.array([0.9, 0.0]), pos + 0.7, still)[0], 0.8)
    np.testing.assert_allclose(limiter(np.array([-0.9, 0.0]), pos + 0.5, still)[0], 0.4)
    assert limiter.counts["rate"] == 3


def test_torque_stays_within_the_effort_limit(contract: Contract) -> None:
    rng = np.random.default_rng(0)
    joints = contract.joints
    kp, kd, effort = (np.array(values, float) for values in (joints.kp, joints.kd, joints.effort_limit))
    for _ in range(200):
        limiter = Limiter(contract)
        pos, vel = rng.uniform(-0.9, 0.9, 2), rng.uniform(-15, 15, 2)
        asked = pos + rng.uniform(-0.4, 0.4, 2) * [1.0, 1000.0]
        sent = limiter(asked, pos, vel)
        torque = kp * (sent - pos) - kd * vel
        assert (np.abs(torque) <= effort + 1e-9).all()
        fits = np.abs(kp * (asked - pos) - kd * vel) <= effort
        np.testing.assert_array_equal(sent[fits], asked[fits])


def test_a_joint_at_its_end_is_not_pushed_further(contract: Contract) -> None:
    limiter = Limiter(contract)
    np.testing.assert_allclose(
        limiter(np.array([1.2, -1.6]), np.array([1.01, -1.4]), np.zeros(2)), [1.0, -1.6]
    )
    assert limiter.counts["position"] == 1
    back = limiter(np.array([0.9, -1.6]), np.array([1.01, -1.5]), np.zeros(2))
    np.testing.assert_allclose(back, [0.9, -1.5])


def test_a_wheel_turns_no_faster_than_its_limit(contract: Contract) -> None:
    drives = dataclasses.replace(
        contract.joints, drive=("velocity", "velocity"), kp=(0.0, 0.0), velocity_limit=(5.0, None)
    )
    limiter = Limiter(dataclasses.replace(contract, joints=drives))
    np.testing.assert_array_equal(limiter(np.array([-9.0, 9.0]), np.zeros(2), np.zeros(2)), [-5.0, 9.0])
    assert limiter.counts == {"rate": 0, "torque": 0, "position": 0, "velocity": 1}
