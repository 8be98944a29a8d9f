"""TUM files: what is written comes back, what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.poses import make_pose
from gaitway.perception.trajectory import Trajectory, read_tum, write_tum


def test_written_and_read_back(tmp_path):
    rng = np.random.default_rng(0)
    written = Trajectory(
        np.arange(5) * 0.1 + 1e9, make_pose(rng.normal(size=(5, 3)), rng.normal(size=(5, 4)))
    )
    write_tum(tmp_path / "t.txt", written)
    read = read_tum(tmp_path / "t.txt")
    np.testing.assert_allclose(read.times, written.times, atol=1e-6)
    np.testing.assert_allclose(read.poses, written.poses, atol=1e-8)


def test_the_file_has_the_quaternion_last_and_w_at_its_end(tmp_path):
    write_tum(
        tmp_path / "t.txt", Trajectory(np.array([1.5]), make_pose([[1.0, 2.0, 3.0]], [[0.0, 1.0, 0.0, 0.0]]))
    )
    assert [float(word) for word in (tmp_path / "t.txt").read_text().split()] == [1.5, 1, 2, 3, 1, 0, 0, 0]


def test_the_length_of_a_square():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert Trajectory(np.arange(5.0), make_pose(corners, np.tile([1.0, 0, 0, 0], (5, 1)))).length == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 0 0 0 0 0 0 1\n1 0 0 0 0 0 0 1\n", "line 2: time 1.0"),
        ("2 0 0 0 0 0 0 1\n# note\n1 0 0 0 0 0 0 1\n", "line 3: time 1.0"),
        ("1 0 0 0 0 0 1\n", "line 1: a TUM pose is eight numbers"),
        ("1 0 0 nan 0 0 0 1\n", "line 1: a TUM pose is eight numbers"),
        ("1 0 0 0 0 0 0 0\n", "line 1: the quaternion"),
        ("# only this\n", "holds no pose"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path, text, sentence):
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_tum(tmp_path / "bad.txt")
