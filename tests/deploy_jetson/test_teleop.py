"""The keyboard on a pseudo-terminal and the joystick on a pipe, event by event."""

from __future__ import annotations

import os
import pty
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.faults import Cause, FaultError
from gaitway.deploy_jetson.teleop import KEY_HELD_S, Joystick, Keyboard, Wish


class Terminal:
    """A keyboard, what types on it, and its clock."""

    def __init__(self) -> None:
        self.hand, self.file = pty.openpty()
        self.time = 100.0
        self.manners = termios.tcgetattr(self.file)
        self.keyboard = Keyboard((0.3, 0.2, 0.5), self.file, lambda: self.time)

    def type(self, keys: str) -> Wish:
        os.write(self.hand, keys.encode())
        return self.keyboard.poll()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    for file in (terminal.hand, terminal.file):
        try:
            os.close(file)
        except OSError:  # the test has closed it
            continue


@pytest.mark.parametrize(
    ("key", "velocity"),
    [
        ("w", (0.3, 0.0, 0.0)),
        ("s", (-0.3, 0.0, 0.0)),
        ("q", (0.0, 0.2, 0.0)),
        ("e", (0.0, -0.2, 0.0)),
        ("a", (0.0, 0.0, 0.5)),
        ("d", (0.0, 0.0, -0.5)),
    ],
)
def test_a_held_key_moves_and_a_released_one_stops(
    terminal: Terminal, key: str, velocity: tuple[float, ...]
) -> None:
    assert terminal.keyboard.poll() == Wish()
    assert terminal.type(key) == Wish(velocity, held=True)  # type: ignore[arg-type]
    terminal.time += KEY_HELD_S - 0.01
    assert terminal.type(key).velocity == velocity, "repeated by the terminal"
    terminal.time += KEY_HELD_S - 0.01
    assert terminal.keyboard.poll().held
    terminal.time += 0.02
    assert terminal.keyboard.poll() == Wish()


def test_enter_and_space(terminal: Terminal) -> None:
    assert terminal.type("\n").go
    assert not terminal.keyboard.poll().go
    wish = terminal.type("ww w")
    assert wish.stop and not wish.go
    terminal.time += 1.0
    assert terminal.type("xyz1\x1b[A") == Wish(), "other keys mean nothing"


def test_a_closed_terminal_is_a_lost_operator(terminal: Terminal) -> None:
    os.close(terminal.hand)
    with pytest.raises(FaultError, match="terminal is") as error:
        terminal.keyboard.poll()
    assert error.value.cause is Cause.LOST_OPERATOR


def test_the_terminal_gets_its_manners_back(terminal: Terminal) -> None:
    assert termios.tcgetattr(terminal.file) != terminal.manners
    terminal.keyboard.close()
    assert termios.tcgetattr(terminal.file) == terminal.manners


def test_a_pipe_is_no_keyboard() -> None:
    ends = os.pipe()
    with pytest.raises(FaultError, match="needs a terminal"):
        Keyboard((0.3, 0.2, 0.5), ends[0])
    for end in ends:
        os.close(end)


class Pad:
    """A joystick's device file, written to as the kernel does."""

    def __init__(self, path: Path, contract: Contract) -> None:
        os.mkfifo(path)
        self.joystick = Joystick(contract.commands, path)
        self.device = os.open(path, os.O_WRONLY)

    def event(self, kind: int, number: int, value: int) -> Wish:
        os.write(self.device, struct.pack("<IhBB", 123456, value, kind, number))
        return self.joystick.poll()


@pytest.fixture
def pad(tmp_path: Path, contract: Contract) -> Iterator[Pad]:
    pad = Pad(tmp_path / "js0", contract)
    yield pad
    pad.joystick.close()


AXIS, BUTTON, INITIAL = 2, 1, 0x80


def test_the_sticks_reach_what_was_trained_while_the_switch_is_held(pad: Pad) -> None:
    # Trained: vx -0.3..0.6, vy +-0.2, yaw rate +-0.7.
    pad.event(AXIS, 1, -32767)
    assert pad.event(AXIS, 3, 16384) == Wish(), "nothing without the dead-man switch"
    wish = pad.event(BUTTON, 4, 1)
    assert wish.held and wish.velocity == pytest.approx((0.6, 0.0, -0.35), abs=1e-4)
    pad.event(AXIS, 1, 32767)
    pad.event(AXIS, 0, -32767)
    wish = pad.event(AXIS, 3, 3000)  # within the dead zone
    assert wish.velocity == pytest.approx((-0.3, 0.2, 0.0), abs=1e-4)
    assert pad.event(BUTTON, 4, 0) == Wish()


def test_the_pads_buttons(pad: Pad) -> None:
    assert pad.event(BUTTON, 7, 1).go
    assert not pad.event(BUTTON, 7, 0).go
    assert pad.event(BUTTON, 1, 1).stop
    initial = pad.event(BUTTON | INITIAL, 7, 1)
    assert not initial.go, "a button that was down at the start was not pressed"


def test_events_may_come_in_pieces(pad: Pad) -> None:
    event = struct.pack("<IhBB", 1, 1, BUTTON, 4)
    os.write(pad.device, event[:5])
    assert not pad.joystick.poll().held
    os.write(pad.device, event[5:])
    assert pad.joystick.poll().held


def test_an_unplugged_pad_is_a_lost_operator(pad: Pad) -> None:
    pad.event(BUTTON, 4, 1)
    os.close(pad.device)
    with pytest.raises(FaultError, match="js0: the joystick is gone") as error:
        pad.joystick.poll()
    assert error.value.cause is Cause.LOST_OPERATOR


def test_no_pad(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="js7: the joystick cannot be opened"):
        Joystick(None, tmp_path / "js7")
