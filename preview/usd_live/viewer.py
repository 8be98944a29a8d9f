"""The least that a viewer does: it follows a live stage and asks where everything is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from pxr import Usd, UsdGeom

from .overlay import TIME, TRANSFORM

_PAUSE_S = 0.001  # between two looks at the files


@dataclass
class Seen:
    """Instants that a viewer saw, prims that moved, and s it took to reload and place them, per instant."""

    frames: int
    prims: int
    reload_s: list[float]


def follow(root: Path, connection: Connection) -> None:
    """Follow the live stage `root` until told anything by `connection`, then answer what was `Seen`.

    Says "" when it has opened the stage.
    """
    stage = Usd.Stage.Open(str(root))
    moved = [prim for prim in stage.Traverse() if prim.HasAttribute(TRANSFORM)]
    clock = next(prim.GetAttribute(TIME) for prim in stage.Traverse() if prim.HasAttribute(TIME))
    connection.send("")
    last, took = clock.Get(), []
    while not connection.poll():
        begin = time.perf_counter()
        stage.Reload()
        now = clock.Get()
        if now != last:
            cache = UsdGeom.XformCache()
            for prim in moved:
                cache.GetLocalToWorldTransform(prim)
            took.append(time.perf_counter() - begin)
            last = now
        time.sleep(_PAUSE_S)
    connection.send(Seen(len(took), len(moved), took))
