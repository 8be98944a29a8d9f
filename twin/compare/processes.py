"""Runs on the cores of this machine, each in a process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ..ceiling.hall import open_hall
from .figures import Figures
from .job import Job, run_job


def on_processes(jobs: Sequence[Job], halls: Path, workers: int) -> Iterator[tuple[Job, Figures]]:
    """Make all runs, `workers` at a time; processes end with this one, however it ends.

    Args:
        jobs: the runs.
        halls: folder in which halls are kept once their cameras' views are drawn.
        workers: processes.

    Raises:
        ValueError: a run cannot be made, or its process was killed.
    """
    for cfg in {job.scenario.hall.warehouse for job in jobs}:
        open_hall(halls, cfg)  # drawn once, not by each process
    # Spawned, as MuJoCo's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_begin)
    runs: dict[Future[Figures], Job] = {pool.submit(_run, halls, job): job for job in jobs}
    try:
        for run in as_completed(runs):
            yield runs[run], run.result()
    except BrokenProcessPool as error:
        raise ValueError(
            "A process that made a run was killed, perhaps as memory was short: give fewer --workers."
        ) from error
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _run(halls: Path, job: Job) -> Figures:
    return run_job(open_hall(halls, job.scenario.hall.warehouse), job)


def _begin() -> None:
    """One core each; Ctrl-C is for the process that began this one, and that one's end is this one's, too."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before PyTorch is there
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
