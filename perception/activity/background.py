"""What a camera sees when nothing moves, and which pixels differ from it now.

Depth: the background is the farthest surface a pixel has seen. Whatever stands nearer than that is
foreground, however long it stands, so that a vehicle that stops does not melt into the floor; and where a
thing that stood there from the start drives off, the floor behind it becomes the background within three
pictures, so that it leaves no ghost.

Colour: a running mean, for what is too flat for depth, such as a spill. A shadow darkens and keeps the
chromaticity, so it is left out (Horprasert, Harwood and Davis, "A statistical approach for real-time robust
background subtraction and shadow detection", 1999).
"""

from __future__ import annotations

import cv2
import numpy as np

RISE = 0.10
"""How much nearer than the background a depth pixel must be to be foreground, m."""
_PATIENCE = 3  # pictures that must be farther than the background before it is believed
_RIM = np.ones((5, 5), np.uint8)  # px about what stands that may still show it
_BLEND = 0.02  # how fast the colour background follows what is background
_CANDIDATE = 22  # grey levels that one channel must differ by before chromaticity is looked at
_CHROMA = 0.035  # change of a channel's share of the brightness that no shadow makes
_SHADOW = (0.35, 1.15)  # brightness over the background's, of a shadow or a patch of light


class DepthBackground:
    """The background of one depth camera.

    Args:
        depths: (n, height, width) float32 in m, 0 where there is no reading, from which it is learnt.

    Attributes:
        depth: (height, width) float32 m, 0 where nothing is known.
        renewed: flat indices (k,) of the pixels whose background was found to be farther by the last picture.
    """

    def __init__(self, depths: np.ndarray) -> None:
        # The mean of what lies about the second farthest reading: the farthest alone may be an error.
        farthest = np.sort(depths, axis=0)[-min(2, len(depths))]
        is_about = (abs(depths - farthest) < RISE) & (depths > 0)
        total = np.where(is_about, depths, 0.0).sum(axis=0)
        self.depth = (total / np.maximum(is_about.sum(axis=0), 1)).astype(np.float32)
        self.renewed = np.zeros(0, int)
        self._farther = np.zeros(self.depth.shape, np.uint8)
        self._set_limits()

    def _set_limits(self) -> None:
        self._near = np.where(self.depth > 0, self.depth - RISE, 0.0).astype(np.float32)
        self._far = np.where(self.depth > 0, self.depth + RISE, 1e-6).astype(np.float32)

    def foreground(self, depth: np.ndarray) -> np.ndarray:
        """Flat indices (k,) of the pixels that show something before the background; learns from the rest."""
        farther = cv2.compare(depth, self._far, cv2.CMP_GT)
        self.renewed = self.renewed[:0]
        if self._farther.any() or cv2.countNonZero(farther):
            self._learn(depth, farther > 0)
        return np.flatnonzero((depth < self._near) & (depth > 0))

    def _learn(self, depth: np.ndarray, farther: np.ndarray) -> None:
        self._farther += 1
        self._farther *= farther
        believed = self._farther >= _PATIENCE
        if believed.any():
            self.renewed = np.flatnonzero(believed)
            self.depth[believed] = depth[believed]
            self._farther[believed] = 0
            self._near[believed] = depth[believed] - RISE
            self._far[believed] = depth[believed] + RISE


class ColourBackground:
    """The background of one colour camera.

    Args:
        pictures: (n, height, width, 3) uint8 RGB, from which it is learnt.
        is_background: (n, height, width), where each of them shows the background; all of it if None.
    """

    def __init__(self, pictures: np.ndarray, is_background: np.ndarray | None = None) -> None:
        if is_background is None:
            self._mean = np.median(pictures, axis=0).astype(np.float32)
        else:
            # About what stands before the background, its foot is too low for depth.
            clear = np.stack([cv2.erode(mask.astype(np.uint8), _RIM) for mask in is_background])
            # Median of the clear ones: the others are sorted behind them.
            count = clear.sum(axis=0).astype(int)[..., None]
            ordered = np.sort(np.where((clear > 0)[..., None], pictures, 255), axis=0)
            middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
            self._mean = np.where(count > 0, middle, pictures[0]).astype(np.float32)
        self._shown = self._mean.astype(np.uint8)

    def foreground(self, picture: np.ndarray) -> np.ndarray:
        """Flat indices (k,) of the pixels whose colour differs, not only their brightness."""
        difference = cv2.absdiff(picture, self._shown)
        largest = cv2.max(cv2.max(difference[..., 0], difference[..., 1]), difference[..., 2])
        candidates = np.flatnonzero(largest > _CANDIDATE)
        now = picture.reshape(-1, 3)[candidates].astype(np.float32)
        before = self._mean.reshape(-1, 3)[candidates]
        brightness, brightness_before = now.sum(axis=1) + 1.0, before.sum(axis=1) + 1.0
        change = abs(now / brightness[:, None] - before / brightness_before[:, None]).max(axis=1)
        ratio = brightness / brightness_before
        is_shadow = (change < _CHROMA) & (ratio > _SHADOW[0]) & (ratio < _SHADOW[1])
        return candidates[~is_shadow]

    def renew(self, picture: np.ndarray, pixels: np.ndarray) -> None:
        """Take over `pixels`, flat indices, and those about them: what hid the background there has gone."""
        mask = np.zeros(picture.shape[:2], np.uint8)
        mask.ravel()[pixels] = 1
        pixels = np.flatnonzero(cv2.dilate(mask, _RIM))
        self._mean.reshape(-1, 3)[pixels] = picture.reshape(-1, 3)[pixels]
        self._shown.reshape(-1, 3)[pixels] = picture.reshape(-1, 3)[pixels]

    def learn(self, picture: np.ndarray, foreground: np.ndarray) -> None:
        """Follow slow changes of light where nothing stands; `foreground` are flat indices."""
        kept = self._mean.reshape(-1, 3)[foreground]
        cv2.accumulateWeighted(picture, self._mean, _BLEND)
        self._mean.reshape(-1, 3)[foreground] = kept
        cv2.convertScaleAbs(self._mean, self._shown)
