"""Draws one world from a moving camera: exact depth and segmentation, textured radiance, fast on a CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import warp as wp

from ..warp_setup import start_warp
from . import tile_kernels
from .lens import Pinhole
from .surface_kernels import shade_colour, shade_grey
from .surface_textures import colour_type, surfaces_of, vectors

Array = npt.NDArray[np.floating]
_DRAWN_GROUPS = (0, 1, 2)  # 3 and up hold collision shapes
_ENDLESS = 500.0  # m; half size of a plane without one
_Kind = mujoco.mjtGeom
_PRIMITIVES = (
    _Kind.mjGEOM_PLANE,
    _Kind.mjGEOM_SPHERE,
    _Kind.mjGEOM_CAPSULE,
    _Kind.mjGEOM_ELLIPSOID,
    _Kind.mjGEOM_CYLINDER,
    _Kind.mjGEOM_BOX,
)


Vec3 = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Light without shadows; by default that of a hall with many lamps.

    Attributes:
        ambient: colour of what comes from everywhere; a white surface in light of 1 has radiance 1.
        above: of what comes straight down.
        side: of what comes from `direction`, a vector of length 1 in the world.
        background: radiance where nothing is.
    """

    ambient: Vec3 = (0.42, 0.42, 0.42)
    above: Vec3 = (0.38, 0.38, 0.38)
    side: Vec3 = (0.22, 0.22, 0.22)
    direction: Vec3 = (0.6202, -0.7442, 0.2481)
    background: Vec3 = (0.55, 0.58, 0.62)


HALL = Light()


