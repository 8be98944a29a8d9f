"""What Linux can do for punctual ticks, where it permits: real-time scheduling, a core, memory that stays."""

from __future__ import annotations

import argparse
import ctypes
import gc
import os

HIGHEST_PRIORITY = 99
"""Under SCHED_FIFO."""
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `prioritise` takes."""
    group = parser.add_argument_group("punctuality, where Linux permits (it says so where not)")
    group.add_argument("--fifo", type=_priority, metavar="1-99", help="run under SCHED_FIFO")
    group.add_argument("--cpu", type=int, help="stay on this core")
    group.add_argument("--lock-memory", action="store_true", help="never page memory out (mlockall)")


def _priority(text: str) -> int:
    value = int(text)
    if not 1 <= value <= HIGHEST_PRIORITY:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {HIGHEST_PRIORITY}")
    return value


def prioritise(fifo: int | None, cpu: int | None, lock_memory: bool) -> list[str]:
    """Ask for what is not None or False; returns a sentence for each thing that was refused.

    The garbage collector will pass over all that exists by now: looking through a loaded runtime takes it
    longer than a tick may be late.

    Call it after other processes were started: they would inherit the core. The priority they do not: two
    processes of one real-time priority would wait for each other.

    Args:
        fifo: priority under SCHED_FIFO, 1 to 99: the loop runs before everything of a lower one.
        cpu: core that the process stays on.
        lock_memory: keep all memory from being paged out, now and later.
    """
    gc.collect()
    gc.freeze()
    refused = []
    if cpu is not None:
        try:
            os.sched_setaffinity(0, {cpu})
        except OSError as error:
            refused.append(f"not pinned to core {cpu}: {error.strerror}.")
    if fifo is not None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(fifo))
        except OSError as error:
            refused.append(
                f"no SCHED_FIFO: {error.strerror}; it needs root, CAP_SYS_NICE or an rtprio limit in "
                "/etc/security/limits.conf."
            )
    if lock_memory and (reason := _lock_memory()):
        refused.append(
            f"memory is not locked: {reason}; it needs root, CAP_IPC_LOCK or a memlock limit of "
            "'unlimited' in /etc/security/limits.conf."
        )
    return refused


def _lock_memory() -> str:
    """Lock all memory; returns why not, or nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0:
        return ""
    return os.strerror(ctypes.get_errno())
