"""Opening a USD file, with every composition problem turned into one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import mujoco._usd
from pxr import Pcp, Tf, Usd, UsdGeom

from .messages import collected_messages, report_messages
from .report import StageError, StageReport

# Registers MuJoCo's USD schemas and its MJCF reader; safe to call again.
mujoco._usd.register_plugins()

_CYCLES = (Pcp.ErrorArcCycle, Pcp.ErrorSublayerCycle)


def open_flat(path: Path, report: StageReport) -> Usd.Stage:
    """Open `path` and return a flattened, editable copy in memory: no references, no instances.

    Raises:
        StageError: the file is missing or no USD file, or a reference in it is missing or cyclic.
    """
    if path.is_dir():
        raise StageError(f"{path}: is a folder; name a USD file in it.")
    if path.suffix.lower() in (".xml", ".mjcf", ".urdf"):
        raise StageError(f"{path}: is no USD file; convert it: gaitway import {path} --out {path.stem}.usda")
    if not path.is_file():
        raise StageError(f"{path}: there is no such file.")
    messages: list[str] = []
    try:
        with collected_messages() as messages:
            stage = Usd.Stage.Open(str(path))
            _raise_composition_errors(path, stage)
            _dissolve_instances(stage)
            _remark_other_units(stage, report)
            flat = Usd.Stage.Open(stage.Flatten(addSourceFileComment=False))
    except Tf.ErrorException as error:
        raise StageError(f"{path}: is not a USD file that can be read{_detail(path, error)}.") from error
    report_messages(messages, report)
    return flat


def _detail(path: Path, error: Tf.ErrorException) -> str:
    """Where and what the parser stumbled over, without USD's own source lines."""
    if path.stat().st_size == 0:
        return " (it is empty)"
    said = " ".join(error.args[0].commentary.split())
    if place := re.search(r":(\d+):\d+: (.*)", said):
        # USD's parser names its grammar's C++ types where it has no better word.
        what = "syntax error" if "PXR_INTERNAL" in said else place[2]
        return f" (line {place[1]}: {what})"
    return ""


def _raise_composition_errors(path: Path, stage: Usd.Stage) -> None:
    for error in stage.GetCompositionErrors():
        prim = error.rootSite.path
        if isinstance(error, _CYCLES):
            raise StageError(
                f"{path}: prim {prim} references itself in a cycle; remove one of the references."
            )
        detail = " ".join(str(error).split()).rstrip(".").replace(f"@{path.resolve()}@", "this file")
        raise StageError(
            f"{path}: prim {prim} refers to something that is not there ({detail}); "
            "put the file in place or remove the reference."
        )


def _dissolve_instances(stage: Usd.Stage) -> None:
    """Make instanced prims plain ones, those nested in instances too; the file itself stays as it is."""
    with Usd.EditContext(stage, stage.GetSessionLayer()):
        while instances := [prim for prim in stage.Traverse() if prim.IsInstance()]:
            for prim in instances:
                prim.SetInstanceable(False)


def _remark_other_units(stage: Usd.Stage, report: StageReport) -> None:
    """USD does not convert between layers: a referenced file in other units comes in at the wrong size."""
    meters = UsdGeom.GetStageMetersPerUnit(stage)
    for layer in stage.GetUsedLayers():
        unit = (
            layer.pseudoRoot.GetInfo("metersPerUnit") if layer.pseudoRoot.HasInfo("metersPerUnit") else meters
        )
        if abs(unit - meters) > 1e-9:
            report.remarks.append(
                f"{layer.identifier} is in units of {unit:g} m, the stage that uses it in {meters:g} m; "
                "USD does not convert: scale the prim that refers to it."
            )
