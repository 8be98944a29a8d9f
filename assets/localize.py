"""Collecting what USD files refer to, by USD's own tools, without their noise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pxr import UsdUtils


@contextmanager
def no_localization_warnings() -> Iterator[None]:
    """Drop USD's warnings meanwhile.

    It looks once more at layers whose paths it has changed, and warns that they lead nowhere. Errors are
    raised all the same.
    """
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        del delegate
