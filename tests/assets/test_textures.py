"""Textures: the same every time, seamless, as bright as their materials, and with something to see."""

from __future__ import annotations

import io

import numpy as np
import pytest
from gaitway.assets.textures.surfaces import CARTON_COLORS, GREY, MEAN, SIZE, pixels, png
from PIL import Image

NAMES = [*GREY, *CARTON_COLORS]


@pytest.fixture(scope="module")
def textures() -> dict[str, np.ndarray]:
    return {name: pixels(name).astype(float) for name in NAMES}


def test_a_file_holds_the_pixels_and_a_seed_gives_them_again():
    assert png("wood") == png.__wrapped__("wood")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png("wood")))), pixels("wood"))
    assert (pixels("wood", seed=1) != pixels("wood")).mean() > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_seam_where_it_repeats(textures, name):
    """The step from the last column to the first is like that between others; so with rows."""
    picture = textures[name]
    for axis in (0, 1):
        steps = np.abs(np.diff(np.concatenate([picture, np.take(picture, [0], axis)], axis), axis=axis))
        steps = steps.mean(axis=tuple(k for k in range(picture.ndim) if k != axis))
        assert steps[-1] <= np.sort(steps)[-20:].max()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_bright_as_its_material(textures, name):
    mean = textures[name].reshape(SIZE * SIZE, -1).mean(0) / 255
    if name in GREY:
        assert mean == pytest.approx(MEAN, abs=0.01)
    else:
        np.testing.assert_allclose(mean, CARTON_COLORS[name], rtol=0.12)


@pytest.mark.parametrize("name", NAMES)
def test_corners_can_be_found_on_it(textures, name):
    """Seen from 2 m by a camera of 320 px focal length, of which two metres are 320 px."""
    import cv2

    grey = textures[name] if textures[name].ndim == 2 else textures[name].mean(axis=2)
    seen = cv2.resize(grey.astype(np.uint8), (320, 320), interpolation=cv2.INTER_AREA)
    assert len(cv2.FastFeatureDetector_create(10).detect(seen)) > 100


def test_an_unknown_texture_is_refused():
    with pytest.raises(ValueError, match="marble"):
        pixels("marble")
