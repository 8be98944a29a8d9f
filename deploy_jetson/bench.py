"""`gaitway-edge bench`: how fast a bundle acts on this machine, and how punctual a busy one is."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .contract import Contract
from .loop import ControlLoop
from .machine import describe_machine
from .observations import SensorReading
from .policy import Policy
from .realtime import HIGHEST_PRIORITY, add_options, prioritise
from .robot import JointCommand
from .run import positive
from .stalls import TickTimes, Witness
from .ticklog import LogError, TickLog, open_log

CALLS = 5000
STAND_S = 0.5
WARM_UP_S = 10.0
"""What is allocated once is allocated by then, the log's buffers too."""


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "bench",
        help="measure inference, jitter and memory on this machine",
        description="Times the policy alone, then runs the control loop, log included, on a robot that "
        "stands still, while another process keeps one core busy. With --fifo below 99 and --cpu, a process "
        "that only waits tells ticks missed because the core stood still from those missed by the runtime.",
    )
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument("--seconds", type=positive, default=600.0, help="of the loop (default: 600)")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    add_options(parser)


class StillRobot:
    """A robot in its default pose, upright, that obeys nothing; `on_read` is called as a tick begins."""

    def __init__(self, contract: Contract, on_read: Callable[[], None] = lambda: None) -> None:
        self._on_read = on_read
        pos = np.array([contract.joints.default_pos])
        imu = contract.robot.imu
        self._reading = SensorReading(
            gyro=np.zeros((1, 3)) if imu else None,
            quat=np.array([[1.0, 0.0, 0.0, 0.0]]) if imu else None,
            joint_pos=pos,
            joint_vel=np.zeros_like(pos),
            external={term.name: np.zeros((1, term.size)) for term in contract.external},
        )

    def read(self) -> SensorReading:
        """The same values at the present time."""
        self._on_read()
        self._reading.time = time.perf_counter()
        return self._reading

    def write(self, command: JointCommand) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def run(options: argparse.Namespace) -> int:
    """Measure and print; returns the exit status."""
    policy = Policy.load(options.bundle)
    result = {
        "bundle": options.bundle.name,
        "machine": describe_machine(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "fifo": options.fifo,
        "cpu": options.cpu,
    }
    # The busy process starts first: it must not inherit the core.
    with (
        _busy_core(),
        _witness(options.cpu, options.fifo) as witness,
        tempfile.TemporaryDirectory() as folder,
        _log(Path(folder), policy) as log,
    ):
        refused = prioritise(options.fifo, options.cpu, options.lock_memory)
        for sentence in refused:
            print(f"gaitway-edge bench: {sentence}", file=sys.stderr)
        result |= {"refused": refused, "inference": _inference(policy)}
        result["loop"] = _loop(policy, options.seconds, log, witness)
    _print(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


def _inference(policy: Policy) -> dict[str, dict[str, float]]:
    """Durations of the network alone, and of observation, network and targets together; one thread, s."""
    contract = policy.contract
    observation = np.zeros((1, contract.observation_size), np.float32)
    reading = StillRobot(contract).read()
    command = None if contract.commands is None else np.zeros((1, 3), np.float32)
    policy.reset()
    return {
        "network": _time(lambda: policy.network(observation)),
        "policy": _time(lambda: policy.act(reading, command)),
    }


def _time(call: Callable[[], object]) -> dict[str, float]:
    for _ in range(CALLS // 10):
        call()
    durations = np.empty(CALLS)
    for k in range(CALLS):
        start = time.perf_counter()
        call()
        durations[k] = time.perf_counter() - start
    p50, p99 = np.percentile(durations, [50, 99])
    return {"p50": float(p50), "p99": float(p99), "max": float(durations.max())}


@contextlib.contextmanager
def _busy_core() -> Iterator[None]:
    """Keep one core busy while the block runs."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _witness(cpu: int | None, fifo: int | None) -> Iterator[Witness | None]:
    """Watch the loop's core, if it has one and can be outranked there."""
    if cpu is None or fifo is None or fifo == HIGHEST_PRIORITY:
        yield None
        return
    witness = Witness(cpu, fifo + 1)
    try:
        yield None if witness.refused else witness
    finally:
        witness.close()


@contextlib.contextmanager
def _log(folder: Path, policy: Policy) -> Iterator[TickLog]:
    try:
        log = open_log(folder / "log.mcap", policy.contract)
    except LogError:
        log = open_log(folder / "log.jsonl", policy.contract)
    try:
        yield log
    finally:
        log.close()


def _loop(policy: Policy, seconds: float, log: TickLog, witness: Witness | None) -> dict[str, Any]:
    ticks = TickTimes(round((seconds + STAND_S) / policy.contract.timing.policy_dt) + 2)
    robot = StillRobot(
        policy.contract, lambda: ticks.add(loop.ticker.due, loop.ticker.began, loop.ticker.overruns)
    )
    follows = policy.contract.commands is not None
    command = (lambda reading: np.zeros(3)) if follows else None
    loop = ControlLoop(policy, robot, command, stand_s=STAND_S, log=log)
    memory: list[int] = []
    began = time.perf_counter()

    def watch_memory() -> bool:
        if not memory and time.perf_counter() - began > min(WARM_UP_S, seconds / 2):
            memory.append(_resident())
        return False

    report = loop.run(seconds, watch_memory)
    after = _resident()
    before = memory[0] if memory else after  # a fault may have ended it early
    return report.as_json() | {
        "seconds": seconds,
        "rss": before,
        "rss_growth": after - before,
        "stalls": None if witness is None else ticks.beside(witness.stop()),
    }


def _resident() -> int:
    """Resident memory of this process, bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _print(result: dict[str, Any]) -> None:
    for name, times in result["inference"].items():
        print(f"{name}: p50 {1e3 * times['p50']:.3f} ms, p99 {1e3 * times['p99']:.3f} ms, one thread")
    loop = result["loop"]
    print(
        f"loop, one core busy: {loop['ticks']} ticks, {loop['overruns']} missed, tick to tick sd "
        f"{1e3 * loop['period']['sd']:.4f} ms, after the deadline p99 {1e3 * loop['late']['p99']:.4f} ms"
    )
    if loop["stalls"]:
        still = loop["stalls"]
        alive = still["period_without"]
        print(
            f"the core stood still {still['number']} times, {1e3 * still['longest_s']:.1f} ms at most; while "
            f"it did not: {still['missed_without']} missed, tick to tick sd {1e3 * alive['sd']:.4f} ms, "
            f"{1e3 * alive['max']:.2f} ms at most"
        )
    print(
        f"memory: {loop['rss'] / 1e6:.1f} MB, {loop['rss_growth'] / 1e6:+.2f} MB over {loop['seconds']:g} s"
    )
    if loop["fault"]:
        print(f"gaitway-edge bench: ended early, because {loop['fault']}.", file=sys.stderr)
