"""The operator's hand: a keyboard or a joystick, with a dead-man switch and a stop.

A device that is gone raises `FaultError`; the loop then damps. Linux only, and only when one is made.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from .contract import Commands
from .faults import Cause, FaultError

KEY_HELD_S = 0.7
"""A key counts as held this long after it came: terminals wait up to 0.66 s before they repeat one."""


@dataclass(frozen=True)
class Wish:
    """What the operator wants in this tick.

    velocity: vx, vy in m/s and yaw rate in rad/s, asked for while the dead-man switch is `held`. go: on to
    the next state. stop: emergency stop. age: s since the device's last sign of life, if it gives any.
    """

    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    held: bool = False
    go: bool = False
    stop: bool = False
    age: float = 0.0


class Operator(Protocol):
    """Who takes the robot from Passive to Stand and on to Policy, and steers it."""

    def poll(self) -> Wish:
        """The wish of this tick, without waiting."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class Keyboard:
    """The terminal's keys: hold w s, a d, q e to walk, turn, step sideways; Enter goes on; space stops.

    A movement key is the dead-man switch: released, the velocity is 0. To be heard, the terminal is set to
    give every key at once; `close` sets it back.

    Args:
        speeds: vx, vy in m/s and yaw rate in rad/s of a held key.
        file: file number of the terminal; stdin.
        now: a clock in s.
    """

    def __init__(
        self,
        speeds: tuple[float, float, float],
        file: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        import termios
        import tty

        if not os.isatty(file):
            raise FaultError(Cause.LOST_OPERATOR, "the keyboard needs a terminal, and stdin is none")
        self._file, self._now = file, now
        self._termios, self._before = termios, termios.tcgetattr(file)
        tty.setcbreak(file)
        vx, vy, yaw = speeds
        self._keys = {
            "w": (vx, 0.0, 0.0),
            "s": (-vx, 0.0, 0.0),
            "q": (0.0, vy, 0.0),
            "e": (0.0, -vy, 0.0),
            "a": (0.0, 0.0, yaw),
            "d": (0.0, 0.0, -yaw),
        }
        self._velocity, self._until = (0.0, 0.0, 0.0), 0.0

    def poll(self) -> Wish:
        """The wish of this tick.

        Raises:
            FaultError: the terminal is gone.
        """
        keys = self._read()
        for key in keys:
            if key in self._keys:
                self._velocity, self._until = self._keys[key], self._now() + KEY_HELD_S
        held = self._now() < self._until
        return Wish(
            self._velocity if held else (0.0, 0.0, 0.0),
            held,
            go=any(key in "\r\n" for key in keys),
            stop=" " in keys,
        )

    def _read(self) -> str:
        import select

        try:
            if not select.select([self._file], [], [], 0.0)[0]:
                return ""
            content = os.read(self._file, 64)
        except OSError as error:
            raise FaultError(Cause.LOST_OPERATOR, f"the terminal is gone ({error})") from error
        if not content:
            raise FaultError(Cause.LOST_OPERATOR, "the terminal is closed")
        return content.decode(errors="replace")

    def close(self) -> None:
        """Give the terminal its own manners back."""
        self._termios.tcsetattr(self._file, self._termios.TCSADRAIN, self._before)


class Joystick:
    """A gamepad by Linux's joystick device, such as `/dev/input/js0`.

    Left stick: vx and vy, right stick: yaw rate, each up to what the policy was trained for. The left
    shoulder button is the dead-man switch, Start goes on, and B stops. A pad that is unplugged is a fault;
    one that loses its radio while its receiver stays plugged in looks like one that is held still.

    Args:
        commands: what the policy was trained for; None for one that follows no velocity.
        path: of the device.
    """

    EVENT = struct.Struct("<IhBB")
    BUTTON, AXIS, INITIAL = 0x01, 0x02, 0x80
    LEFT_X, LEFT_Y, RIGHT_X = 0, 1, 3
    B, LEFT_SHOULDER, START = 1, 4, 7
    DEAD_ZONE = 0.1

    def __init__(self, commands: Commands | None, path: Path = Path("/dev/input/js0")) -> None:
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise FaultError(
                Cause.LOST_OPERATOR, f"{path}: the joystick cannot be opened ({error})"
            ) from error
        self._path, self._commands = path, commands
        self._axes: dict[int, float] = {}
        self._held = False
        self._rest = b""

    def poll(self) -> Wish:
        """The wish of this tick.

        Raises:
            FaultError: the device is gone.
        """
        go = stop = False
        for value, kind, number in self._events():
            if kind & self.AXIS:
                self._axes[number] = value / 32767
            elif number == self.LEFT_SHOULDER:
                self._held = bool(value)
            elif value and not kind & self.INITIAL:
                go, stop = go or number == self.START, stop or number == self.B
        return Wish(self._velocity() if self._held else (0.0, 0.0, 0.0), self._held, go, stop)

    def _events(self) -> list[tuple[int, int, int]]:
        """(value, kind, number) of all events since the last call."""
        try:
            while chunk := os.read(self._file, 64 * self.EVENT.size):
                self._rest += chunk
            raise FaultError(Cause.LOST_OPERATOR, f"{self._path}: the joystick is gone")
        except BlockingIOError:
            pass
        except OSError as error:
            raise FaultError(Cause.LOST_OPERATOR, f"{self._path}: the joystick is gone ({error})") from error
        whole = len(self._rest) - len(self._rest) % self.EVENT.size
        events = [event[1:] for event in self.EVENT.iter_unpack(self._rest[:whole])]
        self._rest = self._rest[whole:]
        return events  # type: ignore[return-value]

    def _velocity(self) -> tuple[float, float, float]:
        if self._commands is None:
            return 0.0, 0.0, 0.0
        # Sticks point down and right; velocities forward and left.
        pushed = -np.array([self._axes.get(axis, 0.0) for axis in (self.LEFT_Y, self.LEFT_X, self.RIGHT_X)])
        pushed[np.abs(pushed) < self.DEAD_ZONE] = 0.0
        low, high = np.array(self._commands.low), np.array(self._commands.high)
        vx, vy, yaw = np.where(pushed > 0, pushed * high, -pushed * low)
        return float(vx), float(vy), float(yaw)

    def close(self) -> None:
        """Let go of the device."""
        os.close(self._file)
