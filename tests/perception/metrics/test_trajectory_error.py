"""Errors of trajectories, held to evo, which is GPL: it is used here and nowhere else."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from evo.core import metrics, sync, trajectory
from gaitway.perception.metrics.trajectory import (
    absolute_error,
    align,
    completion_percent,
    relative_error,
    relative_errors,
    score,
)
from gaitway.perception.poses import pose_of, quaternion_of, rotation_exp, transform
from gaitway.perception.trajectory import Trajectory


def _walk(rng: np.random.Generator, count: int, step: float = 0.2) -> Trajectory:
    """Steps of one length, at 10 Hz, that turn slowly."""
    turns = rotation_exp(rng.normal(0, 0.05, (count, 3)))
    rotations, positions = [np.eye(3)], [np.zeros(3)]
    for turn in turns[1:]:
        positions.append(positions[-1] + step * rotations[-1][:, 0])
        rotations.append(rotations[-1] @ turn)
    return Trajectory(100.0 + 0.1 * np.arange(count), pose_of(np.array(positions), np.array(rotations)))


def _disturbed(rng: np.random.Generator, truth: Trajectory, late: float = 0.0) -> Trajectory:
    """Noise on each pose, in a world of its own, with a clock that is late and fewer poses."""
    count = len(truth)
    noise = pose_of(rng.normal(0, 0.02, (count, 3)), rotation_exp(rng.normal(0, 0.01, (count, 3))))
    world = pose_of(np.array([3.0, -2.0, 1.0]), rotation_exp(np.array([0.3, -1.2, 2.0])))
    kept = np.sort(rng.choice(count, 4 * count // 5, replace=False))
    return Trajectory(truth.times[kept] + late, (world @ truth.poses @ noise)[kept])


def _evo(walk: Trajectory) -> trajectory.PoseTrajectory3D:
    return trajectory.PoseTrajectory3D(walk.positions, quaternion_of(walk.poses), walk.times)


@pytest.mark.parametrize("late", [0.0, 0.004])
def test_ate_is_evos(late: float) -> None:
    rng = np.random.default_rng(1)
    truth = _walk(rng, 300)
    estimate = _disturbed(rng, truth, late)
    ours = absolute_error(estimate, truth)
    theirs, aligned = sync.associate_trajectories(_evo(truth), _evo(estimate), max_diff=0.01)
    aligned = copy.deepcopy(aligned)
    aligned.align(theirs, correct_scale=False)
    ape = metrics.APE(metrics.PoseRelation.translation_part)
    ape.process_data((theirs, aligned))
    expected = ape.get_all_statistics()
    for name, value in (
        ("rmse", ours.rmse),
        ("mean", ours.mean),
        ("median", ours.median),
        ("max", ours.worst),
    ):
        assert value == pytest.approx(expected[name], abs=1e-9)
    assert ours.percent == pytest.approx(100 * expected["rmse"] / theirs.path_length, abs=1e-9)


def test_rpe_between_frames_is_evos() -> None:
    rng = np.random.default_rng(2)
    truth = _walk(rng, 200)
    estimate = _disturbed(rng, truth)
    theirs, seen = sync.associate_trajectories(_evo(truth), _evo(estimate), max_diff=0.01)
    pairs = np.stack([np.arange(len(estimate) - 7), np.arange(7, len(estimate))], axis=1)
    kept = np.searchsorted(truth.times, estimate.times - 1e-6)
    shift, turn = relative_errors(estimate.poses, truth.poses[kept], pairs)
    for ours, relation in (
        (shift, metrics.PoseRelation.translation_part),
        (np.degrees(turn), metrics.PoseRelation.rotation_angle_deg),
    ):
        rpe = metrics.RPE(relation, delta=7, delta_unit=metrics.Unit.frames, all_pairs=True)
        rpe.process_data((theirs, seen))
        np.testing.assert_allclose(ours, rpe.error, atol=1e-6)


@pytest.mark.parametrize("length", [1.0, 2.5, 10.0])
def test_rpe_over_lengths_is_what_kittis_program_does(length: float) -> None:
    """Its loop over frames, written out, with evo's error of each pair."""
    rng = np.random.default_rng(3)
    truth = _walk(rng, 200)
    estimate = Trajectory(truth.times, _disturbed(rng, truth).at(truth.times))
    travelled = [0.0]
    for before, after in pairwise(truth.positions):
        travelled.append(travelled[-1] + float(np.linalg.norm(after - before)))
    pairs = []
    for first in range(0, len(truth), 10):
        beyond = [k for k in range(first, len(truth)) if travelled[k] > travelled[first] + length]
        pairs += [(first, beyond[0])] if beyond else []
    expected = np.array(
        [[_evo_error(truth, estimate, pair, relation) for relation in _PARTS] for pair in pairs]
    )
    ours = relative_error(estimate, truth, length)
    assert ours.count == len(pairs)
    assert ours.translation_percent == pytest.approx(100 * expected[:, 0].mean() / length, abs=1e-6)
    assert ours.rotation_deg_per_m == pytest.approx(expected[:, 1].mean() / length, abs=1e-6)


_PARTS = (metrics.PoseRelation.translation_part, metrics.PoseRelation.rotation_angle_deg)


def _evo_error(
    truth: Trajectory, estimate: Trajectory, pair: tuple[int, int], part: metrics.PoseRelation
) -> float:
    """Of two poses alone."""
    two = [Trajectory(walk.times[list(pair)], walk.poses[list(pair)]) for walk in (truth, estimate)]
    rpe = metrics.RPE(part, delta=1, delta_unit=metrics.Unit.frames)
    rpe.process_data((_evo(two[0]), _evo(two[1])))
    return float(rpe.error[0])


def test_a_scale_error_of_three_percent_is_three_percent() -> None:
    """Along a straight line, an odometry that sees 3 % too much is 3 % off over any length."""
    x = np.arange(0, 40, 0.1)
    straight = np.column_stack([x, 0 * x, 0 * x])
    turns = np.broadcast_to(np.eye(3), (len(x), 3, 3))
    truth = Trajectory(x, pose_of(straight, turns))
    result = score(Trajectory(x, pose_of(1.03 * straight, turns)), truth)
    # The first pose beyond 1 m is at 1.1 m or, rounded, at 1.0 m.
    assert result.translation_percent == pytest.approx(3.0, rel=0.05)
    assert result.rotation_deg_per_m == 0.0
    # Aligned at the middle, the error grows to 3 % of half the path: RMSE of a ramp.
    assert result.absolute.rmse == pytest.approx(0.03 * x[-1] / np.sqrt(12), rel=0.01)


def test_alignment_is_never_a_mirror_image() -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(size=(50, 3))
    motion = align(points, points * [1, 1, -1])
    assert np.linalg.det(motion[:3, :3]) == pytest.approx(1.0)
    turned = transform(pose_of(np.ones(3), rotation_exp(np.array([1.0, 2.0, 0.5]))), points)
    np.testing.assert_allclose(transform(align(points, turned), points), turned, atol=1e-12)


def test_completion_counts_frames_without_an_estimate() -> None:
    truth = _walk(np.random.default_rng(5), 100)
    part = Trajectory(truth.times[:60], truth.poses[:60])
    assert completion_percent(part, truth.times) == 60.0
    assert score(part, truth, times=truth.times).completion_percent == 60.0


def test_clocks_that_do_not_meet_are_named() -> None:
    truth = _walk(np.random.default_rng(6), 50)
    with pytest.raises(ValueError, match=r"0 of 50 estimated poses .* Do they share a clock\?"):
        absolute_error(Trajectory(truth.times + 1e9, truth.poses), truth)
