"""A task's config belongs to who asked for it."""

from __future__ import annotations

import pytest
from gaitway.envs.registration import TASKS, load_cfg


@pytest.mark.parametrize("task", TASKS)
def test_changing_a_config_changes_no_other(task: str) -> None:
    ours, theirs = load_cfg(task), load_cfg(task)
    before = theirs.noise.latency_s
    ours.noise.latency_s = (1.0, 2.0)
    assert theirs.noise.latency_s == load_cfg(task).noise.latency_s == before
