"""The tables of docs/training.md say what the task is, and its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/DroidVelocityFlat-v0"
TEXT = (Path(__file__).resolve().parents[2] / "docs/training.md").read_text(encoding="utf-8")


def _rows(heading: str) -> dict[str, list[str]]:
    """First column's names -> the other columns of the table whose head starts with `heading`."""
    table = TEXT.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table]
    return {name: row[1:] for row in cells for name in re.findall(r"`(\w+)`", row[0])}


def test_every_reward_is_listed_with_its_weight() -> None:
    listed = _rows("reward")
    rewards = load_cfg(TASK).rewards
    assert set(listed) == set(rewards)
    for name, (weights, _) in listed.items():
        assert rewards[name].weight in [float(weight) for weight in weights.split(",")], name


def test_every_observation_and_event_is_listed() -> None:
    cfg = load_cfg(TASK)
    observations = _rows("observation")
    assert set(observations) == set(cfg.critic)
    assert {name for name, row in observations.items() if not row[1].startswith("no")} == set(cfg.actor)
    assert set(_rows("event")) == set(cfg.events)


def test_sizes_add_up() -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 1)
    sizes = {tuple(row): sum(map(int, row[0].split("+"))) for row in _rows("observation").values()}
    assert sum(sizes.values()) == env.groups["critic"].size
    assert sum(size for row, size in sizes.items() if not row[1].startswith("no")) == env.groups["actor"].size


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in re.findall(r"```python\n(.*?)```", TEXT, re.S)
        if "make_vec" in code or "low_base" in code
    ],
)
def test_python_runs(code: str) -> None:
    few = code.replace("512", "4").replace("range(100)", "range(2)")
    exec(compile(few, "docs/training.md", "exec"), {"__name__": "__main__"})
