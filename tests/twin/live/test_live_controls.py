"""What spectators ask for reaches the run once and in order, whatever else is in the file."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import pytest
from gaitway.twin.live.controls import CONTROLS, Controls, Wanted, send


def test_orders_reach_the_run_once(tmp_path: Path) -> None:
    controls = Controls(tmp_path)
    controls.poll()
    assert (controls.paused, controls.speed, len(controls.incidents)) == (False, 1.0, 0)
    send(tmp_path, {"paused": True})
    send(tmp_path, {"incident": {"kind": "spill", "place": "aisle_01A"}})
    send(tmp_path, {"speed": 4})
    controls.poll()
    assert (controls.paused, controls.speed) == (True, 4.0)
    assert controls.incidents.popleft() == Wanted("spill", "aisle_01A")
    send(tmp_path, {"paused": False})
    controls.poll()
    controls.poll()
    assert (controls.paused, controls.speed, len(controls.incidents)) == (False, 4.0, 0)


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    controls = Controls(tmp_path)
    (tmp_path / CONTROLS).write_text('{"paused": ')
    controls.poll()
    assert not controls.paused
    with (tmp_path / CONTROLS).open("a") as file:
        file.write("true}\n")
    controls.poll()
    assert controls.paused


def test_many_may_write_at_once(tmp_path: Path) -> None:
    def ask(name: str) -> None:
        for _ in range(50):
            send(tmp_path, {"incident": {"kind": "spill", "place": name}})

    threads = [threading.Thread(target=ask, args=(f"aisle_{k}",)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    controls = Controls(tmp_path)
    controls.poll()
    assert sorted(one.place for one in controls.incidents) == sorted(f"aisle_{k % 4}" for k in range(200))


@pytest.mark.parametrize(
    "order",
    [
        None, 3, [], {}, {"quit": True}, {"paused": 1}, {"paused": True, "speed": 2},
        {"speed": 0}, {"speed": math.nan}, {"speed": math.inf}, {"speed": True}, {"speed": "4"},
        {"incident": "spill"}, {"incident": {"kind": "spill"}},
        {"incident": {"kind": "earthquake", "place": "a"}}, {"incident": {"kind": ["spill"], "place": "a"}},
        {"incident": {"kind": "spill", "place": ""}}, {"incident": {"kind": "spill", "place": "x" * 5000}},
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused_and_passed_over(tmp_path: Path, order: object) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        send(tmp_path, order)
    assert not (tmp_path / CONTROLS).exists()
    (tmp_path / CONTROLS).write_text(json.dumps(order) + '\n{"speed": 3}\n')
    controls = Controls(tmp_path)
    with pytest.warns(UserWarning, match="line 1"):
        controls.poll()
    assert (controls.speed, controls.paused, len(controls.incidents)) == (3.0, False, 0)


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"[" * 100_000 + b"\n", b"\n", b"{} {}\n"])
def test_garbage_is_passed_over(tmp_path: Path, line: bytes) -> None:
    (tmp_path / CONTROLS).write_bytes(line + b'{"paused": true}\n')
    controls = Controls(tmp_path)
    with pytest.warns(UserWarning, match="line 1"):
        controls.poll()
    assert controls.paused
