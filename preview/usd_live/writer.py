"""The process that writes what the simulation shows.

A process, so that neither formatting nor a slow disk holds up the simulation. It ends when the simulation
says so or is gone, however it went: then it writes the recording.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from pxr import Sdf

from .folder import LiveFolder
from .frame import FrameShape
from .nucleus import Mirror, NucleusFolder
from .outage import Outage
from .overlay import OverlayText
from .recording import Recording
from .roots import LIVE, POSES, RECORDED_POSES, RECORDING, STAGE, recording_root
from .transforms import PrimTransforms

_MOST_TIMED = 10_000  # frames whose authoring is remembered: a window may stay open for days


@dataclass(frozen=True)
class WriterJob:
    """All that the writing process needs to know, without USD objects, which would not travel.

    `files` are written once, after the `first` frame that one of them refers to.
    """

    folder: Path
    files: dict[str, bytes]
    shape: FrameShape
    transforms: PrimTransforms
    moving_paths: list[list[str]]
    robot_paths: list[str]
    rate: float
    nucleus: str | None
    first: bytes


@dataclass
class WriterReport:
    """Frames that came after the first one, s it took to author each of the last, and what went wrong."""

    received: int = 0
    authoring_s: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_TIMED))
    recording_error: str = ""


def run_writer(connection: Connection, job: WriterJob) -> None:
    """Answer "" or why it cannot be; then write the frames that come until an empty one or none can come."""
    # Ctrl-C goes to both processes; the simulation says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        writer = _Writer(job)
    except (OSError, ValueError) as error:
        connection.send(str(error))
        return
    connection.send("")
    inbox = _Inbox(connection)
    while packed := inbox.take():
        writer.show(packed)
    report = writer.finish()
    with contextlib.suppress(OSError):  # nobody may be there any more
        connection.send(report)


class _Inbox:
    """Takes frames off the pipe at once, so that the simulation never waits for the disk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frames: deque[bytes] = deque()
        self._arrived = threading.Condition()
        self._open = True
        threading.Thread(target=self._receive, daemon=True).start()

    def take(self) -> list[bytes]:
        """All frames that have arrived, at least one; none if no more can come."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._frames or not self._open)
            frames = list(self._frames)
            self._frames.clear()
        return frames

    def _receive(self) -> None:
        while True:
            try:
                packed = self._connection.recv_bytes()
            except (EOFError, OSError):
                packed = b""
            with self._arrived:
                if packed:
                    self._frames.append(packed)
                else:
                    self._open = False
                self._arrived.notify()
            if not packed:
                return


class _Writer:
    def __init__(self, job: WriterJob) -> None:
        self._job = job
        self._folder = LiveFolder(job.folder)
        self._paths = [[Sdf.Path(path) for path in world] for world in job.moving_paths]
        robots = [Sdf.Path(path) for path in job.robot_paths]
        self._text = OverlayText(self._paths, robots, job.shape.command)
        self._recording = Recording(job.shape)
        self._report = WriterReport()
        self._outage = Outage()
        self._nucleus = NucleusFolder(job.nucleus) if job.nucleus else None
        self._folder.remove(RECORDING, RECORDED_POSES)  # of another run
        self._recording.add(job.first)
        self._folder.write(POSES, self._format(job.first))
        for name, content in job.files.items():
            self._folder.write(name, content)
        if self._nucleus is not None:
            self._nucleus.upload(self._folder.path / LIVE)
        self._mirror = Mirror(self._nucleus, POSES) if self._nucleus else None

    def show(self, packed: list[bytes]) -> None:
        """Record every frame and show the last one."""
        for frame in packed:
            self._recording.add(frame)
        self._report.received += len(packed)
        begin = time.perf_counter()
        text = self._format(packed[-1])
        try:
            self._folder.write(POSES, text)
        except OSError as error:
            self._outage.failed(error)
        else:
            self._outage.over()
            self._report.authoring_s.append(time.perf_counter() - begin)
        if self._mirror is not None:
            self._mirror.offer(text)

    def _format(self, packed: bytes) -> bytes:
        frame = self._job.shape.unpack(packed)
        return self._text.format(self._job.transforms.local(frame.xpos, frame.xquat), frame)

    def finish(self) -> WriterReport:
        """Write the recording, and say what was done."""
        job = self._job
        try:
            layer = self._recording.layer(job.transforms, self._paths, job.rate)
            self._folder.export(RECORDED_POSES, layer)
            root = recording_root(job.files[STAGE], self._recording.span(), job.rate)
            self._folder.write(RECORDING, root)
            if self._nucleus is not None and self._mirror is not None:
                self._mirror.close()
                for name in (RECORDED_POSES, RECORDING):
                    self._nucleus.write(name, (self._folder.path / name).read_bytes())
        except OSError as error:
            self._report.recording_error = str(error)
        return self._report
