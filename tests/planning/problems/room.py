"""A room that was written down by hand, as each kind of file must say it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from gaitway.planning.collision.world import World
from gaitway.planning.problems.problem import Problem


def rows_of(world: World) -> dict[str, np.ndarray]:
    return {name: obstacle.row() for name, obstacle in world.obstacles.items()}


def check_room(problem: Problem, goals: int) -> None:
    """The room by hand: in the world the board is turned by 90 degrees, the can stands at (1, 2.1, 3)."""
    assert (problem.name, problem.scene, problem.robot) == ("room/0007", "room", "two")
    assert problem.joints == ("a", "b")
    np.testing.assert_array_equal(problem.start, [0.001, 2])
    np.testing.assert_array_equal(problem.goals[0], [0.5, -0.25])
    assert len(problem.goals) == goals
    rows = rows_of(problem.world)
    turned = [0, -1, 0, 1, 0, 0, 0, 0, 1]
    np.testing.assert_allclose(rows["board"], [0.5, 0, 0.1, *turned, 0.1, 0.2, 0.01, 0], atol=1e-7)
    np.testing.assert_allclose(rows["can"], [1, 2.1, 3, *turned, 0.05, 0.15], atol=1e-7)
    np.testing.assert_allclose(rows["ball"], [0, 0, 1, 0.07])


def edited(document: Any, path: str, value: Any) -> Any:
    """A copy with one field set, or removed by `...`."""
    document = json.loads(json.dumps(document))
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    at = document
    for part in way:
        at = at[part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return document
