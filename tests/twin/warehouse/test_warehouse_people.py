"""People among robots that stand."""

from __future__ import annotations

import numpy as np
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.twin.warehouse.people import People
from gaitway.twin.warehouse.scenario import PeopleCfg

TICK = 0.1
NOBODY = np.zeros((0, 2))


def test_who_goes_between_two_robots_keeps_to_the_middle():
    """They are 1.24 m apart, too near to keep 75 cm from both, and not evenly beside his way."""
    people = People(
        plan(WarehouseCfg(2500.0, cameras=0), np.random.default_rng(0)),
        PeopleCfg(1, 0),
        120.0,
        np.random.default_rng(4),
    )
    time = 5.0
    while np.linalg.norm((before := people.step(time, TICK, NOBODY)).velocity[0]) < 1.0:
        time += TICK
    forward = before.velocity[0] / np.linalg.norm(before.velocity[0])
    beside = 0.62 * np.array([-forward[1], forward[0]])
    gate = before.position[0] + 1.5 * forward + 0.5 * beside + [beside, -beside]
    apart, past = [], []
    for k in range(1, 80):
        at = people.step(time + TICK * k, TICK, gate).position[0]
        apart.append(np.linalg.norm(gate - at, axis=1).min())
        past.append((at - gate.mean(axis=0)) @ forward)
    assert past[0] < 0 < past[-1], "he goes through"
    assert min(apart) > 0.61
