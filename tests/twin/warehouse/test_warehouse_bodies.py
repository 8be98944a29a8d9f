"""AMRs with and without physics: they get to the same places, and the ones are the others' neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.twin.ceiling import cast
from gaitway.twin.warehouse.bodies import Bodies, Minds
from gaitway.twin.warehouse.kinematic import KinematicPlatforms
from gaitway.twin.warehouse.mishaps import Lying
from gaitway.twin.warehouse.people import Crowd
from gaitway.twin.warehouse.scanner import Bystanders
from gaitway.twin.warehouse.scenario import MishapCfg

TICK = 0.1
HALF = (0.4, 0.3)


def test_with_and_without_physics_they_get_there():
    """A turn, 3 m, a turn: both arrive within a few ticks of each other."""
    start, goal = np.zeros((2, 2)), np.tile([0.0, 3.0], (2, 1))
    bodies = Bodies(start, np.zeros(2), TICK, physical=1)
    arrived = [0.0, 0.0]
    for k in range(90):
        bodies.go(goal, np.full(2, np.pi), np.full(2, 1.2))
        there = (np.linalg.norm(bodies.position - goal, axis=1) < 0.1) & (np.abs(bodies.yaw) > np.pi - 0.05)
        arrived = [when or TICK * k * bool(now) for when, now in zip(arrived, there, strict=True)]
    assert all(arrived)
    assert abs(arrived[0] - arrived[1]) < 1.5


def test_a_unicycle_drives_an_arc():
    """At steady speeds its middle stays on a circle of radius v / w."""
    platforms = KinematicPlatforms(np.zeros((1, 2)), np.zeros(1), TICK)
    platforms._steering.forward, platforms._steering.turning = np.array([1.0]), np.array([0.5])
    platforms._steering.steer = lambda *_: np.zeros(1)  # type: ignore[method-assign]
    for _ in range(60):
        platforms.go(np.zeros((1, 2)), np.zeros(1), np.ones(1))
        assert np.linalg.norm(platforms.position[0] - [0.0, 2.0]) == pytest.approx(2.0, abs=1e-9)
    assert platforms.yaw[0] == pytest.approx(3.0)


def test_each_kind_knows_of_people_and_of_the_other():
    """In an aisle: an AMR with sensors, one without ahead of it, a person behind both."""
    layout = plan(WarehouseCfg(area_m2=800, cameras=0), np.random.default_rng(0))
    first = np.array([layout.aisle_x[0], np.mean(layout.blocks[0]), np.pi / 2])
    ahead = np.array([0.0, 2.0, 0.0])
    pose = np.stack([first, first + ahead])
    minds = Minds(layout, pose, HALF, 1, np.random.default_rng(0))
    walker = Crowd(pose[:1, :2] - [0.0, 2.0], np.zeros(1), np.zeros(1), np.zeros((1, 2)))
    puddle = cast.spill(np.random.default_rng(0))
    spill = Lying(MishapCfg("spill", 0.0), puddle, "", first[:2] + ahead[:2] / 2, 0.0)
    sensed, told = minds.look(0.1, pose, pose, Bystanders(walker, ["worker"], [spill]))
    for seen in (sensed, told):
        assert seen.at == pytest.approx(walker.position, abs=0.2)
        assert seen.alive.all()
    strange, _ = minds.look(0.2, pose, pose - [[0, 0, 0], [0, 5, 0]], Bystanders(walker, ["worker"], []))
    assert len(strange.at) == 2, "who is not where he says is a stranger"
    assert minds.pose == pytest.approx(pose, abs=0.02)


def test_a_state_goes_on_the_same():
    bodies = [Bodies(np.zeros((3, 2)), np.zeros(3), TICK, physical=2) for _ in range(2)]
    goal = np.tile([2.0, 1.0], (3, 1))
    for _ in range(15):
        bodies[0].go(goal, np.zeros(3), np.full(3, 1.0))
    bodies[1].restore(bodies[0].state())
    for each in bodies:
        each.go(goal, np.zeros(3), np.full(3, 1.0))
    assert np.array_equal(bodies[0].position, bodies[1].position)
