"""Scheduling, core and memory, in a process of their own; and what is said where Linux refuses."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest
from gaitway.deploy_jetson import realtime

REPORT = """
import os, re, subprocess, sys
from gaitway.deploy_jetson.realtime import prioritise
refused = prioritise(40, min(os.sched_getaffinity(0)), True)
locked = re.search(r"VmLck:\\s+(\\d+)", open("/proc/self/status").read())[1]
ask = "import os; print(os.sched_getscheduler(0))"
child = subprocess.check_output([sys.executable, "-c", ask])
assert int(child) == os.SCHED_OTHER, "a child must not compete at the same priority"
fifo = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO
print(len(refused), fifo, len(os.sched_getaffinity(0)), int(locked) > 0)
print(*refused, sep="\\n")
"""


def test_each_is_done_or_refused_in_a_sentence() -> None:
    done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, check=True)
    first, *sentences = done.stdout.splitlines()
    number, fifo, cores, locked = first.split()
    assert cores == "1", "nobody refuses a core"
    assert (fifo == "False") == any("no SCHED_FIFO" in line for line in sentences)
    assert (locked == "False") == any("memory is not locked" in line for line in sentences)
    assert len([line for line in sentences if line]) == int(number)


def test_nothing_asked_nothing_done() -> None:
    before = os.sched_getaffinity(0), os.sched_getscheduler(0)
    assert realtime.prioritise(None, None, False) == []
    assert (os.sched_getaffinity(0), os.sched_getscheduler(0)) == before
    gc.unfreeze()


def test_a_full_collection_no_longer_looks_through_what_was_loaded() -> None:
    """Thirty thousand objects of a loaded runtime take 5 to 10 ms, in the midst of a tick."""
    loaded = len(gc.get_objects())
    realtime.prioritise(None, None, False)
    try:
        assert len(gc.get_objects()) < loaded / 10
    finally:
        gc.unfreeze()


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(realtime, "_lock_memory", lambda: "Cannot allocate memory")
    cpu, fifo, memory = realtime.prioritise(50, 4000, True)
    assert cpu == "not pinned to core 4000: Invalid argument."
    assert fifo.startswith("no SCHED_FIFO: Operation not permitted; it needs root, CAP_SYS_NICE")
    assert memory.startswith("memory is not locked: Cannot allocate memory; it needs root, CAP_IPC_LOCK")
