"""A whole shift into a folder: journal, film, report, and the live page meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ..ceiling.hall import open_hall
from ..live.server import LiveServer
from ..report.page import JOURNAL, write_report
from .film import film_to
from .folder import alone, begin, go_on, is_ended
from .radio import Air
from .run import Run
from .scenario import Scenario
from .show import Show


def run_shift(
    scenario: Scenario,
    folder: Path,
    halls: Path,
    *,
    baseline: Path | None = None,
    port: int | None = None,
    resume: bool = False,
    air: Air | None = None,
    tell: Callable[[float], None] = lambda time: None,
    served: Callable[[str], None] = lambda address: None,
    awaits: Callable[[str, np.ndarray], None] = lambda name, place: None,
) -> Path:
    """Run `scenario`; the path of the report.

    Args:
        scenario: what happens.
        folder: for everything that is written; it must not hold a journal yet, unless to resume its run.
        halls: in which halls are kept once their cameras' views are drawn.
        baseline: folder of another run that the report compares with.
        resume: go on with the run of the folder, if there is one; if that has ended, write its report again.
        port: of the live page, 0 for any; without, there is none and the run goes as fast as it can.
        air: over which the fleet reaches its vehicles; without, all are in this process.
        tell: told the time in s, once a second.
        served: told the address of the live page.
        awaits: told the name of each real vehicle that may join, and where, (2,) m.

    Raises:
        ValueError: the folder holds a journal, or that of another scenario; another process runs there; the
            port is taken, or a place of the scenario is not there.
    """
    hall = open_hall(halls, scenario.hall.warehouse)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / JOURNAL
    with ExitStack() as stack:
        stack.enter_context(alone(folder))
        resume = resume and path.exists()
        if resume and is_ended(path):
            return write_report(folder, baseline)
        undo = stack.enter_context(ExitStack())
        journal = stack.enter_context(go_on(path, scenario) if resume else begin(path, scenario))
        if not resume:
            undo.callback(path.unlink)
        film = stack.enter_context(film_to(folder))
        run = Run(scenario, hall, journal, film, None if port is None else Show(folder), air)
        stack.callback(run.vehicles.close)
        if port is not None:
            server = stack.enter_context(LiveServer(folder, port))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            served(server.address)
        for name, place in run.vehicles.awaited.items():
            awaits(name, place)
        undo.pop_all()  # from now on the journal is worth keeping, whatever happens
        run.run(tell)
    return write_report(folder, baseline)
