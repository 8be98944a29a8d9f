"""Trajectories as files, read back by other people's readers."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from gaitway.planning.errors import TrajectoryError
from gaitway.planning.limits import Limits
from gaitway.planning.trajectory import export
from gaitway.planning.trajectory.retime import retime

NAMES = ["shoulder", "elbow"]
STEP = 0.02


@pytest.fixture(scope="module")
def trajectory():
    return retime([[0, 0], [1, 0.5], [0.5, 2]], Limits([1, 2], [5, 5], [50, 50]), 0.1).trajectory


@pytest.fixture(scope="module")
def samples(trajectory):
    return trajectory.sample(STEP)


def test_json_is_a_joint_trajectory(trajectory, samples, tmp_path):
    export.write_json(tmp_path / "a.json", trajectory, NAMES, STEP)
    message = json.loads((tmp_path / "a.json").read_text())
    assert message["joint_names"] == NAMES
    assert set(message["points"][0]) == {
        "positions",
        "velocities",
        "accelerations",
        "effort",
        "time_from_start",
    }
    np.testing.assert_array_equal([p["positions"] for p in message["points"]], samples.position)
    np.testing.assert_array_equal([p["accelerations"] for p in message["points"]], samples.acceleration)
    stamps = [p["time_from_start"] for p in message["points"]]
    times = [stamp["sec"] + 1e-9 * stamp["nanosec"] for stamp in stamps]
    np.testing.assert_allclose(times, samples.times, atol=1e-9)
    assert (np.diff(times) > 0).all()
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_mcap_is_read_by_rosbags(trajectory, samples, tmp_path):
    from rosbags.highlevel import AnyReader

    export.write_mcap(tmp_path / "a.mcap", trajectory, NAMES, STEP)
    with AnyReader([tmp_path / "a.mcap"]) as reader:
        ((connection, _, content),) = reader.messages()
        assert (connection.topic, connection.msgtype) == (export.TOPIC, export.MESSAGE)
        message = reader.deserialize(content, connection.msgtype)
    assert message.joint_names == NAMES
    np.testing.assert_array_equal([p.positions for p in message.points], samples.position)
    np.testing.assert_array_equal([p.velocities for p in message.points], samples.velocity)
    times = [p.time_from_start.sec + 1e-9 * p.time_from_start.nanosec for p in message.points]
    np.testing.assert_allclose(times, samples.times, atol=1e-9)


def test_the_definition_is_that_of_ros():
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore

    ours = get_types_from_msg(export.DEFINITION, export.MESSAGE)
    theirs = get_typestore(Stores.ROS2_HUMBLE)
    for name, (_, fields) in ours.items():
        assert fields == theirs.get_msgdef(name).fields, name


def test_csv_has_a_column_per_joint_and_quantity(trajectory, samples, tmp_path):
    export.write_csv(tmp_path / "a.csv", trajectory, NAMES, STEP)
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time"]) for row in rows] == samples.times.tolist()
    for name, index in (("shoulder", 0), ("elbow", 1)):
        for quantity in ("position", "velocity", "acceleration", "jerk"):
            column = [float(row[f"{name}.{quantity}"]) for row in rows]
            np.testing.assert_array_equal(column, getattr(samples, quantity)[:, index])


def test_npz_is_exact(trajectory, tmp_path):
    export.write_npz(tmp_path / "a.npz", trajectory, NAMES)
    again, names = export.read_npz(tmp_path / "a.npz")
    assert names == NAMES
    np.testing.assert_array_equal(again.times, trajectory.times)
    np.testing.assert_array_equal(again.coefficients, trajectory.coefficients)


def test_bad_files_are_refused_in_a_sentence(trajectory, tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(TrajectoryError, match="no such file"):
        export.read_npz(path)
    path.write_bytes(b"nothing")
    with pytest.raises(TrajectoryError, match=r"a\.npz: is no trajectory"):
        export.read_npz(path)
    np.savez(path, version=np.array(1), times=np.array([object()]))
    with pytest.raises(TrajectoryError, match="is no trajectory"):
        export.read_npz(path)
    export.write_npz(path, trajectory, NAMES)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TrajectoryError, match="is no trajectory"):
        export.read_npz(path)


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", ""]])
def test_bad_names_leave_no_file(trajectory, names, tmp_path):
    for write in (export.write_json, export.write_mcap, export.write_csv, export.write_npz):
        with pytest.raises(TrajectoryError, match="2 distinct joint names"):
            write(tmp_path / "a", trajectory, names)
    assert not list(tmp_path.iterdir())
