"""The route follower drives a kinematic unicycle; route files and headings are checked by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Commands
from gaitway.deploy_jetson.route import REST_TICKS, Route, RouteError, RouteFollower, heading
from scipy.spatial.transform import Rotation

DT = 0.02
TRAINED = Commands(
    ("vx", "vy", "yaw rate"), (-0.3, -0.2, -0.7), (0.6, 0.2, 0.7), ("m/s", "m/s", "rad/s"), 0.1
)
LEFT_AND_RIGHT = Route((0.0, 0.0, 0.0), ((4.0, 0.0), (4.0, 5.0), (8.0, 5.0), (6.0, 2.0)), 0.5, 0.4)


def _drive(
    route: Route, yaw: float, drift: float = 0.0, seconds: float = 120.0
) -> tuple[np.ndarray, list[int]]:
    """Positions (T, 2) of a unicycle that slips sideways by `drift` m/s; waypoints reached by then."""
    follower = RouteFollower(route, TRAINED)
    position, path, reached = np.array(route.start[:2]), [], []
    for _ in range(round(seconds / DT)):
        command = follower.command(position, yaw)
        assert np.all(np.abs(command) <= [0.6, 0.2, 0.7])
        if follower.done:
            break
        forward = np.array([math.cos(yaw), math.sin(yaw)])
        slip = drift * np.array([-forward[1], forward[0]]) if command.any() else 0.0
        position = position + DT * (command[0] * forward + slip)
        yaw += DT * command[2]
        path.append(position)
        reached.append(follower.reached)
    return np.array(path), reached


@pytest.mark.parametrize("yaw", [0.0, 3.1, -9.0])
def test_unicycle_visits_every_waypoint_in_order(yaw: float) -> None:
    path, reached = _drive(LEFT_AND_RIGHT, yaw)
    assert reached[-1] == 4
    arrivals = [
        int(np.argmax(np.linalg.norm(path - point, axis=1) < 0.4)) for point in LEFT_AND_RIGHT.waypoints
    ]
    assert arrivals == sorted(arrivals)
    assert min(arrivals) > 0


def test_sideways_drift_is_steered_against() -> None:
    path, reached = _drive(LEFT_AND_RIGHT, 0.0, drift=0.1)
    assert reached[-1] == 4
    on_first_line = path[path[:, 0] < 3.0][:, 1]
    assert np.abs(on_first_line).max() < 0.25  # after 6 s without steering it would be 0.6


def test_stands_at_the_end() -> None:
    path, _ = _drive(LEFT_AND_RIGHT, 0.0)
    assert np.ptp(path[-REST_TICKS + 2 :], axis=0).max() == 0.0
    assert np.ptp(path[-REST_TICKS - 5 :], axis=0).max() > 0.0


def test_length_is_that_of_the_straight_lines() -> None:
    assert LEFT_AND_RIGHT.length == pytest.approx(4 + 5 + 4 + math.hypot(2, 3))


def test_heading_of_a_leaning_body() -> None:
    rotation = Rotation.from_euler("ZYX", [2.5, 0.2, -0.1])
    assert heading(rotation.as_quat(scalar_first=True)) == pytest.approx(2.5)


def _write(path: Path, **changes: object) -> Path:
    content = {"start": [0, 0, 0], "waypoints": [[1, 2]], "speed": 0.5, "radius": 0.4} | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return path


def test_file_is_read(tmp_path: Path) -> None:
    assert Route.load(_write(tmp_path / "r.json")) == Route((0.0, 0.0, 0.0), ((1.0, 2.0),), 0.5, 0.4)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start": [0, 0]}, "start is not x, y, yaw"),
        ({"waypoints": []}, "waypoints is empty"),
        ({"waypoints": [[1, 2], [1, 2, 3]]}, r"waypoints\[1\] is not x, y"),
        ({"waypoints": [[1, "2"]]}, r"waypoints\[0\]\[1\] is '2', not a number"),
        ({"speed": 0}, "speed is not positive"),
        ({"radius": None}, "radius is missing"),
        ({"velocity": 1}, "velocity is not a field"),
    ],
)
def test_bad_file_is_one_sentence(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    path = _write(tmp_path / "route.json", **changes)
    with pytest.raises(RouteError, match=f"route.json: {sentence}"):
        Route.load(path)


def test_missing_file_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(RouteError, match=r"gone.json: there is no such file"):
        Route.load(tmp_path / "gone.json")
    (tmp_path / "text.json").write_text("six waypoints")
    with pytest.raises(RouteError, match=r"text.json: .+"):
        Route.load(tmp_path / "text.json")
