"""Where a motion shall end, and what shall hold on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..errors import PoseError


@dataclass(frozen=True, eq=False)
class JointGoal:
    """Configurations, any of which will do.

    Attributes:
        q: (n,) or (m, n) in rad, or m of sliding joints.
    """

    q: ArrayLike


@dataclass(frozen=True, eq=False)
class PoseGoal:
    """Poses of the tip, any of which will do.

    Attributes:
        position: (3,) or (m, 3) in m.
        quaternion: (4,) or (m, 4) wxyz of length 1.
        free_axis: (3,) in the tip: turning about it costs nothing, as with a suction cup.
        frame: link in which poses are given, which stands still with the base; the base by default.
        straight: the tip goes there on a straight line and turns evenly; there is one pose then.
    """

    position: ArrayLike
    quaternion: ArrayLike
    free_axis: Sequence[float] | None = None
    frame: str = ""
    straight: bool = False


@dataclass(frozen=True, eq=False)
class GraspGoals:
    """Poses of the tip at which it holds an object, any of which will do, with straight ways in and out.

    Attributes:
        position: (m, 3) in m.
        quaternion: (m, 4) wxyz of length 1.
        approach: (3,) m in the tip's axes, from where the tip comes straight: (0, 0, -0.1) is 10 cm before
            the grasp, of a tip whose z points out of the hand.
        retreat: (3,) m in the base, to where the tip goes straight afterwards: (0, 0, 0.1) lifts.
        touching: names of obstacles that may be touched on both straight ways: the object itself.
        free_axis: (3,) in the tip: turning about it costs nothing.
        frame: link in which poses are given, which stands still with the base; the base by default.
    """

    position: ArrayLike
    quaternion: ArrayLike
    approach: Sequence[float] = (0.0, 0.0, -0.1)
    retreat: Sequence[float] = (0.0, 0.0, 0.1)
    touching: Sequence[str] = ()
    free_axis: Sequence[float] | None = None
    frame: str = ""

    def __post_init__(self) -> None:
        _vector("approach", self.approach)
        _vector("retreat", self.retreat)


Goal: TypeAlias = JointGoal | PoseGoal | GraspGoals


@dataclass(frozen=True, eq=False)
class Level:
    """An axis of the tip stays within an angle of a direction, as that of a cup which shall not spill.

    Attributes:
        angle: rad.
        axis: (3,) in the tip.
        direction: (3,) in the base.
    """

    angle: float
    axis: Sequence[float] = (0.0, 0.0, 1.0)
    direction: Sequence[float] = (0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        for name in ("axis", "direction"):
            if np.linalg.norm(_vector(name, getattr(self, name))) < 1e-9:
                raise PoseError(f"the {name} to keep level is zero; it must have a direction.")
        if not 0 < self.angle < np.pi:
            raise PoseError(f"the angle to keep level within is {self.angle} rad; it must be in (0, pi).")


def _vector(name: str, value: Sequence[float]) -> np.ndarray:
    vector = np.asarray(value, float)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise PoseError(f"the {name} is {value}; it must be three finite numbers.")
    return vector
