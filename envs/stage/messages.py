"""What USD and MuJoCo print on stderr while they read a file, collected for the report instead."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import mujoco
from pxr import UsdUtils

from .report import StageReport

_PRIM_PATH = re.compile(r"(?<![\w@/.])/\w[\w/]*")
# Said of files in which nothing is wrong (materials of physics alone, a robot that keeps its plain names,
# time steps that the whole number newton:timeStepsPerSecond cannot say), or reported in our own words.
_NOISE = (
    "has no surface output",
    "Attaching a spec with an empty prefix",
    "uses deprecated mjc:option:timestep",
    "trying to set the resitution coefficient",
)


@contextmanager
def collected_messages() -> Iterator[list[str]]:
    """Collect messages that would go to stderr; the list is filled when the block ends, by an error too."""
    messages: list[str] = []
    previous = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(messages.append)
    diagnostics = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MuJoCo's bindings repeat the C library's warnings
            yield messages
    finally:
        mujoco.set_mju_user_warning(previous)
        messages += [diagnostic.commentary for diagnostic in diagnostics.TakeUncoalescedDiagnostics()]


def report_messages(messages: list[str], report: StageReport) -> None:
    """Put each message where it belongs: by prim path if it names one, else among the remarks."""
    for message in dict.fromkeys(" ".join(message.split()) for message in messages):
        if any(noise in message for noise in _NOISE):
            continue
        path = _PRIM_PATH.search(message)
        if path:
            report.lose(path.group(), f"importer: {message}")
        else:
            report.remarks.append(message)
