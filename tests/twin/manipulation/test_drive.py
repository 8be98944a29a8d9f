"""Following a motion past somebody: an arm that goes to and fro has no way ahead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.obstacles import Sphere
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.retime import retime
from gaitway.twin.manipulation.drive import Driver

RADIUS, REACH = 0.05, 0.5


def ball_on_a_rod() -> CollisionBody:
    """It turns about z."""
    tree = build_tree(
        "one", ["base", "link"], [JointRecord("j", "revolute", "base", "link", lower=-3, upper=3)]
    )
    robot = RobotModel(
        *(tree, np.array([1], np.int32), np.array([[REACH, 0, 0]]), np.array([RADIUS])),
        *(np.array([[0, 0, 0], [REACH, 0, 0]]), np.array([0, RADIUS]), np.full((2, 2), ADJACENT, np.int8)),
    )
    return collision_body(robot, select_group(tree, "base", "link"))


def test_an_arm_that_goes_to_and_fro_gives_up():
    """The ball turns towards somebody who comes nearer when it comes, and goes when it goes."""
    body = ball_on_a_rod()
    arm = SimpleNamespace(period=0.01, time=0.0, q=np.zeros(1), model=None)

    def write(position: np.ndarray, velocity: np.ndarray) -> None:
        arm.q, arm.time = position.copy(), arm.time + arm.period
        assert arm.time < 40, "it goes on for ever"

    arm.write, arm.read = write, lambda: (arm.q, np.zeros(1))

    def intruders() -> dict[str, Sphere]:
        if arm.q[0] < 0.3:
            return {}
        angle = arm.q[0] + 0.25
        return {"hand": Sphere((REACH * np.cos(angle), REACH * np.sin(angle), 0.0), 0.02)}

    driver = Driver(cast(Any, arm), cast(Any, SimpleNamespace(body=body, intruders=intruders)))
    motion = retime(np.array([[0.0], [1.0]]), body.group.limits.rates).trajectory
    moved = driver.follow(motion, committed_after=0.0)
    assert not moved.done
    assert arm.time > 20  # a way that may not be given up soon
    assert arm.q[0] < 0.5


def test_who_is_still_coming_in_is_kept_away_from():
    """Somebody comes along the x axis at 0.3 m/s until he stands where the ball would pass."""
    body = ball_on_a_rod()
    arm = SimpleNamespace(period=0.01, time=0.0, q=np.array([-1.0]))
    apart = []

    def hand() -> np.ndarray:
        return np.array([max(0.95 - 0.3 * arm.time, 0.6), 0.0, 0.0])

    def write(position: np.ndarray, velocity: np.ndarray) -> None:
        arm.q, arm.time = position.copy(), arm.time + arm.period
        ball = REACH * np.array([np.cos(arm.q[0]), np.sin(arm.q[0]), 0.0])
        apart.append(np.linalg.norm(hand() - ball) - RADIUS - 0.10)

    arm.write, arm.read = write, lambda: (arm.q, np.zeros(1))
    watch = SimpleNamespace(body=body, intruders=lambda: {"hand": Sphere(tuple(hand()), 0.10)})
    driver = Driver(cast(Any, arm), cast(Any, watch))
    motion = retime(np.array([[-1.0], [1.0]]), body.group.limits.rates).trajectory
    driver.follow(motion)
    driver.wait(1.0)
    assert min(apart) > 0.05


def test_what_flickers_beside_the_way_is_nobody_who_comes():
    """A box lies 10 cm beside the ball's way; noise shows one end of it in every third picture only."""
    body = ball_on_a_rod()
    arm = SimpleNamespace(period=0.01, time=0.0, q=np.array([-1.0]))
    looks = iter(range(10_000))

    def write(position: np.ndarray, velocity: np.ndarray) -> None:
        arm.q, arm.time = position.copy(), arm.time + arm.period

    def intruders() -> dict[str, Sphere]:
        far = REACH + RADIUS + 0.10 + 0.05
        box = {"middle": Sphere((far, 0.0, 0.0), 0.05)}
        return box | ({"end": Sphere((far, 0.07, 0.0), 0.05)} if next(looks) % 3 == 0 else {})

    arm.write, arm.read = write, lambda: (arm.q, np.zeros(1))
    driver = Driver(cast(Any, arm), cast(Any, SimpleNamespace(body=body, intruders=intruders)))
    driver.wait(1.0)
    motion = retime(np.array([[-1.0], [1.0]]), body.group.limits.rates).trajectory
    moved = driver.follow(motion)
    assert moved.done
    assert moved.waited == 0.0
