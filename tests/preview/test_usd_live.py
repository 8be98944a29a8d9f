"""The live USD stage: what a second process with plain usd-core sees of it."""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gaitway.assets.usdz import package_usdz
from gaitway.envs.commands.goal import GoalCommand, GoalCommandCfg
from gaitway.envs.commands.target import TargetCommand
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.rollout import Moment, rollout
from gaitway.preview.usd_live.bench import measure_live
from gaitway.preview.usd_live.live import LiveStage
from gaitway.preview.usd_live.show import show
from pxr import Sdf, Usd, UsdGeom

from .waiting import until

# Follows a live stage, as a viewer does: for each new instant a line with its time and the world transform of
# every body of every robot.
_READER = """
import json, sys, time
from pxr import Usd, UsdGeom, UsdPhysics

stage = Usd.Stage.Open(sys.argv[1])
prims = [p for p in stage.Traverse() if p.HasAPI(UsdPhysics.RigidBodyAPI) or p.GetName() == "Mark"]
robot = next(prim for prim in stage.Traverse() if prim.HasAttribute("gaitway:time"))
last = None
while True:
    stage.Reload()
    now = robot.GetAttribute("gaitway:time").Get()
    if now != last:
        cache = UsdGeom.XformCache()
        matrices = {str(prim.GetPath()): cache.GetLocalToWorldTransform(prim) for prim in prims}
        poses = {path: [list(row) for row in matrix] for path, matrix in matrices.items()}
        print(json.dumps({"time": now, "poses": poses}), flush=True)
        last = now
    time.sleep(0.001)
"""


