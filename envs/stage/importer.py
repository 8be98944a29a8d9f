"""MuJoCo's own USD import, kept from what it would stumble over or say on stderr."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import mujoco
from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from .losses import is_unknown_shape
from .messages import collected_messages, report_messages
from .report import StageError, StageReport


def import_spec(stage: Usd.Stage, hidden: Iterable[Sdf.Path], report: StageReport) -> mujoco.MjSpec:
    """Import a flattened stage without the prims in `hidden`, point instancers and unknown shapes.

    Elements bear their prim paths as names.

    Raises:
        StageError: MuJoCo refuses the stage; its own words follow the file's name.
    """
    copy = Usd.Stage.CreateInMemory()
    copy.GetRootLayer().TransferContent(stage.GetRootLayer())
    for path in hidden:
        copy.GetPrimAtPath(path).SetActive(False)
    for prim in copy.Traverse():
        if prim.IsA(UsdGeom.PointInstancer) or is_unknown_shape(prim):
            prim.SetActive(False)
        # The importer would make a body of an articulation root that is no rigid body.
        elif prim.HasAPI(UsdPhysics.ArticulationRootAPI) and not prim.HasAPI(UsdPhysics.RigidBodyAPI):
            prim.RemoveAPI(UsdPhysics.ArticulationRootAPI)
    messages: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stage.usdc"
        copy.GetRootLayer().Export(str(file))
        try:
            with collected_messages() as messages:
                spec = mujoco.MjSpec.from_file(str(file))
        except ValueError as error:
            detail = " ".join(str(error).split())
            raise StageError(f"{report.file}: cannot be imported: {detail}.") from error
    report_messages(messages, report)
    return spec
