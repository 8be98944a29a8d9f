"""Stereo odometry in the textured room, whose truth is exact."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.odometry.config import OdometryConfig
from gaitway.perception.odometry.estimate import Status
from gaitway.perception.odometry.replay import odometry_for, replay
from gaitway.perception.odometry.summary import errors_of

from .drive import Drive

CFG = OdometryConfig(background=False)


def test_drift_with_noise_and_flicker_is_below_half_a_percent_and_covariances_know_it():
    recording = Drive(duration=4.0, rate=12.0, noise=3.0, flicker=0.1).record()
    for with_motion, allowed in ((False, 0.5), (True, 0.3)):
        estimates = list(replay(recording, odometry_for(recording, CFG), with_motion))
        assert {estimate.status for estimate in estimates} == {Status.OK}
        assert recording.truth is not None
        errors = errors_of(estimates, recording.truth)
        assert errors["ate_percent"] < allowed
        assert 0.3 < errors["nees_mean"] < 30  # of one drive; 6 over many


def test_a_second_thread_changes_when_corrections_come_and_little_else():
    recording = Drive(duration=2.0, rate=10.0).record()
    ways = [
        np.array([e.pose for e in replay(recording, odometry_for(recording, OdometryConfig(background=b)))])
        for b in (False, False, True)
    ]
    np.testing.assert_array_equal(ways[0], ways[1])
    np.testing.assert_allclose(ways[0][:, :3, 3], ways[2][:, :3, 3], atol=0.02)


def test_pictures_of_another_size_and_times_that_do_not_rise_are_refused():
    recording = Drive(duration=0.2).record()
    odometry = odometry_for(recording, CFG)
    left, right = recording.frames[0].pictures["left"], recording.frames[0].pictures["right"]
    odometry.track(1.0, left, right)
    with pytest.raises(ValueError, match=r"at 1\.000000 s does not come after"):
        odometry.track(1.0, left, right)
    with pytest.raises(ValueError, match=r"right picture at 2.*has 319 x 240 px"):
        odometry.track(2.0, left, right[:, 1:])
