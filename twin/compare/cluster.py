"""Runs on the machines of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from socket import create_connection
from typing import Any

from ..ceiling.hall import Hall, open_hall
from .figures import Figures
from .job import Job, run_job

_PATIENCE = 10.0  # s


def on_cluster(jobs: Sequence[Job], halls: Path, address: str) -> Iterator[tuple[Job, Figures]]:
    """Make all runs, as many at a time as the cluster has cores.

    Each machine needs the same gaitway as this one, and no files: halls are sent to it.

    Args:
        jobs: the runs.
        halls: folder in which halls are kept on this machine once their cameras' views are drawn.
        address: of the cluster, as HOST:PORT; this machine is one of its own.

    Raises:
        ValueError: Ray is not installed, no cluster answers, a machine has another gaitway, a run cannot be
            made or its machine was lost.
    """
    try:
        import ray
    except ImportError as error:
        raise ValueError("--ray needs Ray: pip install 'gaitway[scale]'.") from error
    _connect(ray, address)
    try:
        sent = {cfg: ray.put(open_hall(halls, cfg)) for cfg in {job.scenario.hall.warehouse for job in jobs}}
        remote = ray.remote(num_cpus=1)(_run)
        runs = {
            remote.remote(sent[job.scenario.hall.warehouse], job, version("gaitway")): job for job in jobs
        }
        left = list(runs)
        while left:
            ended, left = ray.wait(left)
            yield runs[ended[0]], _result(ray, ended[0])
    finally:
        ray.shutdown()  # ends what still runs


def _connect(ray: Any, address: str) -> None:
    """Ray itself would try for minutes where nobody listens."""
    host, _, port = address.rpartition(":")
    try:
        if host and port.isdecimal() and "/" not in host:
            create_connection((host, int(port)), _PATIENCE).close()
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, OverflowError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"--ray {address}: no Ray cluster answers there; `ray start --head` begins one ({error})."
        ) from error


def _result(ray: Any, run: Any) -> Figures:
    try:
        return ray.get(run)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ValueError):
            raise ValueError(str(error.cause)) from error
        raise
    except ray.exceptions.RayError as error:
        raise ValueError(f"The cluster lost a run: {error}") from error


def _run(hall: Hall, job: Job, wanted: str) -> Figures:
    own = version("gaitway")
    if own != wanted:
        raise ValueError(f"A machine of the cluster has gaitway {own}, this one {wanted}: install the same.")
    return run_job(hall, job)
