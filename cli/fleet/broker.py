"""`gaitway fleet broker`: an MQTT broker on this machine, for vehicles and their master to meet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Broker:
    """Run a small MQTT broker until it is interrupted. No password, no encryption, nothing kept.

    Attributes:
        port: where it listens.
        host: address that it listens on; this machine alone by default.
    """

    port: int = 1883
    host: str = "127.0.0.1"

    def run(self) -> int:
        """Listen until SIGINT or SIGTERM."""
        from ...fleet.vda5050 import broker
        from .until_told import until_told

        if not 0 <= self.port <= 65535:
            raise ValueError(f"--port {self.port}: must be from 0 to 65535.")
        with broker.Broker(self.port, self.host) as running:
            print(f"MQTT broker at {self.host}:{running.port}.", flush=True)
            until_told(lambda: None, interval=1.0)
        return 0
