"""`gaitway twin run`: a shift in the warehouse, from orders to cameras and back."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass
class Run:
    """Run a scenario in closed loop: orders, AMRs, people, ceiling cameras, incidents, new ways around them.

    Attributes:
        scenario: TOML file; docs/twin/scenario.md lists its keys.
        report: folder for the journal, the film and report.html.
        baseline: folder of another run that the report compares with.
        live: show it in the browser while it goes on, at the speed that the page asks for.
        port: of the page; 0 takes any.
        halls: folder in which halls are kept once their cameras' views are drawn.
    """

    scenario: Positional[Path]
    report: Path
    baseline: Path | None = None
    live: bool = False
    port: int = 8090
    halls: Path = Path("out/halls")

    def run(self) -> None:
        """Run it, write everything down, and the report at the end."""
        import time

        from ...assets.warehouse.layout import WarehouseCfg
        from ...twin.ceiling.hall import open_hall
        from ...twin.journal.journal import Journal
        from ...twin.live.server import LiveServer
        from ...twin.report.page import write_report
        from ...twin.warehouse.film import film_to
        from ...twin.warehouse.run import Run as TwinRun
        from ...twin.warehouse.scenario import load_scenario
        from ...twin.warehouse.show import Show

        scenario = load_scenario(self.scenario)
        hall = open_hall(self.halls, WarehouseCfg(scenario.hall.area_m2, cameras=scenario.hall.cameras))
        self.report.mkdir(parents=True, exist_ok=True)
        facts = {"start": scenario.start.isoformat(), "name": scenario.name, "seed": str(scenario.seed)}
        journal = Journal(self.report / "journal.sqlite", facts)
        with ExitStack() as stack:
            stack.enter_context(journal)
            show = Show(self.report) if self.live else None
            run = TwinRun(scenario, hall, journal, stack.enter_context(film_to(self.report)), show)
            if self.live:
                server = stack.enter_context(LiveServer(self.report, self.port))
                threading.Thread(target=server.serve_forever, daemon=True).start()
                stack.callback(server.shutdown)
                print(f"{server.address} shows it; Ctrl-C ends the run.", flush=True)
            begin = time.perf_counter()
            run.run(lambda now: _tell(now, scenario.seconds, time.perf_counter() - begin))
        print(f"\n{write_report(self.report, self.baseline)}")


def _tell(now: float, seconds: float, took: float) -> None:
    speed = now / took if took > 0 else 0.0
    print(f"\r{now:6.0f} of {seconds:.0f} s, {speed:.1f} x real time", end="", flush=True)
