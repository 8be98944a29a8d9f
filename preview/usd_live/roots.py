"""The files of a live folder, and the two of them that a viewer opens."""

from __future__ import annotations

from pxr import Sdf

from .assembly import copy_metadata

STAGE, TERRAIN = "stage.usda", "terrain.usda"
"""Scene and robots; what the robots walk on, where that is in no file of the task's."""
POSES, RECORDED_POSES = "live_poses.usda", "recording_poses.usdc"
"""Where everything is now; where everything was."""
LIVE, RECORDING = "live.usda", "recording.usda"
"""What a viewer opens: the simulation as it runs; afterwards, all of it."""


def live_root(stage: Sdf.Layer) -> bytes:
    """Text of the stage as it is now; `stage` is what `STAGE` holds."""
    return _root(stage, POSES).ExportToString().encode()


def recording_root(stage: bytes, span: tuple[float, float], rate: float) -> bytes:
    """Text of the stage over time.

    `stage` is the text of `STAGE`, `span` the first and last time in s; `rate` time codes are a second.
    """
    assembled = Sdf.Layer.CreateAnonymous(STAGE)
    assembled.ImportFromString(stage.decode())
    layer = _root(assembled, RECORDED_POSES)
    layer.startTimeCode, layer.endTimeCode = (time * rate for time in span)
    layer.timeCodesPerSecond = layer.framesPerSecond = rate
    return layer.ExportToString().encode()


def _root(stage: Sdf.Layer, poses: str) -> Sdf.Layer:
    layer = Sdf.Layer.CreateAnonymous("root.usda")
    copy_metadata(stage, layer)
    layer.subLayerPaths[:] = [f"./{poses}", f"./{STAGE}"]
    return layer
