"""Odometry from a calibrated stereo pair, or from a camera with depth."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ..camera import Camera, Rectifier
from ..recording import ImuNoise
from .config import OdometryConfig
from .estimate import Estimate
from .rig import StereoRig
from .self_check import PairCheck, check_pair
from .tracker import Stages
from .views import DepthView, StereoView, to_grey
from .visual_odometry import VisualOdometry

_VIRTUAL_BASELINE = 0.08  # m, of an RGB-D camera


class StereoOdometry(VisualOdometry):
    """Odometry from a stereo pair.

    Args:
        rectifier: of the calibrated pair.
        cfg: settings.
        noise: of the IMU, if there will be one.

    Attributes:
        pair_check: of the first pictures with enough to see.
        rectified: both pictures of the last frame, grey, as `rig` sees them; depth may use them, too.
    """

    rectified: tuple[np.ndarray, np.ndarray]

    def __init__(
        self, rectifier: Rectifier, cfg: OdometryConfig | None = None, noise: ImuNoise | None = None
    ) -> None:
        super().__init__(StereoRig.of(rectifier), cfg, noise)
        self._rectifier = rectifier
        self.pair_check: PairCheck | None = None

    def self_check(self) -> dict[str, Any]:
        """Facts that show whether calibration and units are right: `check_pair`'s, `imu_check`'s."""
        return {**({} if self.pair_check is None else asdict(self.pair_check)), **self.imu_check}

    def track(self, time: float, left: np.ndarray, right: np.ndarray) -> Estimate:
        """The pose at `time` (s) from both pictures, grey or RGB uint8, as the cameras gave them.

        Raises:
            ValueError: a picture of another size than calibrated, a time that does not rise, or first
                pictures that contradict the calibration; see `check_pair`.
        """
        stages = Stages()
        self.rig.camera.check_picture(left, f"The left picture at {time:.6f} s")
        self.rig.camera.check_picture(right, f"The right picture at {time:.6f} s")
        left, right = self.rectified = self._rectifier(to_grey(left), to_grey(right))
        if self.pair_check is None or np.isnan(self.pair_check.epipolar_px):
            self.pair_check = check_pair(left, right)
        view = StereoView(left, right, self.cfg.max_row_error, self.cfg.max_round_trip)
        stages.done("rectify")
        return self.track_view(time, view, stages)


class RgbdOdometry(VisualOdometry):
    """Odometry from a camera and its depth.

    Args:
        camera: calibrated; its distortion must be 0, as that of registered depth is.
        cfg: settings.
        noise: of the IMU, if there will be one.
    """

    def __init__(
        self, camera: Camera, cfg: OdometryConfig | None = None, noise: ImuNoise | None = None
    ) -> None:
        super().__init__(StereoRig(camera, _VIRTUAL_BASELINE), cfg, noise)

    def self_check(self) -> dict[str, Any]:
        """Facts that show whether units are right: `imu_check`."""
        return self.imu_check

    def track(self, time: float, picture: np.ndarray, depth: np.ndarray) -> Estimate:
        """The pose at `time` (s) from a picture, grey or RGB uint8, and depth (m, 0 where there is none).

        Raises:
            ValueError: a picture of another size than calibrated, or a time that does not rise.
        """
        stages = Stages()
        self.rig.camera.check_picture(picture, f"The picture at {time:.6f} s")
        self.rig.camera.check_picture(depth, f"The depth picture at {time:.6f} s")
        return self.track_view(time, DepthView(to_grey(picture), depth, self.rig), stages)
