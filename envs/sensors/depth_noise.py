"""What an active stereo depth camera makes of true depth: disparity noise and steps, ragged edges, limits."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
_BEND = np.array([[-0.5, 1.0, -0.5]], np.float32)


@dataclass(frozen=True)
class DepthCfg:
    """A depth camera.

    Attributes:
        focal_baseline: focal length times baseline, px m; disparity is this by depth.
        noise: standard deviation of disparity, px.
        step: of disparity, px.
        edge_step: px; an edge is where disparity is that far from the mean of its neighbours on a line.
        edge_loss: share of the pixels beside an edge that are lost.
        near, far: m, without depth outside.
    """

    focal_baseline: float = 320.0 * 0.12
    noise: float = 0.1
    step: float = 1 / 16
    edge_step: float = 0.5
    edge_loss: float = 0.6
    near: float = 0.25
    far: float = 12.0

    def __post_init__(self) -> None:
        if min(self.focal_baseline, self.step) <= 0 or not 0 <= self.near < self.far or self.noise < 0:
            raise ValueError(f"{self} measures nothing: focal_baseline and step > 0, 0 <= near < far.")
        if self.edge_step <= 0 or not 0 <= self.edge_loss <= 1:
            raise ValueError(f"{self} has no edges: edge_step > 0 and 0 <= edge_loss <= 1.")


def measure_depth(depth: Array, cfg: DepthCfg, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Measured depth (height, width) in m of the true one; 0 where there is none."""
    valid = (depth >= cfg.near) & (depth <= cfg.far)
    disparity = cfg.focal_baseline / np.where(valid, depth, cfg.far)
    disparity = disparity + cfg.noise * rng.standard_normal(depth.shape, np.float32)
    steps = np.maximum(np.rint(disparity / cfg.step), 1.0)
    lost = edges(depth, cfg) & (rng.random(depth.shape, np.float32) < cfg.edge_loss)
    return np.where(valid & ~lost, cfg.focal_baseline / (steps * cfg.step), 0.0).astype(np.float32)


def edges(depth: Array, cfg: DepthCfg) -> npt.NDArray[np.bool_]:
    """Pixels at which disparity bends, along a row or a column. On a plane it is linear, however slanted."""
    disparity = np.where(depth > 0, cfg.focal_baseline / np.maximum(depth, 1e-6), 0.0).astype(np.float32)
    bends = [
        cv2.filter2D(disparity, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in (_BEND, _BEND.T)
    ]
    # At the picture's border a neighbour is missing, and no bend can be told.
    bends[0][:, [0, -1]] = bends[1][[0, -1]] = 0.0
    return np.maximum(np.abs(bends[0]), np.abs(bends[1])) > cfg.edge_step
