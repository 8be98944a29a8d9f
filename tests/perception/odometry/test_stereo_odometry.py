"""Stereo odometry in the textured room, whose truth is exact."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.odometry.config import OdometryConfig
from gaitway.perception.odometry.estimate import Status
from gaitway.perception.odometry.replay import odometry_for, replay, trajectory_of
from gaitway.perception.poses import inverse

from .drive import Drive

CFG = OdometryConfig(background=False)


def errors(recording, estimates) -> np.ndarray:
    """(n,) distances in m from the truth, both from the first pose."""
    truth = inverse(recording.truth.poses[0]) @ recording.truth.poses
    return np.linalg.norm(trajectory_of(estimates).positions - truth[: len(estimates), :3, 3], axis=1)


def test_stereo_drifts_by_less_than_half_a_percent_with_noise_and_flicker():
    recording = Drive(duration=5.0, noise=3.0, flicker=0.1).record()
    estimates = list(replay(recording, odometry_for(recording, CFG), with_motion=False))
    assert {estimate.status for estimate in estimates} == {Status.OK}
    assert np.sqrt((errors(recording, estimates) ** 2).mean()) < 0.005 * recording.truth.length


def test_pictures_of_another_size_and_times_that_do_not_rise_are_refused():
    recording = Drive(duration=0.2).record()
    odometry = odometry_for(recording, CFG)
    left, right = recording.frames[0].pictures["left"], recording.frames[0].pictures["right"]
    odometry.track(1.0, left, right)
    with pytest.raises(ValueError, match=r"at 1\.000000 s does not come after"):
        odometry.track(1.0, left, right)
    with pytest.raises(ValueError, match=r"right picture at 2.*has 319 x 240 px"):
        odometry.track(2.0, left, right[:, 1:])
