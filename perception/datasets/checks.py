"""Tells calibrations and IMUs in wrong units, and swapped cameras, by what cannot be otherwise."""

from __future__ import annotations

import warnings

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array, inverse, rotation_log
from ..recording import ImuSamples
from ..trajectory import Trajectory

STANDARD_GRAVITY = 9.80665
DEGREES = 180.0 / np.pi


def warn(sentence: str) -> None:
    """Say what was assumed, and go on."""
    warnings.warn(sentence, stacklevel=3)


def make_camera(
    source: object, width: int, height: int, intrinsics: tuple[float, ...], **rest: object
) -> Camera:
    """The camera with intrinsics fx, fy, cx, cy that `source` says are in pixels.

    Raises:
        ValueError: they cannot be in pixels of this size; naming the source.
    """
    fx, fy, cx, cy = intrinsics
    if 0 < fx < 0.1 * width or 0 < fy < 0.1 * height:
        unit = "fractions of the picture" if cx <= 1 and cy <= 1 else "mm or m"
        raise ValueError(
            f"{source}: focal lengths {fx:g}, {fy:g} for pictures of {width} x {height} px look like {unit}; "
            "give them in pixels."
        )
    try:
        return Camera(width, height, fx, fy, cx, cy, **rest)  # pyright: ignore[reportArgumentType]
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def check_stereo(left: Camera, right: Camera, source: object) -> None:
    """Refuse a pair whose right camera is not on the right, or is so far away that it must be in mm.

    Raises:
        ValueError: naming the source.
    """
    offset = (inverse(left.body_from_camera) @ right.body_from_camera)[:3, 3]
    if offset[0] <= 0:
        raise ValueError(
            f"{source}: the right camera lies {-offset[0]:.3g} m to the left of the left one; "
            "swap them, or give body-from-camera poses and not their inverses."
        )
    if np.linalg.norm(offset) > 5.0:
        raise ValueError(
            f"{source}: the cameras are {np.linalg.norm(offset):.3g} m apart, which looks like mm; give m."
        )


def check_pictures(left: np.ndarray, right: np.ndarray, source: object) -> None:
    """Refuse rectified pictures of a pair that are swapped, and warn if their rows do not agree.

    Says nothing where fewer than 30 points can be matched.

    Raises:
        ValueError: things far away would be to the left in the right picture; naming the source.
    """
    shift = _matches(_grey(left), _grey(right))
    if len(shift) < 30:
        return
    rows = np.abs(shift[:, 1]) < 3
    # A swapped pair rectifies badly as well: count on either side instead of asking for rows first.
    if np.median(shift[rows, 0] if rows.sum() >= 30 else shift[:, 0]) > 1.0:
        raise ValueError(
            f"{source}: points lie further right in the right picture than in the left one, so the "
            "pictures of the two cameras are swapped; exchange them."
        )
    if (offset := float(np.median(np.abs(shift[:, 1])))) > 2.0:
        warn(
            f"{source}: after rectification a point's rows in the two pictures differ by "
            f"{offset:.1f} px (median); they should agree. Check the calibration, "
            "and that the pictures were taken at one time."
        )


def _grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture


def _matches(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n, 2) right minus left pixel of features that are each other's clear best match."""
    orb = cv2.ORB.create(800)
    (points, words), (others, other_words) = (
        orb.detectAndCompute(picture, None)  # pyright: ignore[reportCallIssue, reportArgumentType]
        for picture in (left, right)
    )
    if words is None or other_words is None:
        return np.zeros((0, 2))
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, other_words)
    good = [pair for pair in pairs if pair.distance < 40]
    shift = [np.subtract(others[pair.trainIdx].pt, points[pair.queryIdx].pt) for pair in good]
    return np.array(shift).reshape(-1, 2)


