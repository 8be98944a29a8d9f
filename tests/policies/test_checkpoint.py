"""Checkpoints: whole or not at all, and nothing in them is ever executed."""

from __future__ import annotations

import dataclasses
import os
import pickle
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.checkpoint import Checkpoint, CheckpointError
from gaitway.policies.run_dir import last_checkpoint, new_run_dir

TASK = "Gaitway/DroidVelocityFlat-v0"
SIZES = {"actor": 41, "critic": 58}


def _checkpoint(**changes: Any) -> Checkpoint:
    weights = {"layer.weight": torch.arange(6.0).reshape(2, 3), "count": torch.tensor(3)}
    content = {
        "task": TASK,
        "observation_sizes": SIZES,
        "action_size": 10,
        "ppo": {"hidden_dims": (32, 32), "symmetry": True},
        "algorithm": {"actor_state_dict": weights, "optimizer_state_dict": {"state": {0: {"step": 7.0}}}},
        "iteration": 12,
        "samples": 3456,
        "seconds": 78.9,
        "seed": 1,
        "command": "gaitway train ...",
    }
    return Checkpoint(**{**content, **changes})


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def _full_disk(free: int) -> Iterator[None]:
    """Writes past `free` bytes of a file fail in the kernel, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class _RunsCode:
    """A pickle of this makes a folder when it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved = _checkpoint()
    saved.save(tmp_path / "model_12.pt")
    loaded = Checkpoint.load(tmp_path / "model_12.pt")
    for field in dataclasses.fields(Checkpoint):
        if field.name != "algorithm":
            assert getattr(loaded, field.name) == getattr(saved, field.name)
    for name, tensor in saved.algorithm["actor_state_dict"].items():
        assert torch.equal(loaded.algorithm["actor_state_dict"][name], tensor)
    assert _names(tmp_path) == ["model_12.pt"]


@pytest.mark.parametrize("container", ["whole", "inside"])
def test_hostile_pickle_does_not_execute(tmp_path: Path, container: str) -> None:
    made, path = tmp_path / "made-by-the-pickle", tmp_path / "model_1.pt"
    bomb = _RunsCode(made)
    if container == "whole":
        path.write_bytes(pickle.dumps(bomb, protocol=2))
    else:
        torch.save({**vars(_checkpoint()), "command": bomb}, path)
    with pytest.raises(CheckpointError, match=r"model_1\.pt: .* could run code; it was not loaded"):
        Checkpoint.load(path)
    assert not made.exists()
    # The bomb is live: loading without care sets it off.
    torch.load(path, weights_only=False) if container == "inside" else pickle.loads(path.read_bytes())
    assert made.exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_checkpoint(tmp_path: Path, share: float) -> None:
    path = tmp_path / "model_1.pt"
    _checkpoint().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match=r"model_1\.pt: is truncated or not a Gaitway checkpoint; take"):
        Checkpoint.load(path)


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("not a checkpoint")
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    for name in ("notes.pt", "other.pt", "missing.pt"):
        with pytest.raises(CheckpointError, match=name):
            Checkpoint.load(tmp_path / name)


def test_full_disk_leaves_the_older_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    _checkpoint().save(path)
    before = path.read_bytes()
    with (
        _full_disk(1000),
        pytest.raises(CheckpointError, match=r"model_1\.pt: could not be written .* free some"),
    ):
        _checkpoint(iteration=13).save(path)
    assert path.read_bytes() == before
    assert _names(tmp_path) == ["model_1.pt"]


def test_interrupted_save_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(content: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _checkpoint().save(tmp_path / "model_1.pt")
    assert _names(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "Gaitway/Other-v0"}, "was trained on 'Gaitway/Other-v0', not on"),
        (
            {"observation_sizes": {"actor": 40, "critic": 58}},
            "its actor observation has 40 values, the task's has 41",
        ),
        ({"observation_sizes": {"actor": 41}}, "its critic observation has None values, the task's has 58"),
        ({"action_size": 12}, "has 12 actions, the robot has 10 joints"),
    ],
)
def test_checkpoint_of_something_else(changes: dict[str, Any], message: str) -> None:
    path = Path("model_1.pt")
    _checkpoint().require(path, TASK, SIZES, 10)
    with pytest.raises(CheckpointError, match=f"model_1.pt: {message}"):
        _checkpoint(**changes).require(path, TASK, SIZES, 10)


@pytest.mark.parametrize("changes", [{"ppo": {"no_such_setting": 1}}, {"algorithm": {}}])
def test_checkpoint_of_another_version(changes: dict[str, Any]) -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 2)
    env.reset(seed=0)
    sizes = {name: group.size for name, group in env.groups.items()}
    with pytest.raises(CheckpointError, match=r"model_1\.pt: .* of another version"):
        _checkpoint(observation_sizes=sizes, **changes).restore(Path("model_1.pt"), env)


def test_last_checkpoint_is_the_one_of_most_iterations(tmp_path: Path) -> None:
    for iteration in (0, 9, 10, 100):
        (tmp_path / f"model_{iteration}.pt").touch()
    assert last_checkpoint(tmp_path).name == "model_100.pt"
    assert last_checkpoint(tmp_path / "model_9.pt").name == "model_9.pt"
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="holds no model_"):
        last_checkpoint(tmp_path / "empty")
    with pytest.raises(CheckpointError, match="there is no such run"):
        last_checkpoint(tmp_path / "nowhere")


def test_new_runs_never_share_a_folder(tmp_path: Path) -> None:
    folders = {new_run_dir(TASK, tmp_path) for _ in range(3)}
    assert len(folders) == 3
    assert all(folder.parent == tmp_path / "DroidVelocityFlat-v0" for folder in folders)
