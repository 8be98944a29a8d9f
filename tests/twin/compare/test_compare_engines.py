"""Runs in processes and on a Ray cluster of two machines give the same figures, and end when they should."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gaitway.twin.compare.cluster import on_cluster
from gaitway.twin.compare.figures import Figures
from gaitway.twin.compare.job import Job
from gaitway.twin.compare.processes import on_processes
from gaitway.twin.warehouse.scenario import (
    FleetCfg,
    HallCfg,
    OrdersCfg,
    PeopleCfg,
    Scenario,
    WatchCfg,
    WaysCfg,
)

from ..warehouse.bare_hall import keep_bare_hall

# Each process and each worker of the cluster loads all libraries: seconds, or minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)
SHORT = Scenario(
    seconds=15.0,
    hall=HallCfg(2500.0, 4),
    fleet=FleetCfg(4),
    people=PeopleCfg(2, 1),
    orders=OrdersCfg(per_hour=9000.0),
    watch=WatchCfg(0.0),
)
SEEDS = (0, 1)


def _job(scenario: Scenario, seed: int) -> Job:
    return Job("short.toml", replace(scenario, seed=seed))


@pytest.fixture(scope="module")
def halls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("halls")
    keep_bare_hall(folder, SHORT.hall)
    return folder


@pytest.fixture(scope="module")
def by_processes(halls: Path) -> tuple[list[tuple[int, Figures]], str]:
    """Both seeds, the first twice, and what is said of a run that does not fit its hall."""
    wrong = replace(SHORT, ways=WaysCfg(closed=("aisle_99Z",)))
    jobs = [*(_job(SHORT, seed) for seed in (*SEEDS, SEEDS[0])), _job(wrong, 0)]
    made = []
    with pytest.raises(ValueError) as caught:
        for job, figures in on_processes(jobs, halls, 1):
            made.append((job.scenario.seed, figures))
    return sorted(made, key=lambda run: run[0]), str(caught.value)


def test_the_same_seed_gives_the_same_figures(by_processes: tuple[list[tuple[int, Figures]], str]) -> None:
    (_, first), (_, again), (_, other) = by_processes[0]
    assert first == again != other
    done, still_open, busy = (first[key] or 0.0 for key in ("orders_done", "orders_open", "utilisation"))
    assert done + still_open > 30 and 0 < busy <= 100 and first["contacts"] == 0


def test_what_does_not_fit_is_said_with_its_file(by_processes: tuple[list[tuple[int, Figures]], str]) -> None:
    assert by_processes[1].startswith("short.toml: ways.closed: 'aisle_99Z' is no aisle")


_SLEEPER = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from gaitway.twin.compare.processes import _begin
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 600)
    time.sleep(600)
"""


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(_SLEEPER)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _lives(child):
        assert time.monotonic() < deadline, "it outlives its parent"
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    """Whether a process is there and no zombie that nobody has waited for."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Ray cluster of two machines, both here, of one core each."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    size = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
    with pytest.MonkeyPatch.context() as patch:
        # Else its workers are as nice as can be, and other tests leave them nothing of a processor.
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        machines = Cluster(initialize_head=True, head_node_args=size)
        machines.add_node(num_cpus=1, object_store_memory=size["object_store_memory"])
    yield str(machines.address)
    machines.shutdown()


def test_a_cluster_gives_the_same_figures(
    cluster: str, halls: Path, by_processes: tuple[list[tuple[int, Figures]], str]
) -> None:
    jobs = [_job(SHORT, seed) for seed in SEEDS]
    made = {job.scenario.seed: run for job, run in on_cluster(jobs, halls, cluster)}
    assert made == dict(by_processes[0])


def test_another_gaitway_on_the_cluster_is_refused(
    cluster: str, halls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gaitway.twin.compare.cluster.version", lambda _: "0.0.1")
    with pytest.raises(
        ValueError, match=r"^A machine of the cluster has gaitway .*, this one 0\.0\.1: install"
    ):
        list(on_cluster([_job(SHORT, 0)], halls, cluster))


def test_a_cluster_that_is_not_there_is_said(halls: Path) -> None:
    pytest.importorskip("ray")
    with socket.socket() as bound:  # bound, and nobody listens
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ValueError, match=f"--ray {address}: no Ray cluster answers there"):
            list(on_cluster([_job(SHORT, 0)], halls, address))


def test_ray_that_is_not_installed_is_said(halls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=r"pip install 'gaitway\[scale\]'"):
        list(on_cluster([_job(SHORT, 0)], halls, "127.0.0.1:6379"))
