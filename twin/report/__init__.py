"""A shift on one page: was it a good one, what went wrong, where, and what did it cost."""
