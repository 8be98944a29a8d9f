"""The window's optimisation and the memory of places, in a thread that no frame waits for."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..poses import Array
from ..recording import ImuNoise
from .config import OdometryConfig
from .keyframe import Keyframe, State
from .places import Places
from .rig import StereoRig
from .window import Window

_MOST_WAITING = 2  # keyframes: with more, a slow processor catches up before it optimises again


@dataclass(frozen=True, eq=False)
class Correction:
    """What an optimisation found.

    Attributes:
        number: of the newest keyframe.
        state: of that keyframe.
        covariance: (6, 6) of its pose: rotation (body's axes), position (world's).
        ids, points: landmarks of the window, ids rising, in the world.
        outliers: ids of landmarks not to be used any more.
        gravity: (3,) in the world, m/s2, or None.
        seconds: that it took.
    """

    number: int
    state: State
    covariance: Array
    ids: np.ndarray
    points: Array
    outliers: np.ndarray
    gravity: Array | None
    seconds: float


class Backend:
    """Takes keyframes, gives corrections.

    Args:
        rig: the cameras.
        cfg: settings; `cfg.background` says whether there is a thread.
        noise: of the IMU.
    """

    def __init__(self, rig: StereoRig, cfg: OdometryConfig, noise: ImuNoise) -> None:
        self.places = Places(rig)
        self._window = Window(rig, cfg.pixel_sigma, cfg.window, noise)
        self._executor = ThreadPoolExecutor(1, "odometry") if cfg.background else None
        self._running: deque[Future[Correction | None]] = deque()

    def submit(self, keyframe: Keyframe) -> None:
        """Add a keyframe to the window, or begin a new one with it."""
        self._run(keyframe, None)

    def know_gravity(self, gravity: Array, gyro_bias: Array) -> None:
        """Use the IMU from now on; see `Window.know_gravity`."""
        self._run(None, (gravity, gyro_bias))

    def take(self) -> list[Correction]:
        """Corrections that came since the last call, oldest first.

        Raises:
            Exception: whatever ended an optimisation.
        """
        done = []
        while self._running and self._running[0].done():
            correction = self._running.popleft().result()
            if correction is not None:
                done.append(correction)
        return done

    def _run(self, keyframe: Keyframe | None, gravity: tuple[Array, Array] | None) -> None:
        if self._executor is not None:
            self._running.append(self._executor.submit(self._work, keyframe, gravity))
            return
        done: Future[Correction | None] = Future()
        done.set_result(self._work(keyframe, gravity))
        self._running.append(done)

    def _work(self, keyframe: Keyframe | None, gravity: tuple[Array, Array] | None) -> Correction | None:
        start, window = time.perf_counter(), self._window
        if gravity is not None:
            window.know_gravity(*gravity)
        if keyframe is None:
            return None
        if keyframe.starts:
            window.start(keyframe)
        else:
            in_time = sum(not future.done() for future in list(self._running)) <= _MOST_WAITING
            window.add(keyframe, in_time)
            if not in_time:
                return None
        state = window.states[-1]
        covariance = window.covariance[:6, :6]
        self.places.add(keyframe.view, state.pose, keyframe.covariance)
        return Correction(
            keyframe.number, state, covariance, window.ids.copy(), window.points.copy(), window.outliers,
            None if window.gravity is None else window.gravity.copy(), time.perf_counter() - start,
        )  # fmt: skip
