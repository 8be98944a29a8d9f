"""An image sensor: photons to electrons to grey levels, with shot and read noise, and automatic exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class ImagerCfg:
    """An image sensor of 8 bits, in the class of 1/3 inch machine-vision sensors.

    Attributes:
        sensitivity: electrons a second of a pixel that sees radiance 1, a white wall in full light.
        full_well: electrons at which a pixel saturates; at gain 1 they are grey level 255.
        read_noise: standard deviation in electrons.
        target: mean grey level that the exposure is controlled to.
        max_exposure: s; beyond, gain rises.
        max_gain: factor.
        rate: share of the correction, in stops, that a frame makes.
    """

    sensitivity: float = 1.6e6
    full_well: float = 10_000.0
    read_noise: float = 16.0
    target: float = 105.0
    max_exposure: float = 0.012
    max_gain: float = 8.0
    rate: float = 0.25

    def __post_init__(self) -> None:
        positive = (self.sensitivity, self.full_well, self.target, self.max_exposure, self.max_gain)
        if min(positive) <= 0 or self.read_noise < 0 or not 0 < self.rate <= 1:
            raise ValueError(f"{self} exposes nothing: all must be positive, and rate at most 1.")


@dataclass
class Exposure:
    """How long (s) and at which gain a picture is taken."""

    time: float = 0.006
    gain: float = 1.0


def electrons_of(radiance: Array, exposure: float, cfg: ImagerCfg) -> Array:
    """Expected electrons of pixels that see `radiance` for `exposure` s, without saturation."""
    return radiance * np.float32(exposure * cfg.sensitivity)


def add_noise(electrons: Array, cfg: ImagerCfg, rng: np.random.Generator) -> Array:
    """Electrons with shot noise, of variance their number, and read noise, both taken as Gaussian."""
    sigma = np.sqrt(np.maximum(electrons, 0.0) + np.float32(cfg.read_noise**2))
    return electrons + sigma * rng.standard_normal(electrons.shape, np.float32)


def digitise(electrons: Array, gain: float, cfg: ImagerCfg) -> npt.NDArray[np.uint8]:
    """Grey levels of electrons, which saturate the pixel before they are amplified."""
    levels = np.minimum(electrons, cfg.full_well) * np.float32(255.0 * gain / cfg.full_well)
    return np.clip(levels + 0.5, 0.0, 255.0).astype(np.uint8)


def next_exposure(exposure: Exposure, picture: npt.NDArray[np.uint8], cfg: ImagerCfg) -> Exposure:
    """What to expose the next picture with, so that its mean comes nearer to the target.

    Time rises first and then gain, as both cost: blur and noise.
    """
    mean = max(float(picture[::4, ::4].mean()), 1.0)
    product = exposure.time * exposure.gain * (cfg.target / mean) ** cfg.rate
    time = min(product, cfg.max_exposure)
    return Exposure(time, float(np.clip(product / time, 1.0, cfg.max_gain)))
