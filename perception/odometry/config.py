"""What odometry can be told, with the values that suit 640 x 480 px at 20-30 Hz."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OdometryConfig:
    """Settings of visual odometry.

    Attributes:
        features: points followed at once.
        pixel_sigma: standard deviation of a tracked coordinate, px; it scales every covariance.
        max_round_trip: how far a point followed forward and back may end from its start, px.
        max_row_error: between a point's rows in the left and the rectified right picture, px.
        max_residual: reprojection error above which a point is an outlier, px.
        min_ok, min_degraded: points that fit the pose at which it is called OK, and DEGRADED; below: LOST.
        max_sigma_m, max_sigma_rad: standard deviations of a frame's motion above which it is DEGRADED.
        keyframe_share: a keyframe is taken when a smaller share of the last one's points is left,
        keyframe_parallax: or when points have moved by this share of the picture's width.
        window: keyframes that are optimised together.
        background: optimise in a second thread, as a robot should; without, results repeat to the last bit.
        max_prediction: seconds for which a lost robot's motion is predicted; then it is held to stand still.
        patience: seconds of usable pictures in which a lost robot looks for a place it knows, before it
            starts anew.
    """

    features: int = 300
    pixel_sigma: float = 0.5
    max_round_trip: float = 0.5
    max_row_error: float = 1.0
    max_residual: float = 3.0
    min_ok: int = 30
    min_degraded: int = 12
    max_sigma_m: float = 0.05
    max_sigma_rad: float = 0.02
    keyframe_share: float = 0.7
    keyframe_parallax: float = 0.08
    window: int = 8
    background: bool = True
    max_prediction: float = 2.0
    patience: float = 0.5
