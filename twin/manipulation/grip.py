"""What the hand does, and which grasps are worth a try."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .arm import CUP_OUT, Arm
from .hands import Hold
from .moves import Mover

_NEAR = 0.85
"""Grasps that score this part of the best are offered to the planner together."""
_MOST_OPTIONS = 16
_LEAST, _MOST_OTHERS = 0.3, 48
"""As above, where the best cannot be reached."""
_ALIKE_AWAY, _ALIKE_TURN = 0.015, np.radians(15)
_SPOILT, _SPOILT_RADIUS = 0.4, 0.03
"""What a grasp is still worth for each within 3 cm that failed, and once more if it was alike."""
_GRIP_SECONDS, _RELEASE_SECONDS = 0.5, 0.4
_EMPTY_GAP = 0.0025  # m between fingers that hold nothing


class Grip:
    """Works the hand of an arm.

    Args:
        arm: whose hand it is.
        mover: stands still meanwhile.
    """

    def __init__(self, arm: Arm, mover: Mover) -> None:
        self._arm, self._mover = arm, mover

    def prepare(self, hold: Hold) -> None:
        """Open the hand as a hold wants it."""
        self._arm.open_hand(hold.width)
        self._arm.put_cup(CUP_OUT if hold.kind == "cup" else 0.0)
        self._arm.suck(hold.kind == "cup")

    def close(self, hold: Hold) -> None:
        """Press, or wait until the cup holds."""
        if hold.kind == "fingers":
            self._arm.squeeze()
        self._mover.stand(_GRIP_SECONDS)

    def let_go(self) -> None:
        """Drop what is held."""
        self._arm.suck(False)
        self._arm.open_hand(1.0)
        self._mover.stand(_RELEASE_SECONDS)

    def draw_in(self) -> None:
        """Cup in, fingers open."""
        self._arm.put_cup(0.0)
        self._arm.open_hand(1.0)

    def is_empty(self, hold: Hold) -> bool:
        """Whether fingers have closed on nothing; a cup cannot tell."""
        return hold.kind == "fingers" and self._arm.finger_gap() < _EMPTY_GAP


class Choice:
    """Ranks grasps, and remembers where they failed."""

    def __init__(self) -> None:
        self._spoilt: list[Hold] = []

    def spoil(self, hold: Hold) -> None:
        """A grasp failed: it, and others near it, are worth less from now on."""
        self._spoilt.append(hold)

    def options(self, found: list[Hold]) -> Iterator[tuple[float, list[Hold]]]:
        """For each kind of grasp, the worth of the best and those that are about as good, the best first."""
        for kind in ("cup", "fingers"):
            own = [(self._worth(hold), hold) for hold in found if hold.kind == kind]
            own.sort(key=lambda pair: -pair[0])
            good = [hold for worth, hold in own if worth >= _NEAR * own[0][0]][:_MOST_OPTIONS]
            if good:
                yield own[0][0], good

    def others(self, found: list[Hold]) -> Iterator[tuple[float, list[Hold]]]:
        """As `options`, but grasps that differ from one another, of which some are worth less."""
        for kind in ("cup", "fingers"):
            own = [(self._worth(hold), hold) for hold in found if hold.kind == kind]
            own.sort(key=lambda pair: -pair[0])
            kept: list[Hold] = []
            for worth, hold in own:
                if worth < _LEAST * own[0][0] or len(kept) == _MOST_OTHERS:
                    break
                if not any(_alike(hold, other) for other in kept):
                    kept.append(hold)
            if kept:
                yield _LEAST * own[0][0], kept

    def _worth(self, hold: Hold) -> float:
        near = [other for other in self._spoilt if np.linalg.norm(hold.spot - other.spot) < _SPOILT_RADIUS]
        return hold.score * _SPOILT ** (len(near) + sum(_alike(hold, other) for other in near))


def _alike(one: Hold, other: Hold) -> bool:
    """Whether two grasps are about at the same place and come from about the same side."""
    turn = np.arccos(np.clip((np.trace(one.tool[:3, :3].T @ other.tool[:3, :3]) - 1) / 2, -1, 1))
    return bool(turn < _ALIKE_TURN and np.linalg.norm(one.spot - other.spot) < _ALIKE_AWAY)
