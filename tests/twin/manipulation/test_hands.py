"""Ways to hold a thing that lies between walls."""

from __future__ import annotations

import numpy as np
from gaitway.perception.grasp.surface import surface_of_mesh
from gaitway.perception.poses import pose_of
from gaitway.twin.bins.models import cad_model
from gaitway.twin.manipulation.hands import holds
from scipy.spatial.transform import Rotation

APART = 0.016  # m from the bottle's body to a wall: no finger fits in between
BODY = 0.16  # m of the bottle's length that the walls stand beside


def test_the_neck_of_a_bottle_between_walls_is_a_last_resort():
    model = cad_model("bottle_flat")
    bottle = surface_of_mesh(model.vertices, model.faces)
    lying = pose_of([0.5, 0.0, 0.1], Rotation.from_euler("xyz", [90, 0, 0], degrees=True).as_matrix())
    points = bottle.points @ lying[:3, :3].T + lying[:3, 3]
    low, high = points.min(axis=0), points.max(axis=0)
    # The neck ends at the smaller y.
    y, z = np.meshgrid(
        np.arange(high[1] - BODY, high[1] + 0.05, 0.004), np.arange(low[2], high[2] + 0.2, 0.004)
    )
    sides = [
        np.stack([np.full(y.size, x), y.ravel(), z.ravel()], axis=1)
        for x in (low[0] - APART, high[0] + APART)
    ]
    walls = np.concatenate(sides)
    assert not [hold for hold in holds(bottle, lying, walls) if hold.kind == "fingers"]
    found = holds(bottle, lying, walls, last_resort=True)
    assert found
    for hold in found:
        assert hold.spot[1] < high[1] - BODY + 0.03