def checked_imu(samples: ImuSamples, truth: Trajectory | None, source: object) -> ImuSamples:
    """The samples in rad/s and m/s2; if they clearly are in degrees or g, converted with a warning.

    Raises:
        ValueError: specific force near 0, so that gravity was removed; naming the source.
    """
    force = float(np.median(np.linalg.norm(samples.accel, axis=1)))
    if 0.85 < force < 1.15:
        warn(f"{source}: specific force is {force:.2f} (median), so it is taken to be in g and converted.")
        samples = ImuSamples(samples.times, samples.gyro, samples.accel * STANDARD_GRAVITY)
    elif force < 3.0:
        raise ValueError(
            f"{source}: specific force is {force:.2g} m/s2 (median); a resting accelerometer measures 9.81. "
            "Was gravity removed? Record the raw sensor."
        )
    elif not 8.0 < force < 12.0:
        warn(f"{source}: specific force is {force:.3g} m/s2 (median), far from 9.81; check its unit.")
    if _in_degrees(samples, truth):
        warn(f"{source}: rates of turning are {DEGREES:.1f} times too large; they are taken to be in deg/s.")
        samples = ImuSamples(samples.times, samples.gyro / DEGREES, samples.accel)
    elif (rate := float(np.quantile(np.linalg.norm(samples.gyro, axis=1), 0.9))) > 10.0:
        warn(f"{source}: a tenth of the rates of turning is above {rate:.3g} rad/s; are they in deg/s?")
    return samples


def _in_degrees(samples: ImuSamples, truth: Trajectory | None) -> bool:
    """Whether the gyroscope turns as the truth or, without one, gravity does, but about 57 times as much."""
    measured, seen = _turns_by_truth(samples, truth) if truth else _turns_by_gravity(samples)
    square, product = float((measured**2).sum()), float((measured * seen).sum())
    if np.linalg.norm(measured, axis=1).sum() < 1.0 or not seen.any():
        return False  # it hardly turned
    # A bias turns too, and noise of the accelerometer tilts; but they do not go together.
    alike = product / np.sqrt(square * float((seen**2).sum()))
    return bool(alike > 0.8 and 25.0 < square / product < 120.0)


def _turns_by_truth(samples: ImuSamples, truth: Trajectory) -> tuple[Array, Array]:
    """Rotation vectors (n, 3) over steps of 0.2 s: by the gyroscope, and in truth."""
    edges = np.arange(max(samples.times[0], truth.times[0]), min(samples.times[-1], truth.times[-1]), 0.2)
    if len(edges) < 2:
        return np.zeros((1, 3)), np.zeros((1, 3))
    rotation = truth.at(edges)[:, :3, :3]
    return _integrated(samples, edges), rotation_log(np.swapaxes(rotation[:-1], 1, 2) @ rotation[1:])


def _turns_by_gravity(samples: ImuSamples) -> tuple[Array, Array]:
    """How "up" moves in the body (n, 3) over steps of 1 s: by the gyroscope, and by the measured force."""
    edges = np.arange(samples.times[0], samples.times[-1], 1.0)
    if len(edges) < 4:
        return np.zeros((1, 3)), np.zeros((1, 3))
    bins = np.searchsorted(edges, samples.times, side="right") - 1
    force = np.stack([np.bincount(bins, samples.accel[:, k], len(edges)) for k in range(3)], axis=1)
    up = force / np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-12)
    # The force of a bin is that of its middle.
    turns = _integrated(samples, edges[:-1] + 0.5)
    middle = up[:-2] + up[1:-1]
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
    return np.cross(middle, turns), up[1:-1] - up[:-2]


def _integrated(samples: ImuSamples, edges: Array) -> Array:
    """Integrals (n, 3) of the rates between edges (n + 1,), rad."""
    integral = np.zeros((len(samples.times), 3))
    steps = np.diff(samples.times)[:, None] * (samples.gyro[:-1] + samples.gyro[1:]) / 2
    integral[1:] = np.cumsum(steps, axis=0)
    at = np.stack([np.interp(edges, samples.times, integral[:, k]) for k in range(3)], axis=1)
    return np.diff(at, axis=0)
