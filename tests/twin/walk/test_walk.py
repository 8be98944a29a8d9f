"""Walking robots: what they record hangs together, and their pilot walks only when it knows where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.odometry.estimate import Estimate, Status
from gaitway.perception.poses import inverse, pose_of, rotation_exp
from gaitway.perception.recording import ImuNoise, Recording
from gaitway.twin.navigation.disturbances import Disturbance
from gaitway.twin.record.recorder import record
from gaitway.twin.record.rig import RecordCfg
from gaitway.twin.record.route import Route
from gaitway.twin.record.scenario import load_scenario
from gaitway.twin.walk.figures import figures
from gaitway.twin.walk.mission import walk_mission
from gaitway.twin.walk.pilot import WalkPilot

SHORT = replace(load_scenario("droid-walk"), area_m2=800.0, length=3.0)
STRAIGHT = Route(
    np.stack([np.linspace(0.0, 5.0, 251), np.zeros(251)], axis=1), np.linspace(0.0, 5.0, 251), np.zeros(251)
)


@pytest.fixture(scope="module")
def droid() -> Recording:
    return record(SHORT, RecordCfg(("stereo", "imu"), seed=1, ideal=True, width=64, height=48))


def test_the_head_walks_the_route_and_shakes(droid: Recording) -> None:
    truth, imu = droid.truth, droid.imu
    assert truth and imu
    assert np.linalg.norm(truth.positions[-1] - truth.positions[0]) == pytest.approx(3.0, abs=0.5)
    assert 0.6 < truth.positions[:, 2].min() < truth.positions[:, 2].max() < 0.7
    walking = (imu.times > 2.0) & (imu.times < imu.times[-1] - 2.0)
    assert 0.1 < np.sqrt((imu.gyro[walking] ** 2).mean()) < 1.0
    assert imu.accel[walking].mean(axis=0)[2] == pytest.approx(9.8, abs=0.2)


def test_inertial_samples_lead_along_the_truth_step_by_step(droid: Recording) -> None:
    """Integrated over half a second at a time from the true pose and velocity."""
    truth, imu = droid.truth, droid.imu
    assert truth and imu
    dt = 1 / SHORT.imu_rate
    for start in range(400, len(imu.times) - 101, 100):
        row = int(np.searchsorted(truth.times, imu.times[start] - 1e-6))
        rotation, position = truth.poses[row, :3, :3], truth.positions[row]
        velocity = (truth.positions[row + 1] - truth.positions[row - 1]) / (2 * dt)
        for k in range(start, start + 100):
            turned = rotation @ rotation_exp((imu.gyro[k] + imu.gyro[k + 1]) / 2 * dt)
            mean = (rotation @ imu.accel[k] + turned @ imu.accel[k + 1]) / 2 - [0, 0, 9.81]
            position = position + velocity * dt + rotation @ imu.accel[k] * dt**2 / 2
            position = position - np.array([0, 0, 9.81]) * dt**2 / 2
            velocity, rotation = velocity + mean * dt, turned
        assert np.linalg.norm(position - truth.positions[row + 100]) < 0.03


def test_the_pair_is_on_the_head_beside_its_inertial_unit(droid: Recording) -> None:
    left, right = (droid.cameras[side].body_from_camera for side in ("left", "right"))
    np.testing.assert_allclose((inverse(left) @ right)[:3, 3], [0.12, 0, 0], atol=1e-6)
    np.testing.assert_allclose(left[:3, 3], [0, 0.06, 0], atol=1e-3)
    np.testing.assert_allclose(left[:3, 2], [1, 0, 0], atol=1e-3)


def pilot() -> WalkPilot:
    forward = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    left, right = (
        Camera(64, 48, 32.0, 32.0, 31.5, 23.5, body_from_camera=pose_of([0.0, y, 0.0], forward))
        for y in (0.06, -0.06)
    )
    return WalkPilot({"left": left, "right": right}, STRAIGHT, 0.5, ImuNoise())


def estimate(x: float, y: float, yaw: float, status: Status = Status.OK) -> Estimate:
    return Estimate(0.0, pose_of([x, y, 0.0], rotation_exp([0.0, 0.0, yaw])), np.eye(6), status)


def test_it_stands_until_it_knows_what_is_level_and_while_it_is_lost() -> None:
    walker = pilot()
    assert not walker.decide(estimate(0.0, 0.0, 0.0)).any()
    walker.odometry.motion.gravity = np.array([0.0, 0.0, -9.81])
    assert walker.decide(estimate(0.0, 0.0, 0.0))[0] == 0.5
    assert not walker.decide(estimate(0.5, 0.0, 0.0, Status.LOST)).any()
    assert walker.decide(estimate(0.5, 0.0, 0.0))[0] == 0.5


def test_it_turns_towards_its_route_and_stands_at_the_end() -> None:
    walker = pilot()
    walker.odometry.motion.gravity = np.array([0.0, 0.0, -9.81])
    assert walker.decide(estimate(1.0, 0.2, 0.0))[2] < -0.05
    assert walker.decide(estimate(1.2, -0.2, 0.0))[2] > 0.05
    for x in (2.0, 2.9, 3.8, 4.6):
        assert not walker.arrived
        walker.decide(estimate(x, 0.0, 0.0))
    assert not walker.decide(estimate(4.95, 0.0, 0.0)).any() and walker.arrived


def test_a_head_that_began_tilted_walks_in_a_level_world() -> None:
    """Odometry's world is the first pose; here it looked down by 0.3 rad, so that down is not its -z."""
    walker, tilt = pilot(), rotation_exp([0.0, 0.3, 0.0])
    walker.odometry.motion.gravity = tilt.T @ np.array([0.0, 0.0, -9.81])
    level = pose_of([2.0, 0.1, 0.0], rotation_exp([0.0, 0.0, 0.4]) @ tilt)
    seen = pose_of(np.zeros(3), tilt.T) @ level
    np.testing.assert_allclose(walker.level_pose(Estimate(0.0, seen, np.eye(6), Status.OK)), level, atol=1e-9)


def test_it_stands_while_all_is_black_and_walks_on_by_what_its_head_sees() -> None:
    """Small pictures, so that it is soon done; the truth judges."""
    cfg = RecordCfg(seed=2, width=240, height=180)
    walk = walk_mission(replace(SHORT, length=2.0), cfg, Disturbance("blackout", 4.0, 2.0))
    row = figures(walk)
    assert row["arrived"] and not row["fell"] and not row["touched"]
    assert row["end_missed_by_m"] < 0.4 and row["thinks_it_is_off_by_m"] < 0.3
    lost = np.array([status == "lost" for status in walk.statuses])
    times, positions = walk.truth.times, walk.truth.positions
    assert 30 < lost.sum() < 45
    stopped = (times > 5.2) & (times < 5.9)
    assert lost[stopped].all() and np.ptp(positions[stopped], axis=0).max() < 0.05


def test_it_stands_when_no_pictures_come_any_more() -> None:
    walker = pilot()
    walker.odometry.motion.gravity = np.array([0.0, 0.0, -9.81])
    walker.decide(estimate(1.0, 0.0, 0.0))
    assert [walker.decide(None)[0] for _ in range(4)] == [0.5, 0.5, 0.0, 0.0]
    assert walker.decide(estimate(1.1, 0.0, 0.0))[0] == 0.5
