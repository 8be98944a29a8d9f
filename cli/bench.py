"""Measure speed: physics alone against the whole environment."""

from __future__ import annotations

import json as json_format
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import tyro


def main(
    what: tyro.conf.Positional[Literal["physics"]],
    task: str = "Gaitway/DroidVelocityFlat-v0",
    num_envs: int = 512,
    seconds: float = 10.0,
    scene: Path | None = None,
    at: tuple[float, float] = (0.0, 0.0),
    device: str = "cpu",
    json: Path | None = None,
) -> None:
    """Measure how fast a task steps on this machine.

    Rounds of physics alone and of the whole environment take turns; medians are reported. Stop other work
    first: the load of the machine is reported, too.

    Args:
        what: what to measure.
        task: registered task.
        num_envs: worlds stepped in parallel.
        seconds: how long to measure, for each comparison.
        scene: a USD scene to put the robot into as well, to see what it costs.
        at: where in that scene it stands, x and y in m; choose a free spot.
        device: cpu, or a CUDA device such as cuda:0.
        json: file to write the figures to, with the facts of the machine.
    """
    # Loads torch: not before the arguments are known to be right.
    from ..envs.benchmark import measure_env, measure_scene
    from ..envs.registration import load_cfg

    cfg = load_cfg(task)
    machine = _machine()
    env = measure_env(cfg, num_envs, seconds, device)
    in_scene = measure_scene(cfg, scene, num_envs, seconds, device, at) if scene else None
    result: dict[str, Any] = {"task": task, "device": device, **asdict(env)}
    if in_scene is not None:
        result |= {"scene": str(scene)} | {f"scene_{name}": value for name, value in asdict(in_scene).items()}
    _print(result, machine)
    if json is not None:
        from ..policies.whole_file import whole_file

        json.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(json) as temporary:
            temporary.write_text(json_format.dumps({**result, "machine": machine}, indent=2) + "\n")


def _machine() -> dict[str, Any]:
    from ..policies.provenance import git_commit, library_versions

    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
        "versions": library_versions(),
        "git_commit": git_commit(),
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _print(result: dict[str, Any], machine: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    title = f"{result['task']}: {result['num_envs']} worlds on {machine['cores']} cores of {machine['cpu']}"
    table = Table(title=title, title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    rows = [
        ("physics alone", f"{result['physics']:,.0f}", "env steps/s"),
        ("whole environment", f"{result['env']:,.0f}", "env steps/s"),
        ("environment's overhead", f"{result['overhead']:.1%}", "of its wall time"),
    ]
    if "scene" in result:
        rows += [
            ("physics, robot standing", f"{result['scene_own']:,.0f}", "env steps/s"),
            (f"the same in {Path(result['scene']).name}", f"{result['scene_other']:,.0f}", "env steps/s"),
            ("slowed down by the scene", f"{result['scene_slowdown']:.1%}", ""),
        ]
    rows.append(("load before the measurement", f"{machine['load_before']:.1f}", "processes"))
    for row in rows:
        table.add_row(*row)
    Console().print(table)
