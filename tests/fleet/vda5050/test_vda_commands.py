"""Commands of VDA 5050: bad input is one sentence, and the benchmark counts what it drives."""

from __future__ import annotations

import json

import pytest
from gaitway.cli.bench.vda5050 import Vda5050
from gaitway.cli.fleet.broker import Broker
from gaitway.cli.fleet.examine import Examine
from gaitway.cli.fleet.vehicle import Vehicle


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (Vehicle("a/b"), "Name 'a/b'"),
        (Vehicle("1", manufacturer="a+"), r"Name 'a\+'"),
        (Vehicle("1", broker="hall:x"), "Broker 'hall:x': must be HOST:PORT"),
        (Vehicle("1", broker="127.0.0.1:1"), "No MQTT broker at 127.0.0.1:1"),
        (Vehicle("1", speed=0.0), "--speed 0"),
        (Vehicle("1", state_every=float("nan")), "--state-every nan"),
        (Vehicle("1", at=(float("inf"), 0.0)), "--at inf 0"),
        (Examine("acme"), "must be MANUFACTURER/SERIAL"),
        (Examine("acme/1/2"), "must be MANUFACTURER/SERIAL"),
        (Examine("acme/#"), "Name '#'"),
        (Examine("acme/1", broker="127.0.0.1:1"), "No MQTT broker at 127.0.0.1:1"),
        (Examine("acme/1", patience=-1.0), "--patience -1"),
        (Broker(70_000), "--port 70000"),
        (Broker(0, "256.0.0.1"), r"No broker can listen at 256\.0\.0\.1:0"),
        (Vda5050(vehicles=0), "--vehicles"),
    ],
    ids=range(15),
)
def test_bad_input_is_one_sentence(command, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        command.run()
    assert "\n" not in str(caught.value)


def test_the_benchmark_drives_and_counts(tmp_path):
    file = tmp_path / "vda.json"
    Vda5050(vehicles=2, seconds=4.0, json=file).run()
    figures = json.loads(file.read_text())
    # 1.5 m/s for 4 s, less the first tick.
    assert figures["driven_m"] == pytest.approx(5.85, abs=0.2)
    assert figures["refused"] == 0 and figures["messages"] >= 2 * 5
