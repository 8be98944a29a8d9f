"""What a policy that drives is told, by hand and beside what it was told in training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from gaitway.deploy_jetson.drive import LOOKAHEAD_M, Scan, Way
from gaitway.envs.commands.goal import GoalCommandCfg, in_heading_frame

POLICY = Path(__file__).resolve().parents[2] / "policies/zoo/amr-navigation/policy.json"
LAYOUTS = {term["name"]: term["layout"] for term in json.loads(POLICY.read_text())["observations"]}


def _packet(x: float, y: float, yaw: float) -> dict[str, np.ndarray]:
    return {
        "base_pos": np.array([x, y, 0.1]),
        "base_quat": np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)]),
    }


def test_goal_and_waypoint_equal_those_of_training() -> None:
    way = Way([(6.0, 8.0)])
    goal, waypoint = way.giver(LAYOUTS["goal"]), way.giver(LAYOUTS["waypoint"])
    assert goal and waypoint
    packet = _packet(1.0, -2.0, 0.7)
    at = np.array([1.0, -2.0])
    ahead = at + LOOKAHEAD_M * np.array([5.0, 10.0]) / np.hypot(5.0, 10.0)
    for give, point, farthest in ((goal, [6.0, 8.0], 10.0), (waypoint, ahead, np.inf)):
        offset = torch.tensor(np.array([point - at]), dtype=torch.float32)
        expected = in_heading_frame(offset, torch.tensor([0.7]))[0].numpy()
        if np.isfinite(farthest):
            expected[2] = min(expected[2] / farthest, 1.0)
        np.testing.assert_allclose(give(packet), expected, atol=1e-6)
    assert GoalCommandCfg().lookahead == LOOKAHEAD_M


def test_the_waypoint_goes_round_corners_and_never_back() -> None:
    """A way of 3 m ahead, then 4 m to the left."""
    way = Way([(3.0, 0.0), (3.0, 4.0)])
    for position, expected in (
        ((0.0, 0.0), (1.5, 0.0)),
        ((2.0, 0.3), (3.0, 0.5)),
        ((3.1, 0.1), (3.0, 1.6)),
        ((3.0, 3.5), (3.0, 4.0)),
        ((3.0, -0.2), (3.0, 1.5)),
    ):
        np.testing.assert_allclose(way.waypoint(np.array(position)), expected, atol=1e-9)


def test_the_lidar_is_read_off_the_words() -> None:
    scan = Scan.described(LAYOUTS["lidar"])
    assert scan == Scan(10.0, 54, 4.712, (0.0,))
    np.testing.assert_allclose(scan.shares({"lidar": np.array([2.5, 10.0])}), [0.25, 1.0])
    assert Scan.described("joints") is None
    assert Way([(1.0, 0.0)]).giver("ranges") is None


@pytest.mark.parametrize("rows", ["0.0,", "-0.1, 0.2"])
def test_a_row_for_every_elevation(rows: str) -> None:
    layout = LAYOUTS["lidar"].replace("(0.0,)", f"({rows})")
    assert Scan.described(layout).elevations == tuple(float(word) for word in rows.split(",") if word)