class TileTracer:
    """Draws the visible geoms (groups 0-2, not transparent) of a model.

    Args:
        model: compiled with what is only drawn.
        lens: of the pictures.
        channels: 1 for grey, 3 for RGB.
        device: Warp device.

    Attributes:
        depth: (height, width) float32 along the optical axis in m, 0 where nothing is, of the last picture.
        seen: (height, width) int32, geom of the model, -1 for none.
        radiance: (height, width, channels) float32, linear; 1 is a white wall in full light.

    Raises:
        ValueError: `channels` is neither, or a visible geom is of a kind that cannot be drawn.
    """

    def __init__(
        self, model: mujoco.MjModel, lens: Pinhole, channels: int = 1, *, device: str = "cpu"
    ) -> None:
        if channels not in (1, 3):
            raise ValueError(f"A picture of {channels} channels cannot be drawn; 1 is grey, 3 is RGB.")
        start_warp()
        self.lens, self.channels = lens, channels
        self._drawn = np.flatnonzero(np.isin(model.geom_group, _DRAWN_GROUPS) & (model.geom_rgba[:, 3] > 0))
        self._device = wp.get_device(device)
        with wp.ScopedDevice(self._device):
            self._meshes: list[wp.Mesh] = []
            self._geoms = self._geoms_of(model)
            self._surfaces = surfaces_of(model, self._drawn, channels)
            count, shape = len(self._drawn), (lens.height, lens.width)
            self._sight = tile_kernels.Sight()
            self._sight.eye = wp.zeros(count, dtype=wp.vec3)
            self._sight.turn = wp.zeros(count, dtype=wp.mat33)
            self._sight.bounds = wp.zeros(count, dtype=wp.vec4i)
            self._sight.near = wp.zeros(count, dtype=float)
            self._depth, self._seen = wp.zeros(shape, dtype=float), wp.zeros(shape, dtype=int)
            self._radiance = wp.zeros(shape, dtype=colour_type(channels))
        self._ids = np.append(self._drawn, -1).astype(np.int32)

    @property
    def depth(self) -> Array:
        """See the class."""
        return np.asarray(self._depth.numpy(), np.float32)

    @property
    def seen(self) -> npt.NDArray[np.int32]:
        """See the class."""
        return self._ids[np.asarray(self._seen.numpy(), np.int32)]

    @property
    def radiance(self) -> Array:
        """See the class."""
        return np.asarray(self._radiance.numpy(), np.float32)

    def draw(
        self,
        geom_xpos: Array,
        geom_xmat: Array,
        world_from_camera: Array,
        rows: tuple[int, int] | None = None,
        light: Light | None = HALL,
    ) -> None:
        """Draw the `rows` (first, end; all of them by default) of a picture.

        Args:
            geom_xpos, geom_xmat: (ngeom, 3) in m and (ngeom, 9), where all geoms of the model are.
            world_from_camera: (4, 4) pose of the optical frame: x right, y down, z forward.
            light: None to leave the radiance as it is, if depth and segmentation are all that is wanted.
        """
        first, end = rows or (0, self.lens.height)
        geoms, sight = self._geoms, self._sight
        with wp.ScopedDevice(self._device):
            # Relative to the eye, so that float32 is exact to micrometres wherever in a hall it is.
            geoms.position.assign((geom_xpos[self._drawn] - world_from_camera[:3, 3]).astype(np.float32))
            geoms.rotation.assign(geom_xmat[self._drawn].reshape(-1, 3, 3).astype(np.float32))
            view = self._view(world_from_camera, first, end)
            wp.launch(tile_kernels.place, dim=len(self._drawn), inputs=[geoms, view, sight])
            near = np.asarray(sight.near.numpy(), np.float32)
            order = np.argsort(near, kind="stable")[: np.count_nonzero(near < tile_kernels.MISS)]
            tile = int(tile_kernels.TILE)
            across, down = -(-self.lens.width // tile), -(-(end - first) // tile)
            wp.launch(
                tile_kernels.trace,
                dim=across * down,
                inputs=[geoms, view, sight, wp.array(order, dtype=int), across],
                outputs=[self._depth, self._seen],
            )
        self._drawn_view = view
        if light:
            self.shade(light)

    def shade(self, light: Light) -> None:
        """Give the rows drawn last the colours they have in another light."""
        view, colours = self._drawn_view, (light.ambient, light.above, light.side, light.background)
        with wp.ScopedDevice(self._device):
            lights = [vectors(colours, self.channels), wp.vec3(*light.direction)]
            wp.launch(
                shade_colour if self.channels == 3 else shade_grey,
                dim=(view.end_row - view.first_row, -(-self.lens.width // int(tile_kernels.TILE))),
                inputs=[self._geoms, view, self._sight, *self._surfaces, *lights, self._depth, self._seen],
                outputs=[self._radiance],
            )

    def _view(self, world_from_camera: Array, first: int, end: int) -> Any:
        view, lens = tile_kernels.View(), self.lens
        view.eye = wp.vec3(0.0, 0.0, 0.0)
        view.turn = wp.mat33(*world_from_camera[:3, :3].ravel().tolist())
        view.fx, view.fy, view.cx, view.cy = lens.fx, lens.fy, lens.cx, lens.cy
        view.width, view.first_row, view.end_row = lens.width, first, end
        return view

    def _geoms_of(self, model: mujoco.MjModel) -> Any:
        kinds, ids = model.geom_type[self._drawn], self._drawn
        known = np.isin(kinds, [*map(int, _PRIMITIVES), int(_Kind.mjGEOM_MESH)])
        if not known.all():
            geom = ids[np.flatnonzero(~known)[0]]
            raise ValueError(
                f"Geom '{model.geom(geom).name}' is of kind {_Kind(model.geom_type[geom]).name}; this camera "
                "draws planes, boxes, spheres, cylinders, capsules, ellipsoids and meshes."
            )
        middle, half = _bounds(model, ids)
        meshes = {}
        for mesh in np.unique(model.geom_dataid[ids[kinds == _Kind.mjGEOM_MESH]]).tolist():
            meshes[mesh] = _mesh(model, mesh)
        self._meshes = list(meshes.values())
        geoms = tile_kernels.Geoms()
        geoms.kind = wp.array(kinds, dtype=int)
        geoms.size = wp.array(model.geom_size[ids], dtype=wp.vec3)
        geoms.position = wp.zeros(len(ids), dtype=wp.vec3)
        geoms.rotation = wp.zeros(len(ids), dtype=wp.mat33)
        geoms.middle, geoms.half = wp.array(middle, dtype=wp.vec3), wp.array(half, dtype=wp.vec3)
        geoms.mesh = wp.array(
            [
                meshes[mesh].id if kind == _Kind.mjGEOM_MESH else 0
                for kind, mesh in zip(kinds.tolist(), model.geom_dataid[ids].tolist(), strict=True)
            ],
            dtype=wp.uint64,
        )
        return geoms


def _bounds(model: mujoco.MjModel, ids: npt.NDArray[np.intp]) -> tuple[Array, Array]:
    """Middles and half sizes (n, 3) in m of boxes around geoms, in the geoms' frames."""
    aabb = model.geom_aabb[ids].astype(np.float32)
    middle, half = aabb[:, :3], aabb[:, 3:]
    planes = model.geom_type[ids] == _Kind.mjGEOM_PLANE
    size = model.geom_size[ids[planes]]
    middle[planes] = 0.0
    half[planes] = np.column_stack([np.where(size[:, :2] > 0, size[:, :2], _ENDLESS), np.zeros(len(size))])
    return middle, half


def _mesh(model: mujoco.MjModel, mesh: int) -> wp.Mesh:
    vertices = model.mesh_vert[model.mesh_vertadr[mesh] :][: model.mesh_vertnum[mesh]]
    faces = model.mesh_face[model.mesh_faceadr[mesh] :][: model.mesh_facenum[mesh]]
    return wp.Mesh(wp.array(vertices, dtype=wp.vec3), wp.array(faces.ravel(), dtype=int))
