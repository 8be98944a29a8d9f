"""Drawings of triangle meshes by parallel rays: no perspective, so lengths can be read off them."""

# Warp types `dtype` as float, and takes each of its own types; kernels are no Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportCallIssue=false, reportIndexIssue=false
# pyright: reportInvalidTypeForm=false, reportOperatorIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import warp as wp

from .poses import Array
from .warp_setup import start_warp

_PAPER = 255
_LIGHT = (0.35, 0.25, 0.9)  # towards it, as right, up and towards the spectator
_AMBIENT = 0.35


@dataclass(frozen=True, eq=False)
class Outlook:
    """From where a drawing is made.

    Attributes:
        axes: (3, 3) rows: unit vectors to the right, up, and towards the spectator, in the world.
        middle: (3,) what is in the middle of the picture, m.
        scale: px/m.
        width, height: of the picture, px.
    """

    axes: Array
    middle: Array
    scale: float
    width: int
    height: int

    @classmethod
    def of(
        cls,
        points: Array,
        towards: npt.ArrayLike,
        up: npt.ArrayLike,
        longest: int = 1100,
        margin: float = 0.03,
    ) -> Outlook:
        """Shows all points (n, 3), seen from `towards` (3,) of them, with `up` (3,) upwards."""
        back = np.asarray(towards, float) / np.linalg.norm(towards)
        right = np.cross(up, back)
        right /= np.linalg.norm(right)
        axes = np.array([right, np.cross(back, right), back])
        seen = points @ axes.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        extent = np.maximum((high - low)[:2], 1e-6) * (1 + 2 * margin)
        scale = longest / extent.max()
        width, height = np.maximum(np.rint(extent * scale), 2).astype(int).tolist()
        return cls(axes, (low + high) / 2 @ axes, float(scale), width, height)

    def pixels(self, points: Array) -> Array:
        """Where points (n, 3) are drawn, (n, 2) in px from the upper left."""
        right, up, _ = self.axes @ (points - self.middle).T
        return np.column_stack([self.width / 2 + self.scale * right, self.height / 2 - self.scale * up])


@wp.kernel(enable_backward=False)
def _draw(
    mesh: wp.uint64,
    colours: wp.array2d(dtype=wp.float32),
    axes: wp.mat33,
    middle: wp.vec3,
    scale: float,
    reach: float,
    light: wp.vec3,
    ambient: float,
    picture: wp.array3d(dtype=wp.uint8),
):
    """Colour of the nearest triangle at each pixel, brighter the more it faces the light."""
    row, column = wp.tid()
    x = (float(column) + 0.5 - 0.5 * float(picture.shape[1])) / scale
    y = (0.5 * float(picture.shape[0]) - float(row) - 0.5) / scale
    start = middle + x * axes[0] + y * axes[1] + reach * axes[2]
    hit = wp.mesh_query_ray(mesh, start, -axes[2], 2.0 * reach)
    if not hit.result:
        return
    normal = axes * hit.normal
    if normal[2] < 0.0:
        normal = -normal
    shade = ambient + (1.0 - ambient) * wp.max(wp.dot(normal, light), 0.0)
    a = wp.mesh_get_index(mesh, 3 * hit.face)
    b = wp.mesh_get_index(mesh, 3 * hit.face + 1)
    c = wp.mesh_get_index(mesh, 3 * hit.face + 2)
    for k in range(3):
        colour = hit.u * colours[a, k] + hit.v * colours[b, k] + (1.0 - hit.u - hit.v) * colours[c, k]
        picture[row, column, k] = wp.uint8(wp.min(shade * colour, 255.0))


def draw_mesh(vertices: Array, triangles: np.ndarray, colours: np.ndarray, outlook: Outlook) -> np.ndarray:
    """RGB (height, width, 3) uint8 of a mesh on white; both sides of a triangle are drawn alike.

    Args:
        vertices: (n, 3) in m.
        triangles: (m, 3) into the vertices.
        colours: (n, 3) RGB, 0 to 255.
        outlook: from where.
    """
    start_warp()
    picture = np.full((outlook.height, outlook.width, 3), _PAPER, np.uint8)
    if not len(triangles):
        return picture
    reach = float(np.linalg.norm(vertices - outlook.middle, axis=1).max()) + 1.0
    with wp.ScopedDevice("cpu"):
        mesh = wp.Mesh(
            wp.array(np.ascontiguousarray(vertices, np.float32), dtype=wp.vec3),
            wp.array(np.ascontiguousarray(triangles, np.int32).ravel(), dtype=wp.int32),
        )
        drawn = wp.array(picture, dtype=wp.uint8)
        light = wp.normalize(wp.vec3(*_LIGHT))
        paint = wp.array(np.ascontiguousarray(colours, np.float32), dtype=wp.float32)
        axes, middle = wp.mat33(*outlook.axes.ravel().tolist()), wp.vec3(*outlook.middle.tolist())
        wp.launch(
            _draw,
            picture.shape[:2],
            [mesh.id, paint, axes, middle, outlook.scale, reach, light, _AMBIENT, drawn],
        )
        return drawn.numpy()
