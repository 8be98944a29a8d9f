"""`gaitway perceive convert`: a recording in another layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Layout = Literal["euroc", "tum", "kitti", "mcap"]


@dataclass
class Convert:
    """Check a recording and write it in another layout, frame by frame.

    What the other layout has no place for is left out, and said. For KITTI, a pair is rectified.

    Attributes:
        input: folder or MCAP file of the recording.
        format: its layout.
        out: folder or MCAP file to write.
        to: its layout.
    """

    input: Path
    format: Layout
    out: Path
    to: Layout

    def run(self) -> None:
        """Read, write and print."""
        from dataclasses import replace

        from rich.console import Console

        from ...perception.datasets import open_recording, write_recording
        from ...perception.datasets.rectify import rectified

        recording, left_out = open_recording(self.input, self.format), []
        if self.to in ("tum", "kitti"):
            left_out = [name for name in ("imu", "wheels") if getattr(recording, name) is not None]
            recording = replace(recording, imu=None, wheels=None)
        if self.to == "kitti" and "right" in recording.cameras:
            recording = rectified(recording)
        write_recording(recording, self.out, self.to)
        note = f", without {' and '.join(left_out)}, for which {self.to} has no place" if left_out else ""
        Console(highlight=False).print(f"{self.out}: {len(recording.frames)} frames{note}.", soft_wrap=True)
