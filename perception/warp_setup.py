"""Starting Warp without its banner and its warning that this machine has no GPU."""

from __future__ import annotations

import os
import sys

import warp as wp


def start_warp() -> None:
    """Initialise Warp quietly; does nothing the second time."""
    wp.config.log_level = wp.LOG_ERROR
    # Warp's C library prints the warning about a missing CUDA driver: only the file descriptor hides it.
    sys.stderr.flush()
    stderr = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        wp.init()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
