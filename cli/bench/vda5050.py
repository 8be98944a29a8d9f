"""`gaitway bench vda5050`: what it costs a master and its vehicles to speak, per vehicle."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...fleet.vda5050.master import Master
    from ...fleet.vda5050.simulated import SimulatedRobot
    from ...fleet.vda5050.vehicle import Vehicle

_TICK = 0.1
_AHEAD = 4


@dataclass
class Vda5050:
    """Drive simulated vehicles along straight orders, released cell by cell, all in one process.

    Each cell is a metre, each order 30 of them; states come on every event and every second. Processor time,
    so that other programs on the machine count little.

    Attributes:
        vehicles: that one master has.
        seconds: of their time.
        vda: version of the protocol.
        json: file to write the figures to, with the facts of the machine.
    """

    vehicles: int = 200
    seconds: float = 20.0
    vda: Literal["2.1.0", "3.0.0"] = "2.1.0"
    json: Path | None = None

    def run(self) -> None:
        """Drive, print and write."""
        if self.vehicles < 1 or not _TICK <= self.seconds <= 20.0:
            raise ValueError("--vehicles must be at least 1, --seconds from 0.1 to 20.")
        machine = machine_facts()
        figures = self._drive()
        print_table(
            f"{self.vehicles} vehicles, VDA 5050 {self.vda}, {on_machine(machine)}",
            ("states/s", "messages", "refused", "driven", "master", "vehicle", "both, per state"),
            [
                (
                    f"{figures['states_per_second']:.1f}",
                    f"{figures['messages']:.0f}",
                    f"{figures['refused']:.0f}",
                    f"{figures['driven_m']:.1f} m",
                    f"{figures['master_ms_per_second']:.2f} ms/s",
                    f"{figures['vehicle_ms_per_second']:.2f} ms/s",
                    f"{figures['ms_per_state']:.2f} ms",
                )
            ],
        )
        result = {"version": self.vda, "vehicles": self.vehicles, "seconds": self.seconds, **figures}
        write_json(self.json, result, machine)

    def _drive(self) -> dict[str, float]:
        from ...fleet.vda5050.master import Master, Stop
        from ...fleet.vda5050.memory import MemoryBroker
        from ...fleet.vda5050.simulated import SimulatedRobot
        from ...fleet.vda5050.vehicle import Vehicle

        broker = MemoryBroker()
        master = Master(broker.connect())
        robots = [SimulatedRobot(0.0, float(row)) for row in range(self.vehicles)]
        vehicles = [
            Vehicle(robot, broker.connect(), "bench", str(k), version=self.vda, state_interval=1.0)
            for k, robot in enumerate(robots)
        ]
        master.tick(0.0)
        for vehicle in vehicles:
            vehicle.tick(0.0)
        master.tick(0.0)
        for row, name in enumerate(master.vehicles):
            stops = [Stop(f"{x}", float(x), float(row)) for x in range(31)]
            master.send(name, "order", stops, _AHEAD)
        before = self._messages(vehicles)
        spent = [0.0, 0.0]
        for tick in range(1, round(self.seconds / _TICK) + 1):
            self._step(tick * _TICK, master, vehicles, robots, spent)
        states, messages = (now - then for now, then in zip(self._messages(vehicles), before, strict=True))
        per_vehicle = self.vehicles * self.seconds
        return {
            "states_per_second": states / per_vehicle,
            "messages": messages,
            "refused": float(len(master.refused) + sum(len(vehicle.errors) for vehicle in vehicles)),
            "driven_m": sum(robot.pose()[0] for robot in robots) / self.vehicles,
            "master_ms_per_second": 1e3 * spent[0] / per_vehicle,
            "vehicle_ms_per_second": 1e3 * spent[1] / per_vehicle,
            "ms_per_state": 1e3 * sum(spent) / states,
        }

    def _step(
        self,
        now: float,
        master: Master,
        vehicles: list[Vehicle],
        robots: list[SimulatedRobot],
        spent: list[float],
    ) -> None:
        """Move all on by a tick, and add the processor time of the master and of the vehicles."""
        begin = time.process_time()
        for name, remote in master.vehicles.items():
            master.release(name, min(31, remote.reached + _AHEAD))
        master.tick(now)
        spent[0] += time.process_time() - begin
        for robot in robots:
            robot.advance(_TICK)
        begin = time.process_time()
        for vehicle in vehicles:
            vehicle.tick(now)
        spent[1] += time.process_time() - begin

    def _messages(self, vehicles: list[Vehicle]) -> tuple[int, int]:
        """States, and messages of all kinds, that vehicles have sent."""
        return sum(v.sent.get("state", 0) for v in vehicles), sum(sum(v.sent.values()) for v in vehicles)
