"""Simulated bins: what the ray tracer shows of an object is what its mesh, drawn at its true pose, would."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.pose.shape import DeviceShape
from gaitway.twin.bins.drop import BIN, drop
from gaitway.twin.bins.models import cad_model
from gaitway.twin.bins.view import add_depth_noise, look_into, noisy_mask

NAMES = ("carton_small", "mug", "bracket_l")


@pytest.fixture(scope="module")
def scene():
    return drop(NAMES, seed=1)


def test_objects_lie_in_the_bin(scene):
    assert scene.names == NAMES
    inside = np.abs(scene.poses[:, :2, 3]) < np.array(BIN[:2]) / 2
    assert inside.all()
    assert (scene.poses[:, 2, 3] > 0.01).all() and (scene.poses[:, 2, 3] < 0.2).all()
    assert drop(NAMES, seed=1).poses.tobytes() == scene.poses.tobytes()


def test_depth_and_masks_are_those_of_the_true_poses(scene):
    shapes = {name: DeviceShape(cad_model(name)) for name in NAMES}
    view = look_into(scene, shapes, np.random.default_rng(0))
    for k, name in enumerate(NAMES):
        mask = view.instances == k
        if mask.sum() < 200:
            continue
        drawn = shapes[name].draw(view.camera, view.poses[k : k + 1])[0]
        both = mask & (drawn > 0) & (view.depth > 0)
        assert both.sum() > 0.85 * mask.sum(), name
        assert abs(np.median(drawn[both] - view.depth[both])) < 5e-4, name
        assert 0 < view.visible[k] <= 1.02
        rim = noisy_mask(view.instances, k, np.random.default_rng(0))
        assert 0.85 < (rim & mask).sum() / (rim | mask).sum() < 1


def test_noise_is_as_published():
    depth = np.full((400, 400), 0.9, np.float32)
    noisy = add_depth_noise(depth, np.random.default_rng(0))
    seen = noisy > 0
    assert seen.mean() == pytest.approx(0.98, abs=0.005)
    assert noisy[seen].std() == pytest.approx(0.0012 + 0.0019 * 0.25, rel=0.03)
    np.testing.assert_allclose(noisy * 1000, np.round(noisy * 1000), atol=1e-3)
