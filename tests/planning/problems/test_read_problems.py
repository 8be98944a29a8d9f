"""What is no file of problems is refused, and a pickle before anything in it runs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from gaitway.planning.errors import ProblemError
from gaitway.planning.problems.read import read_problems


class _Bomb:
    def __reduce__(self):
        return (os.mkdir, ("exploded",))


@pytest.mark.parametrize("name", ["problems.pkl", "problems.json", "problems"])
def test_a_pickle_is_refused_unread(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(ProblemError, match="is a pickle, which could run any code"):
        read_problems(Path(name))
    assert not Path("exploded").exists()


def test_what_is_no_file_of_problems_is_refused(tmp_path):
    with pytest.raises(ProblemError, match="nowhere: No such file"):
        read_problems(tmp_path / "nowhere")
    with pytest.raises(ProblemError, match=r"holds no sceneNNNN\.yaml"):
        read_problems(tmp_path)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ProblemError, match="is no JSON"):
        read_problems(tmp_path / "a.json")
    (tmp_path / "a.tar").write_text("no tar")
    with pytest.raises(ProblemError, match="is no tar file"):
        read_problems(tmp_path / "a.tar")
