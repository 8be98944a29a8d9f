"""`gaitway fleet examine`: whether a vehicle on a broker keeps to VDA 5050."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional


@dataclass
class Examine:
    """Send a vehicle right and wrong messages and look at what it does; it drives a metre to and fro in x.

    The exit status is 1 if it fails a check.

    Attributes:
        name: of the vehicle, MANUFACTURER/SERIAL; it must be idle.
        broker: host and port of the MQTT broker.
        vda: version of the protocol that it speaks.
        patience: seconds for each thing that it is to do.
        json: file for the checks.
    """

    name: Positional[str]
    broker: str = "127.0.0.1:1883"
    vda: Literal["2.1.0", "3.0.0"] = "2.1.0"
    patience: float = 20.0
    json: Path | None = None

    def run(self) -> int:
        """Examine and print; 0 if all is well."""
        from ...fleet.vda5050.codec import major
        from ...fleet.vda5050.conformance import examine
        from ...fleet.vda5050.mqtt import MqttTransport
        from ...fleet.vda5050.transport import read_address, refuse_name
        from .write import write_whole

        names = self.name.split("/")
        if len(names) != 2:
            raise ValueError(f"{self.name!r:.80}: must be MANUFACTURER/SERIAL.")
        for name in names:
            refuse_name(name)
        if not 0 < self.patience < math.inf:
            raise ValueError(f"--patience {self.patience:g}: must be above 0.")
        transport = MqttTransport(*read_address(self.broker))
        checks = examine(transport, self.name, level=major(self.vda), patience=self.patience)
        for check in checks:
            print(f"{'yes' if check.passed else ' NO'}  {check.sentence}")
        if self.json:
            results = [{"sentence": check.sentence, "passed": check.passed} for check in checks]
            write_whole(self.json, {"vehicle": self.name, "version": self.vda, "checks": results})
        return 0 if all(check.passed for check in checks) else 1