@contextmanager
def _reader(stage: Path) -> Iterator[Iterator[dict[str, Any]]]:
    process = subprocess.Popen([sys.executable, "-c", _READER, str(stage)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield (json.loads(line) for line in process.stdout)
    finally:
        process.kill()
        process.wait()


def _stepped(task: str, worlds: int) -> GaitwayVectorEnv:
    cfg = load_cfg(task)
    if isinstance(cfg.commands, GoalCommandCfg):
        cfg.commands.pool = replace(cfg.commands.pool, layouts=4)  # 128 take seconds to make
    env = GaitwayVectorEnv(cfg, worlds)
    env.reset(seed=0)
    return env


def _step(env: GaitwayVectorEnv) -> None:
    env.step(torch.randn(env.num_envs, env.actions.size, generator=torch.Generator().manual_seed(3)))


def _expected(env: GaitwayVectorEnv, world: int) -> dict[str, np.ndarray]:
    """MuJoCo's own poses of a world's bodies, as USD has them (4, 4), by name; and the task's mark."""
    poses = {}
    for body in range(1, env.model.nbody):
        pose = np.eye(4)
        pose[:3, :3] = env.world.view("xmat")[world, body].numpy().reshape(3, 3).T
        pose[3, :3] = env.world.view("xpos")[world, body].numpy()
        poses[env.model.body(body).name] = pose
    if isinstance(env.command, GoalCommand | TargetCommand):
        x, y, *z = (
            env.command.goal[world] if isinstance(env.command, GoalCommand) else env.command.value[world]
        )
        poses["Mark"] = np.eye(4)
        poses["Mark"][3, :3] = x, y, z[0] if z else 0.1
    return poses


@pytest.mark.parametrize(
    "task", ["Gaitway/DroidVelocityFlat-v0", "Gaitway/AmrNavigation-v0", "Gaitway/ArmLift-v0"]
)
def test_a_second_process_sees_every_instant_exactly(task: str, tmp_path: Path) -> None:
    """Robots, and movable or kinematic things of the scene, in both of two worlds, within a micrometre."""
    env = _stepped(task, 2)
    live = LiveStage(env, tmp_path, rate=1 / env.step_dt)
    with _reader(tmp_path / "live.usda") as frames:
        next(frames)
        for step in range(1, 6):
            _step(env)
            assert live.publish(step * env.step_dt)
            frame = next(frames)
            assert frame["time"] == pytest.approx(step * env.step_dt)
            _agree(env, frame["poses"])
    live.close()
    assert not list(tmp_path.glob(".*")), "temporary files were left"


def _agree(env: GaitwayVectorEnv, poses: dict[str, Any]) -> None:
    first, second = (
        {
            path.rpartition("/")[2]: np.array(pose)
            for path, pose in poses.items()
            if ("World_1" in path) == far
        }
        for far in (False, True)
    )
    expected = _expected(env, 0)
    assert first.keys() == expected.keys()
    for body, pose in expected.items():
        np.testing.assert_allclose(first[body], pose, atol=1e-6, err_msg=body)
    # Moved beside the first one, all by the same way.
    ways = [second[body] - pose for body, pose in _expected(env, 1).items()]
    assert np.ptp(ways, axis=0).max() < 2e-6
    assert np.linalg.norm(ways[0][3, :3]) > 1.0


def test_the_recording_scrubs_to_what_was_simulated(tmp_path: Path) -> None:
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    live = LiveStage(env, tmp_path, rate=1 / env.step_dt)
    simulated = [_expected(env, 0)]
    for step in range(1, 40):
        _step(env)
        live.publish(step * env.step_dt)
        simulated.append(_expected(env, 0))
    report = live.close()
    assert report.received == 39 and not report.recording_error
    stage = Usd.Stage.Open(str(tmp_path / "recording.usda"))
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (0, 39, 50)
    for code in (0, 1, 17, 39):
        cache = UsdGeom.XformCache(code)
        for body, pose in simulated[code].items():
            prim = stage.GetPrimAtPath(f"/World/Robots/droid/{body}")
            np.testing.assert_allclose(np.array(cache.GetLocalToWorldTransform(prim)), pose, atol=1e-6)


def _writer() -> int:
    """Process id of the writing process."""
    (process,) = [child for child in multiprocessing.active_children() if child.name == "usd-live"]
    assert process.pid is not None
    return process.pid


def _fill_disk(full: bool) -> None:
    """Let the writing process write no file beyond a kilobyte, or any: a full disk, and space again."""
    _, most = resource.prlimit(_writer(), resource.RLIMIT_FSIZE)
    resource.prlimit(_writer(), resource.RLIMIT_FSIZE, (1024 if full else most, most))


def _shown(folder: Path) -> float:
    layer = Sdf.Layer.OpenAsAnonymous(str(folder / "live_poses.usda"))
    return layer.GetAttributeAtPath("/World/Robots/droid.gaitway:time").default


def test_a_full_disk_costs_one_line_and_is_recovered_from(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    live = LiveStage(env, tmp_path, rate=50)
    live.publish(0.02)
    assert until(lambda: _shown(tmp_path) == 0.02)
    _fill_disk(True)
    said = ""
    for step in range(2, 12):
        live.publish(step * 0.02)
        time.sleep(0.02)
        said += capfd.readouterr().err
        assert _shown(tmp_path) == 0.02
    assert until(lambda: not list(tmp_path.glob(".*")))
    assert said.count("\n") == 1 and "live_poses.usda: cannot be written" in said
    _fill_disk(False)
    live.publish(0.5)
    assert until(lambda: _shown(tmp_path) == 0.5)
    report = live.close()
    assert report.received == 12 and not report.recording_error
    assert not capfd.readouterr().err
    assert not list(tmp_path.glob(".*"))


def test_a_recording_that_finds_no_space_leaves_nothing_half_written(tmp_path: Path) -> None:
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    live = LiveStage(env, tmp_path, rate=50)
    _fill_disk(True)
    for step in range(1, 20):
        live.publish(step * 0.02)
    report = live.close()
    assert "recording_poses.usdc: cannot be written" in report.recording_error
    assert sorted(file.name for file in tmp_path.iterdir()) == ["live.usda", "live_poses.usda", "stage.usda"]


_DIES = """
import os, signal, sys
from pathlib import Path
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.rollout import Moment, rollout
from gaitway.preview.usd_live.bench import measure_live
from gaitway.preview.usd_live.live import LiveStage
from gaitway.preview.usd_live.show import show

env = GaitwayVectorEnv(load_cfg("Gaitway/DroidVelocityFlat-v0"), 1)
env.reset(seed=0)
live = LiveStage(env, Path(sys.argv[1]), rate=50)
for step in range(1, 11):
    live.publish(step * 0.02)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_simulation_that_is_killed_leaves_its_recording(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path)])
    assert killed.returncode == -signal.SIGKILL
    assert until((tmp_path / "recording.usda").exists)
    stage = Usd.Stage.Open(str(tmp_path / "recording.usda"))
    assert stage.GetEndTimeCode() == 10
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("folder", ["/proc/live", "file/live"], ids=["not writable", "below a file"])
def test_a_folder_that_cannot_be_written_is_said(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    with pytest.raises(OSError, match=r"live: cannot be made a folder \(.+\)\.$"):
        LiveStage(env, tmp_path / folder, rate=50)


def test_a_rate_below_that_of_the_steps_is_met_on_average(tmp_path: Path) -> None:
    """Steps of 20 ms, 30 frames a second; and no burst makes up for a pause."""
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    live = LiveStage(env, tmp_path, rate=30)
    try:
        assert sum(live.publish(step * 0.02) for step in range(1, 101)) == 60
        assert sum(live.publish(5.0 + step * 0.02) for step in range(100)) in (60, 61)
    finally:
        live.close()


def test_a_shown_run_becomes_a_package_that_moves_alike(tmp_path: Path) -> None:
    """0.4 s at 50 Hz; what the package has in Y up is what MuJoCo had in Z up."""
    env = _stepped("Gaitway/DroidVelocityFlat-v0", 1)
    simulated = []

    def moments() -> Iterator[Moment]:
        for moment in rollout(env, lambda env: torch.zeros(1, env.actions.size), None, seed=0):
            simulated.append(_expected(env, 0))
            yield moment

    show(moments(), env, tmp_path, rate=60, seconds=0.4)
    assert len(simulated) == 20
    summary = package_usdz(tmp_path / "recording.usda", tmp_path / "walk.usdz")
    assert summary.seconds == pytest.approx(0.38)  # from the first frame to the twentieth
    packed = Usd.Stage.Open(str(tmp_path / "walk.usdz"))
    upright = np.diag([1.0, 0, 0, 1])
    upright[1, 2], upright[2, 1] = -1, 1
    for step in (0, 7, 19):
        cache = UsdGeom.XformCache(packed.GetStartTimeCode() + step)
        for body, pose in simulated[step].items():
            prim = packed.GetPrimAtPath(f"/World/Robots/droid/{body}")
            seen = np.array(cache.GetLocalToWorldTransform(prim))
            np.testing.assert_allclose(seen, pose @ upright, atol=1e-6)


def test_the_benchmark_counts_what_a_viewer_sees() -> None:
    """How much, not how fast: this machine may be busy."""
    cost = measure_live(load_cfg("Gaitway/DroidVelocityFlat-v0"), worlds=2, rate=20, seconds=2.0, rounds=1)
    assert cost.prims == 30
    assert 0 < cost.seen_of_60 <= 63  # the viewer may open the stage before the first frame
    assert cost.steps_per_s > 0 and cost.steps_per_s_live > 0
    assert cost.authoring_ms[0] > 0
