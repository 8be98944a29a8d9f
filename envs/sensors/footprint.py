"""How near a robot is to everything else, as seen from above: its hull's rectangle against their outlines.

By the separating axis theorem the gap is exact where two outlines touch or overlap, and where a side faces
the other; it is less than the distance between two corners.
"""

from __future__ import annotations

import mujoco
import torch
import warp as wp

from ..warp_setup import start_warp
from ..world import World
from . import footprint_kernel
from .ray_kernels import BOX, CYLINDER
from .sight import geoms_in_sight
from .streams import stream_of


class Footprint:
    """Watches the gap between a robot's hull and all upright boxes and cylinders that are not its own.

    Of other robots, boxes count.

    Raises:
        ValueError: there is no geom of that name, or it is no box.
    """

    def __init__(self, model: mujoco.MjModel, world: World, hull: str = "hull") -> None:
        start_warp()
        names = [model.geom(i).name for i in range(model.ngeom)]
        if hull not in names or int(model.geom_type[names.index(hull)]) != BOX:
            raise ValueError(f"The robot has no box '{hull}', whose outline its clearance is measured from.")
        hull_geom = names.index(hull)
        moves = model.body_treeid[model.geom_bodyid] >= 0
        geoms = [
            geom
            for geom in geoms_in_sight(model, int(model.geom_bodyid[hull_geom]))
            if model.geom_type[geom] == BOX or (model.geom_type[geom] == CYLINDER and not moves[geom])
        ]

        geoms = [hull_geom, *geoms]
        count = world.num_worlds

        def constant(values: object, dtype: torch.dtype) -> torch.Tensor:
            return torch.as_tensor(values, dtype=dtype).to(world.device).contiguous()

        self._geoms = constant(geoms, torch.long)
        kinds, sizes = (
            constant(model.geom_type[geoms], torch.int32),
            constant(model.geom_size[geoms], torch.float32),
        )
        self._views = world.view("geom_xpos"), world.view("geom_xmat")
        self._positions = torch.zeros(count, len(geoms), 3, device=world.device)
        self._rotations = torch.zeros(count, len(geoms), 3, 3, device=world.device)
        self._clearance = torch.zeros(count, device=world.device)
        self._inputs = [
            wp.from_torch(kinds),
            wp.from_torch(sizes, dtype=wp.vec3),
            wp.from_torch(self._positions, dtype=wp.vec3),
            wp.from_torch(self._rotations, dtype=wp.mat33),
            wp.from_torch(self._clearance),
        ]

    def clearance(self) -> torch.Tensor:
        """Gap to the nearest in m, (num_worlds,); negative where outlines overlap; read-only."""
        positions, rotations = (view[:, self._geoms] for view in self._views)
        self._positions.copy_(positions)
        self._rotations.copy_(rotations.reshape(self._rotations.shape))
        device = self._clearance.device
        wp.launch(
            footprint_kernel.clearance,
            dim=len(self._clearance),
            inputs=self._inputs,
            device=wp.device_from_torch(device),
            stream=stream_of(device),
        )
        return self._clearance
