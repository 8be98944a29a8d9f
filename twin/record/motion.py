"""Where a robot's joints were over time, at the steps of physics and between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Motion:
    """A robot's states (n, nq) at times (n,) s, `dt` s apart."""

    times: Array
    qpos: Array

    @property
    def dt(self) -> float:
        """Of the physics, s."""
        return float(self.times[1] - self.times[0])

    def at(self, time: float) -> Array:
        """State (nq,) between the physics' steps; the ends beyond them. A free joint, then hinges."""
        place = np.clip(time / self.dt, 0.0, len(self.times) - 1.0)
        k = min(int(place), len(self.times) - 2)
        before, after = self.qpos[k], self.qpos[k + 1].copy()
        if before[3:7] @ after[3:7] < 0:
            after[3:7] *= -1
        qpos = before + (place - k) * (after - before)
        qpos[3:7] /= np.linalg.norm(qpos[3:7])
        return qpos
