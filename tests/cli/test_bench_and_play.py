"""`gaitway bench` and `gaitway play` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import imageio_ffmpeg
import pytest
from gaitway.policies import load
from PIL import Image

from .command import gaitway

TASK = "Gaitway/DroidVelocityFlat-v0"


def test_bench_writes_figures_and_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new" / "bench.json"
    scene = Path(load.__file__).parents[1] / "assets/scenes/flat.usda"
    arguments = ("--num-envs", 4, "--seconds", 0.2, "--scene", scene, "--json", file)
    assert gaitway(monkeypatch, "bench", "physics", *arguments) == 0
    result = json.loads(file.read_text())
    assert result["task"] == TASK and result["num_envs"] == 4
    assert result["physics"] > 0 and result["env"] > 0 and 0 < result["overhead"] < 1
    assert result["scene_own"] > 0 and result["scene_other"] > 0
    assert result["machine"]["cores"] >= 1 and result["machine"]["versions"]["mujoco"].startswith("4.")


def test_bench_training_compares_with_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "training.json"
    assert gaitway(monkeypatch, "bench", "training", "--num-envs", 4, "--seconds", 0.2, "--json", file) == 0
    result = json.loads(file.read_text())
    assert set(result["per_second"]) == {"training", "environment"} and 0 < result["share"] < 1.5


def test_bench_beside_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "peers.json"
    arguments = ("--peers", "gymnasium", "--num-envs", 2, "--seconds", 0.1, "--json", file)
    assert gaitway(monkeypatch, "bench", "physics", *arguments) == 0
    measured = json.loads(file.read_text())["humanoid_v5"]
    assert set(measured["per_second"]) == {"gaitway", "batch", "gymnasium"}
    assert set(measured["gaitway_is_faster_by"]) == {"batch", "gymnasium"}
    assert all(rate["best"] >= rate["median"] > 0 for rate in measured["per_second"].values())


def test_bench_growth_draws_and_weighs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the memory of a process of its own, which would take as long again."""
    png, file = tmp_path / "new" / "growth.png", tmp_path / "growth.json"
    arguments = ("--task", TASK, "--most", 2, "--seconds", 0.05, "--png", png, "--json", file)
    assert gaitway(monkeypatch, "bench", "growth", *arguments) == 0
    result = json.loads(file.read_text())
    assert {point["worlds"] for point in result["points"]} == {1, 2}
    assert all(point["physics"] > 0 and point["env"] > 0 for point in result["points"])
    with Image.open(png) as picture:
        assert picture.width > picture.height > 300


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("physics", "--peers", "envpol"), "There is no peer 'envpol'"),
        (("growth", "--most", 0), "most is 0"),
        (("growth", "--task", "Gaitway/DroidVelocityFlt-v0"), f"did you mean '{TASK}'"),
        (("render", "--sizes", "320"), "'320' is no picture size"),
        (("render", "--worlds", 0), "worlds is 0"),
        (("render", "--task", TASK, "--camera", "eye"), "no camera 'eye'; it has head_camera"),
        (("startup", "--repeats", 0), "repeats is 0"),
    ],
)
def test_benches_refuse_in_one_sentence(
    arguments: tuple, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert gaitway(monkeypatch, "bench", *arguments) == 1
    assert sentence in capsys.readouterr().err


def test_a_peer_that_is_missing_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("gaitway.envs.bench.peers.find_spec", lambda name: None)
    assert gaitway(monkeypatch, "bench", "physics", "--peers", "envpool") == 1
    assert "The peer 'envpool' is not installed: pip install envpool" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--num-envs", 0), "num_envs is 0"),
        (("--seconds", 0), "seconds is 0"),
        (("--task", "Gaitway/DroidVelocityFlt-v0"), f"did you mean '{TASK}'"),
        (("--scene", "nowhere.usda"), "nowhere.usda: there is no such file"),
    ],
)
def test_bench_refuses_in_one_sentence(
    arguments: tuple,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    file = tmp_path / "bench.json"
    quick = ("--num-envs", 2, "--seconds", 0.1) if arguments[0] == "--scene" else ()
    assert gaitway(monkeypatch, "bench", "physics", *quick, *arguments, "--json", file) == 1
    assert sentence in capsys.readouterr().err
    assert not file.exists()


def test_play_writes_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of a robot whose policy holds the default pose: 25 pictures."""
    hold = load.LoadedPolicy(lambda env: 0 * env.actions.last, samples=0, is_bundle=False)
    monkeypatch.setattr(load, "load_policy", lambda path, env: hold)
    monkeypatch.setattr(load, "trained_overrides", lambda path: ())
    file = tmp_path / "walk.mp4"
    how = ("--policy", "any", "--video", file, "--seconds", 1, "--vx", 0.3)
    assert gaitway(monkeypatch, "play", TASK, *how) == 0
    assert imageio_ffmpeg.count_frames_and_secs(str(file))[0] == 25


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "either --video FILE.mp4, --web or --usd-live DIR"),
        (("--video", "a.mp4", "--web"), "either --video FILE.mp4, --web or --usd-live DIR"),
        (("--video", "a.gif"), "must end in .mp4"),
        (("--video", "a.mp4", "--usd-live", "live"), "either --video FILE.mp4, --web or --usd-live DIR"),
        (("--video", "a.mp4", "--seconds", -1), "--seconds is -1"),
        (("--web", "--worlds", 2), "give --usd-live DIR, too"),
        (("--usd-live", "live", "--worlds", 0), "--worlds is 0"),
        (("--usd-live", "live", "--usd-rate", 0), "--usd-rate is 0"),
        (("--usd-live", "live", "--nucleus", "nucleus/Projects"), "omniverse://HOST/PATH"),
        (("--video", "a.mp4"), "nothing-here"),
    ],
)
def test_play_refuses_in_one_sentence(
    arguments: tuple,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gaitway(monkeypatch, "play", TASK, "--policy", "nothing-here", *arguments) == 1
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
