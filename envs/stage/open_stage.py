"""Opening a USD file, with every composition problem turned into one sentence."""

from __future__ import annotations

from pathlib import Path

import mujoco._usd
from pxr import Sdf, Tf, Usd, UsdUtils

from .report import StageError

# Registers MuJoCo's USD schemas and its MJCF reader; safe to call again.
mujoco._usd.register_plugins()


def open_flat(path: Path) -> Usd.Stage:
    """Open `path` and return a flattened, editable copy in memory: no references, no instances.

    Raises:
        StageError: the file is missing or no USD file, or a reference in it is missing or cyclic.
    """
    if not path.is_file():
        raise StageError(f"{path}: there is no such file.")
    diagnostics = UsdUtils.CoalescingDiagnosticDelegate()  # keeps USD's own prints off stderr
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise StageError(f"{path}: is not a USD file that can be read ({_first_line(error)}).") from error
    _raise_composition_errors(path, stage)
    for prim in stage.Traverse():
        if prim.IsInstanceable():
            prim.SetInstanceable(False)
    flat = Usd.Stage.Open(stage.Flatten(addSourceFileComment=False))
    diagnostics.TakeUncoalescedDiagnostics()
    return flat


def _raise_composition_errors(path: Path, stage: Usd.Stage) -> None:
    for error in stage.GetCompositionErrors():
        text = str(error)
        where = getattr(error, "rootSite", None)
        prim = where.path if where else Sdf.Path.absoluteRootPath
        if "ycle" in type(error).__name__ + text:
            raise StageError(
                f"{path}: prim {prim} references itself in a cycle; remove one of the references."
            )
        raise StageError(
            f"{path}: prim {prim} refers to something that is not there ({_first_line(error)}); "
            "put the file in place or remove the reference."
        )


def _first_line(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no detail given"
