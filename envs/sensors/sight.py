"""Which geoms a sensor on a robot can see."""

from __future__ import annotations

import mujoco

from . import ray_kernels

_NAMES = {
    int(kind): kind.name.removeprefix("mjGEOM_").lower() for kind in mujoco.mjtGeom.__members__.values()
}
_SEEN = {
    ray_kernels.PLANE,
    ray_kernels.SPHERE,
    ray_kernels.CAPSULE,
    ray_kernels.ELLIPSOID,
    ray_kernels.CYLINDER,
    ray_kernels.BOX,
}


def geoms_in_sight(model: mujoco.MjModel, carrier: int) -> list[int]:
    """Collision shapes that do not belong to the robot of body `carrier`.

    Raises:
        ValueError: one is of a kind that no ray is computed for.
    """
    own = model.body_rootid[carrier]
    found = []
    for geom in range(model.ngeom):
        collides = model.geom_contype[geom] or model.geom_conaffinity[geom]
        if not collides or model.body_rootid[model.geom_bodyid[geom]] == own != 0:
            continue
        if int(model.geom_type[geom]) not in _SEEN:
            raise ValueError(
                f"Geom '{model.geom(geom).name}' is a {_NAMES[int(model.geom_type[geom])]}; a lidar sees "
                "collision shapes that are planes, boxes, spheres, cylinders, capsules or ellipsoids."
            )
        found.append(geom)
    return found
