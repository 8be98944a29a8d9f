"""Keeps PyTorch on few threads where its operations are small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Run the calling thread's CPU operations on `count` threads, then give the caller's setting back."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Run PyTorch's CPU operations on the calling thread, then give the caller's setting back.

    A task's terms are hundreds of operations of some ten microseconds each. Waking a second thread costs as
    much, and while it waits for more it spins on a core that the physics needs.
    """
    with torch_threads(1):
        yield
