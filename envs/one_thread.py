"""Keeps PyTorch on one thread where its operations are small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run PyTorch's CPU operations on the calling thread, then give the caller's setting back.

    A task's terms are hundreds of operations of some ten microseconds each. Waking a second thread costs as
    much, and while it waits for more it spins on a core that the physics needs.
    """
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(count)
