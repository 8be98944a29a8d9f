"""A master and simulated vehicles on one broker in this process, moved on together."""

from __future__ import annotations

import numpy as np
from gaitway.fleet.vda5050.journey import Stop
from gaitway.fleet.vda5050.master import Master
from gaitway.fleet.vda5050.memory import MemoryBroker, MemoryTransport
from gaitway.fleet.vda5050.simulated import SimulatedRobot
from gaitway.fleet.vda5050.transport import Publication, Transport
from gaitway.fleet.vda5050.vehicle import Vehicle


class Hall:
    """One master, one vehicle, and time."""

    def __init__(self, version: str = "2.1.0", disturb=None, **options) -> None:
        self.broker, self.now = MemoryBroker(), 1_000.0
        wrap = disturb or (lambda transport: transport)
        self.transport: MemoryTransport = self.broker.connect()
        self.master = Master(wrap(self.broker.connect()))
        self.robot = SimulatedRobot()
        self.vehicle = Vehicle(self.robot, wrap(self.transport), "acme", "0017", version=version, **options)
        self.pass_time(0.3)

    @property
    def remote(self):
        return self.master.vehicles["acme/0017"]

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            self.master.tick(self.now)
            self.robot.advance(0.1)
            self.vehicle.tick(self.now)
        self.master.tick(self.now)

    def until(self, is_so, seconds: float = 60.0) -> bool:
        for _ in range(round(seconds / 0.1)):
            if is_so():
                return True
            self.pass_time(0.1)
        return is_so()


class BadRadio:
    """A transport of which some messages are lost, come twice, or come after later ones."""

    def __init__(self, inner: Transport, rng: np.random.Generator, share: float) -> None:
        self.inner, self.rng, self.share = inner, rng, share
        self.late: list[Publication] = []

    @property
    def sessions(self) -> int:
        return self.inner.sessions

    def open(self, will: Publication | None = None) -> None:
        self.inner.open(will)

    def subscribe(self, pattern: str) -> None:
        self.inner.subscribe(pattern)

    def close(self) -> None:
        self.inner.close()

    def receive(self) -> list[tuple[str, bytes]]:
        return self.inner.receive()

    def publish(self, publication: Publication) -> None:
        if publication.qos == 0:
            if self.rng.random() < self.share:
                return
            if self.rng.random() < self.share:
                self.late.append(publication)
                return
        self.inner.publish(publication)
        if publication.qos == 0 and self.rng.random() < self.share:
            self.inner.publish(publication)
        while self.late and self.rng.random() < 0.3:
            self.inner.publish(self.late.pop(self.rng.integers(len(self.late))))


def line(count: int, start: int = 0, actions=None) -> list[Stop]:
    """Stops a metre apart, `actions` at some of them."""
    return [
        Stop(f"n{i}", float(i), 0.0, actions=(actions or {}).get(i, ())) for i in range(start, start + count)
    ]
