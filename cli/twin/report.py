"""`gaitway twin report`: a shift on one page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass
class Report:
    """Write a page that says whether it was a good shift, what went wrong, where, and what it cost.

    Attributes:
        folder: of the run, with journal.sqlite and perhaps video.mp4; the page is report.html in it.
        baseline: folder of another run to compare with.
    """

    folder: Positional[Path]
    baseline: Path | None = None

    def run(self) -> None:
        """Write it, and say where."""
        from ...twin.report.page import write_report

        print(write_report(self.folder, self.baseline))
