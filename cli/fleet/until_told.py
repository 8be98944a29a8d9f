"""Commands that run until someone ends them."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable


def until_told(do: Callable[[], None], interval: float, seconds: float = float("inf")) -> None:
    """Call a function at equal intervals until SIGINT or SIGTERM comes, or so many seconds are over."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    begin = time.monotonic()
    count = 0
    while not told.is_set() and time.monotonic() - begin < seconds:
        do()
        count += 1
        told.wait(max(0.0, begin + count * interval - time.monotonic()))
