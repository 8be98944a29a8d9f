"""One line of warning for as long as something cannot be written, however often it is tried."""

from __future__ import annotations

import sys


class Outage:
    """Whether the last try failed, and whether that has been said."""

    def __init__(self) -> None:
        self._lasting = False

    def failed(self, error: OSError) -> None:
        """Say so, unless the try before failed, too."""
        if not self._lasting:
            print(
                f"{str(error).rstrip('.')}; the simulation goes on, and so do the attempts.",
                file=sys.stderr,
                flush=True,
            )
        self._lasting = True

    def over(self) -> None:
        """A try succeeded: the next failure is worth a line again."""
        self._lasting = False
