"""`gaitway twin run`: a shift in the warehouse, from orders to cameras and back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

if TYPE_CHECKING:
    from ...twin.warehouse.radio import Air


@dataclass
class Run:
    """Run a scenario in closed loop: orders, AMRs, people, ceiling cameras, incidents, new ways around them.

    Attributes:
        scenario: TOML file; docs/twin/scenario.md lists its keys.
        report: folder for the journal, the film and report.html.
        baseline: folder of another run that the report compares with.
        live: show it in the browser while it goes on, at the speed that the page asks for.
        port: of the page; 0 takes any.
        mqtt: HOST:PORT of a broker over which the fleet and its AMRs speak VDA 5050, in real time.
        real: names of AMRs that are not simulated, as amr_05: gaitway/amr_05 joins them over the broker.
        resume: go on with a run in the folder that was killed or broken off; begin one if there is none.
        halls: folder in which halls are kept once their cameras' views are drawn.
    """

    scenario: Positional[Path]
    report: Path
    baseline: Path | None = None
    live: bool = False
    port: int = 8090
    mqtt: str = ""
    real: tuple[str, ...] = ()
    resume: bool = False
    halls: Path = Path("out/halls")

    def run(self) -> None:
        """Run it, write everything down, and the report at the end."""
        from ...twin.warehouse.scenario import load_scenario
        from ...twin.warehouse.shift import run_shift

        scenario = load_scenario(self.scenario)
        begin = time.perf_counter()
        report = run_shift(
            scenario,
            self.report,
            self.halls,
            baseline=self.baseline,
            port=self.port if self.live else None,
            resume=self.resume,
            air=self._air(),
            tell=lambda now: _tell(now, scenario.seconds, time.perf_counter() - begin),
            served=lambda address: print(f"{address} shows it; Ctrl-C ends the run.", flush=True),
            awaits=lambda name, at: print(f"{name} may join at {at[0]:.2f} {at[1]:.2f} m.", flush=True),
        )
        print(f"\n{report}")

    def _air(self) -> Air | None:
        from ...fleet.vda5050.mqtt import MqttTransport
        from ...fleet.vda5050.transport import read_address
        from ...twin.warehouse.radio import Air

        if not self.mqtt:
            if self.real:
                raise ValueError(f"--real {self.real[0]}: needs --mqtt, over which it joins.")
            return None
        host, port = read_address(self.mqtt)
        return Air(lambda: MqttTransport(host, port), self.real)


def _tell(now: float, seconds: float, took: float) -> None:
    speed = now / took if took > 0 else 0.0
    print(f"\r{now:6.0f} of {seconds:.0f} s, {speed:.1f} x real time", end="", flush=True)
