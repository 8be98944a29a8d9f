"""Everything that was shown, as time samples: a stage to scrub through afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from pxr import Sdf, Vt

from .frame import Frame, FrameShape
from .overlay import TRANSFORM
from .transforms import PrimTransforms

_MOST_BYTES = 512 << 20
"""Of frames that are kept: of a longer run, the last part. 15 bodies at 50 Hz fill it in three hours."""


class Recording:
    """Keeps frames, and makes a layer of them."""

    def __init__(self, shape: FrameShape) -> None:
        self._shape = shape
        self._frames: deque[bytes] = deque(maxlen=max(1, _MOST_BYTES // shape.nbytes))

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, packed: bytes) -> None:
        """Keep a packed frame."""
        self._frames.append(packed)

    def span(self) -> tuple[float, float]:
        """Time of the first and the last frame, in s."""
        return self._frame(0).time, self._frame(-1).time

    def layer(
        self, transforms: PrimTransforms, moving_paths: Sequence[Sequence[Sdf.Path]], rate: float
    ) -> Sdf.Layer:
        """All frames as time samples in a layer; `rate` time codes are a second."""
        layer = Sdf.Layer.CreateAnonymous("recording_poses.usdc")
        layer.timeCodesPerSecond = rate  # else USD would stretch them to its own 24 a second
        frames = [self._frame(row) for row in range(len(self))]
        codes = [round(frame.time * rate, 6) for frame in frames]
        for world, paths in enumerate(moving_paths):
            xpos = np.stack([frame.xpos[world] for frame in frames])
            xquat = np.stack([frame.xquat[world] for frame in frames])
            local = transforms.local(xpos, xquat)
            with Sdf.ChangeBlock():
                for row, path in enumerate(paths):
                    samples = Vt.Matrix4dArray.FromNumpy(np.ascontiguousarray(local[:, row]))
                    _sample(layer, path, codes, samples)
        return layer

    def _frame(self, row: int) -> Frame:
        return self._shape.unpack(self._frames[row])


def _sample(layer: Sdf.Layer, path: Sdf.Path, codes: list[float], transforms: Vt.Matrix4dArray) -> None:
    prim = Sdf.CreatePrimInLayer(layer, path)
    attribute = Sdf.AttributeSpec(prim, TRANSFORM, Sdf.ValueTypeNames.Matrix4d)
    for code, transform in zip(codes, transforms, strict=True):
        layer.SetTimeSample(attribute.path, code, transform)
    order = Sdf.AttributeSpec(prim, "xformOpOrder", Sdf.ValueTypeNames.TokenArray, Sdf.VariabilityUniform)
    order.default = Vt.TokenArray([TRANSFORM])
