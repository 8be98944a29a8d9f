"""A quadruped in the simulator, its policy, and a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.deploy_jetson.ticklog import JsonLog

from .disturbed import BUNDLE


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(BUNDLE)


@pytest.fixture(scope="module")
def quadruped(policy: Policy) -> Iterator[SimRobot]:
    """In lockstep. Every test below lets it sink for a few ticks, and the next stands it up again."""
    with SimRobot(policy.contract) as robot:
        yield robot


@pytest.fixture
def log(tmp_path: Path) -> Iterator[JsonLog]:
    log = JsonLog(tmp_path / "log.jsonl")
    yield log
    log.close()
