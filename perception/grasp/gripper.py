"""What holds: a gripper of two parallel fingers, and a suction cup."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array


@dataclass(frozen=True)
class ParallelGripper:
    """Two fingers that close along X of the gripper's frame, whose origin lies between their tips, Z forward.

    Attributes:
        opening: largest distance between the pads, m.
        finger_length: from the palm to the tips, m.
        finger_width: of the pads, along Y, m.
        finger_thickness: along X, m.
        pad_length: of the part of the fingers that is meant to touch, from the tips on, m.
        palm: size of the palm along X and Y, m; behind the fingers there is nothing but it and the arm.
        friction: coefficient that may be relied on between pads and objects.
    """

    opening: float = 0.14
    finger_length: float = 0.07
    finger_width: float = 0.022
    finger_thickness: float = 0.010
    pad_length: float = 0.035
    palm: tuple[float, float] = (0.18, 0.06)
    friction: float = 0.4

    def boxes(self, widths: Array, reach: float) -> tuple[Array, Array]:
        """Middles and half sizes (k, 3, 3) of what the open gripper sweeps on its way in, `reach` m long.

        Args:
            widths: (k,) distances between the pads when open, m.
            reach: of the way in, m.
        """
        zero, one = np.zeros_like(widths), np.ones_like(widths)
        side = widths / 2 + self.finger_thickness / 2
        long = self.finger_length + reach
        behind = -self.finger_length - reach / 2
        middles = np.stack(
            [
                np.stack([-side, zero, -long / 2 * one], axis=-1),
                np.stack([side, zero, -long / 2 * one], axis=-1),
                np.stack([zero, zero, behind * one], axis=-1),
            ],
            axis=1,
        )
        finger = [self.finger_thickness / 2, self.finger_width / 2, long / 2]
        halves = np.array([finger, finger, [self.palm[0] / 2, self.palm[1] / 2, reach / 2]])
        return middles, np.broadcast_to(halves, middles.shape)


@dataclass(frozen=True)
class SuctionCup:
    """A round cup at the end of a straight tube along Z, Z forward; the origin is in the middle of its lip.

    Attributes:
        radius: of the lip, m.
        give: how far the lip yields to a surface that is not flat, m.
        spread: largest angle in rad between the normals under it.
        tube: radius of the tube, and what moves with it, m.
    """

    radius: float = 0.020
    give: float = 0.0015
    spread: float = np.radians(8)
    tube: float = 0.022
