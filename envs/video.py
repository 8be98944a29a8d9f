"""Writing pictures into an H.264 file that every browser plays."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from types import TracebackType

import imageio_ffmpeg
import numpy as np


class VideoWriter:
    """Encodes pictures, uint8 (height, width, 3) of even size, into a file that appears whole or not at all.

    Use it as a context manager: an exception inside leaves nothing behind.

    Args:
        path: MP4 file to write.
        fps: pictures per second.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps = path, fps
        self._partial = path.with_name(f".{path.stem}.partial.mp4")
        self._encoder: Generator[None, np.ndarray | None, None] | None = None
        self._shape: tuple[int, ...] = ()

    def __enter__(self) -> VideoWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def write(self, picture: np.ndarray) -> None:
        """Append one picture.

        Raises:
            ValueError: the picture's size is odd, or not that of the first.
            OSError: the file cannot be written, for instance because the disk is full.
        """
        if self._encoder is None:
            self._encoder = self._start(picture.shape)
        if picture.shape != self._shape:
            raise ValueError(
                f"{self.path}: a picture of shape {picture.shape} follows ones of {self._shape}."
            )
        self._encoder.send(np.ascontiguousarray(picture))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._encoder is not None:
                self._encoder.close()
                if error is None:
                    self._partial.replace(self.path)
        finally:
            self._partial.unlink(missing_ok=True)

    def _start(self, shape: tuple[int, ...]) -> Generator[None, np.ndarray | None, None]:
        height, width = shape[:2]
        if height % 2 or width % 2:
            raise ValueError(
                f"{self.path}: H.264 needs an even size in pixels; pictures are {width}x{height}."
            )
        self._shape = shape
        encoder = imageio_ffmpeg.write_frames(
            str(self._partial),
            (width, height),
            fps=self.fps,  # pyright: ignore[reportArgumentType]  (documented as float, inferred as int)
            quality=6,
            codec="libx264",
            pix_fmt_out="yuv420p",
            macro_block_size=2,
            ffmpeg_log_level="error",
            # The index goes to the front, so that a browser can start before it has everything.
            output_params=["-preset", "veryfast", "-movflags", "+faststart"],
        )
        encoder.send(None)
        return encoder
