"""Plans sent to arms that follow, and to arms that do not."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.errors import ExecutionError
from gaitway.planning.limits import Limits
from gaitway.planning.planner.execute import execute
from gaitway.planning.trajectory.retime import retime

LIMITS = Limits([1.0, 2.0], [5.0, 5.0], [200.0, 200.0])


class LaggingArm:
    """Its position comes after the target by a first-order lag; stuck from some time on."""

    period = 0.01

    def __init__(self, lag: float, stuck_after: float = np.inf) -> None:
        self.q, self.dq, self.time = np.zeros(2), np.zeros(2), 0.0
        self.lag, self.stuck_after = lag, stuck_after
        self.written: list[np.ndarray] = []

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        return self.q.copy(), self.dq.copy()

    def write(self, position: np.ndarray, velocity: np.ndarray) -> None:
        self.time += self.period
        self.written.append(np.concatenate([position, velocity]))
        if self.time < self.stuck_after:
            self.q += (position - self.q) * (1 - np.exp(-self.period / self.lag))


def test_arm_gets_each_period_of_the_motion() -> None:
    trajectory = retime([[0, 0], [0.5, -0.3]], LIMITS).trajectory
    arm = LaggingArm(0.02)
    run = execute(trajectory, arm)
    written = np.array(arm.written)
    times = np.minimum(np.arange(1, len(written) + 1) * arm.period, trajectory.duration)
    np.testing.assert_allclose(written[:, :2], trajectory.position(times), atol=1e-12)
    np.testing.assert_allclose(written[:, 2:], trajectory.velocity(times), atol=1e-12)
    np.testing.assert_allclose(written[-1], [0.5, -0.3, 0, 0], atol=1e-9)
    assert 0 < run.largest_error < 1.0 * 0.03  # a lag of 20 ms at 1 rad/s, and a period
    np.testing.assert_allclose(run.measured[-1], arm.q)


def test_arm_elsewhere_is_not_moved() -> None:
    arm = LaggingArm(0.02)
    with pytest.raises(ExecutionError, match=r"joint 1 is at 0\.0000.*-0\.4000"):
        execute(retime([[0, -0.4], [0.5, -0.3]], LIMITS).trajectory, arm)
    assert not arm.written


def test_arm_that_is_stuck_is_told_to_stand() -> None:
    arm = LaggingArm(0.01, stuck_after=0.3)
    with pytest.raises(ExecutionError, match=r"joint 0 is at .* from its target"):
        execute(retime([[0, 0], [0.9, 0.1]], LIMITS).trajectory, arm, follow_tolerance=0.1)
    np.testing.assert_allclose(arm.written[-1], [*arm.q, 0, 0])
