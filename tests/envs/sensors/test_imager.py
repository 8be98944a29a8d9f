"""Image noise against closed forms of its statistics."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.envs.sensors.imager import (
    Exposure,
    ImagerCfg,
    add_noise,
    digitise,
    electrons_of,
    next_exposure,
)

CFG = ImagerCfg(read_noise=12.0)


@pytest.mark.parametrize("electrons", [0.0, 100.0, 2000.0, 8000.0])
def test_variance_is_that_of_photons_and_of_reading(electrons):
    noisy = add_noise(np.full((400, 500), electrons, np.float32), CFG, np.random.default_rng(0))
    expected = electrons + CFG.read_noise**2
    # The variance of a variance of n normal samples is 2 sigma^4 / n: this is five times that.
    assert noisy.var() == pytest.approx(expected, rel=5 * np.sqrt(2 / noisy.size))
    assert noisy.mean() == pytest.approx(electrons, abs=5 * np.sqrt(expected / noisy.size))


def test_gain_amplifies_noise_and_not_what_saturated():
    electrons = np.full((300, 300), 1000.0, np.float32)
    noisy = add_noise(electrons, CFG, np.random.default_rng(0))
    single, fourfold = (digitise(noisy, gain, CFG).astype(float) for gain in (1.0, 4.0))
    levels = 255 * 4 / CFG.full_well
    # Rounding to whole grey levels adds 1 / 12.
    assert fourfold.var() == pytest.approx(noisy.var() * levels**2 + 1 / 12, rel=0.03)
    assert fourfold.mean() == pytest.approx(4 * single.mean(), rel=0.01)
    assert digitise(np.array([30_000.0], np.float32), 0.5, CFG)[0] == 128


def test_exposure_settles_on_the_target_by_time_first_and_then_by_gain():
    for radiance, dark in ((0.6, False), (0.02, True)):
        exposure = Exposure()
        wall, level = np.full((64, 64), radiance, np.float32), 0.0
        for _ in range(60):
            picture = digitise(electrons_of(wall, exposure.time, CFG), exposure.gain, CFG)
            exposure, level = next_exposure(exposure, picture, CFG), picture.mean()
        if dark:
            assert exposure.time == CFG.max_exposure and exposure.gain == CFG.max_gain
            assert level < CFG.target
        else:
            assert exposure.gain == 1.0
            assert level == pytest.approx(CFG.target, abs=2)


def test_settings_that_expose_nothing_are_refused():
    with pytest.raises(ValueError, match="exposes nothing"):
        ImagerCfg(full_well=0.0)
