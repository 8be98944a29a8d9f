"""`gaitway fleet vehicle`: a simulated vehicle in a process of its own, which joins a fleet over MQTT."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

_TICK = 0.05


@dataclass
class Vehicle:
    """Join a fleet as a vehicle that speaks VDA 5050 and drives as a point; until it is interrupted.

    Attributes:
        serial: number; letters, digits, `_`, `.`, `:` and `-`.
        manufacturer: before it in the vehicle's name.
        broker: host and port of the MQTT broker.
        at: x and y where it stands at first, m.
        speed: at most, m/s.
        vda: version of the protocol.
        map: id of its map.
        state_every: seconds between states when nothing happens.
        seconds: after which it leaves.
    """

    serial: str
    manufacturer: str = "gaitway"
    broker: str = "127.0.0.1:1883"
    at: tuple[float, float] = (0.0, 0.0)
    speed: float = 1.5
    vda: Literal["2.1.0", "3.0.0"] = "2.1.0"
    map: str = "map"
    state_every: float = 1.0
    seconds: float = math.inf

    def run(self) -> int:
        """Drive and speak until SIGINT or SIGTERM."""
        import time

        from ...fleet.vda5050.messages import Factsheet
        from ...fleet.vda5050.mqtt import MqttTransport
        from ...fleet.vda5050.simulated import SimulatedRobot
        from ...fleet.vda5050.transport import read_address, refuse_name
        from ...fleet.vda5050.vehicle import Vehicle as Speaker
        from .until_told import until_told

        for name in (self.manufacturer, self.serial):
            refuse_name(name)
        for option, value in (("--speed", self.speed), ("--state-every", self.state_every)):
            if not 0 < value < math.inf:
                raise ValueError(f"{option} {value:g}: must be above 0.")
        if not all(map(math.isfinite, self.at)):
            raise ValueError(f"--at {self.at[0]:g} {self.at[1]:g}: must be two numbers of metres.")
        robot = SimulatedRobot(*self.at, top_speed=self.speed)
        vehicle = Speaker(
            robot,
            MqttTransport(*read_address(self.broker)),
            self.manufacturer,
            self.serial,
            version=self.vda,
            map_id=self.map,
            factsheet=Factsheet(speed=self.speed),
            state_interval=self.state_every,
        )
        vehicle.tick(time.time())
        print(f"{self.manufacturer}/{self.serial} is online at {self.broker}.", flush=True)

        def step() -> None:
            robot.advance(_TICK)
            vehicle.tick(time.time())

        until_told(step, _TICK, self.seconds)
        vehicle.close()
        return 0
