"""A whole shift into a folder: journal, film, report, and the live page meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ..ceiling.hall import open_hall
from ..journal.journal import Journal
from ..live.server import LiveServer
from ..report.page import write_report
from .film import film_to
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
    tell: Callable[[float], None] = lambda time: None,
    served: Callable[[str], None] = lambda address: None,
) -> Path:
    """Run `scenario`; the path of the report.

    Args:
        scenario: what happens.
        folder: for everything that is written; it must not hold a journal yet.
        halls: in which halls are kept once their cameras' views are drawn.
        baseline: folder of another run that the report compares with.
        port: of the live page, 0 for any; without, there is none and the run goes as fast as it can.
        tell: told the time in s, once a second.
        served: told the address of the live page.

    Raises:
        ValueError: the folder holds a journal, a place of the scenario is not there, or the port is taken.
    """
    hall = open_hall(halls, scenario.hall.warehouse)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "journal.sqlite"
    facts = {"start": scenario.start.isoformat(), "name": scenario.name, "seed": str(scenario.seed)}
    with ExitStack() as stack:
        undo = stack.enter_context(ExitStack())
        journal = stack.enter_context(Journal(path, facts))
        undo.callback(path.unlink)
        film = stack.enter_context(film_to(folder))
        run = Run(scenario, hall, journal, film, None if port is None else Show(folder))
        if port is not None:
            server = stack.enter_context(LiveServer(folder, port))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            served(server.address)
        undo.pop_all()  # from now on the journal is worth keeping, whatever happens
        run.run(tell)
    return write_report(folder, baseline)
