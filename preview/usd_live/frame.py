"""One instant of all worlds, as it travels from the simulation to the process that writes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """What a viewer is shown of one instant.

    `time` in s; whether an episode just failed, `terminated` (worlds,); the `command` (worlds, size) in the
    units of the task; positions `xpos` (worlds, prims, 3) in m and quaternions `xquat` (worlds, prims, 4),
    `wxyz`, of what moves, in the model's world.
    """

    time: float
    terminated: np.ndarray
    command: np.ndarray
    xpos: np.ndarray
    xquat: np.ndarray

    def pack(self) -> bytes:
        """All numbers in a row, as float64."""
        parts = (np.array([self.time]), self.terminated, self.command, self.xpos, self.xquat)
        return b"".join(np.ascontiguousarray(part, np.float64).tobytes() for part in parts)


@dataclass(frozen=True)
class FrameShape:
    """How many numbers of each kind a frame has."""

    worlds: int
    prims: int
    command: int

    @property
    def nbytes(self) -> int:
        """Size of a packed frame."""
        return 8 * (1 + self.worlds * (1 + self.command + 7 * self.prims))

    def unpack(self, packed: bytes) -> Frame:
        """The frame that was packed; its arrays share the memory of `packed`."""
        numbers = np.frombuffer(packed)
        sizes = [1, self.worlds, self.worlds * self.command, self.worlds * self.prims * 3]
        time, terminated, command, xpos, xquat = np.split(numbers, np.cumsum(sizes))
        return Frame(
            float(time[0]),
            terminated,
            command.reshape(self.worlds, self.command),
            xpos.reshape(self.worlds, self.prims, 3),
            xquat.reshape(self.worlds, self.prims, 4),
        )
