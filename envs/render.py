"""Pictures of a model by ray tracing: no OpenGL, no display, the same code on CPU and CUDA."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import mujoco
import mujoco_warp as mjw
import numpy as np
import warp as wp

from .finish import finish_rows
from .warp_setup import start_warp

# What the ray tracer reads of a model. Copying only this, instead of `put_model`, spares the pairwise
# collision tables: 40 s for the 16 000 boxes of a warehouse.
_GEOMETRY = ("geom_type", "geom_dataid", "geom_matid", "geom_size", "geom_rgba")
_MESHES = ("mesh_faceadr", "mesh_normaladr", "mesh_normal")
_MATERIALS = (
    "mat_rgba",
    "mat_texid",
    "mat_texuniform",
    "mat_texrepeat",
    "mat_emission",
    "mat_specular",
    "mat_shininess",
)
_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
# A geom of this colour has its material's, which tints its texture.
_UNSET = np.array([0.5, 0.5, 0.5, 1.0], np.float32)
# Geom groups 3 and up hold collision shapes, as in MuJoCo's viewer.
_DRAWN_GROUPS = [0, 1, 2]

# A studio: a key light that casts shadows, a fill light from the other side, and ambient light. A warehouse
# stage has hundreds of lamps, each of which would cost a shadow ray per pixel.
_LIGHT_DIRECTIONS = ((-0.28, 0.24, -0.93), (0.55, -0.60, -0.58))
_LIGHT_DIFFUSE = ((0.70,) * 3, (0.28,) * 3)
_LIGHT_SPECULAR = ((0.10,) * 3, (0.0,) * 3)
_AMBIENT = (0.46, 0.46, 0.47)
_SHADOWED_FRACTION = 0.35

_BANDS_PER_THREAD = 4


class _Band(NamedTuple):
    """Some rows of the picture, traced by one launch."""

    context: mjw.RenderContext
    first_row: int
    rows: int


class RayTracer:
    """Renders a model from a free camera or one of the model's own.

    The scene is lit by the renderer; the model's lights are not used. Geoms of groups 0-2 are drawn, opaque
    or (alpha 0) not at all.

    Args:
        model: the compiled model.
        width, height: picture size in pixels.
        fovy: vertical field of view in rad.
        supersample: rays per pixel edge; 2 gives smooth edges at four times the cost.
        device: Warp device, `cpu` or `cuda`.
        threads: bands of the picture traced at a time on `cpu`.

    Raises:
        ValueError: a size or the field of view is not positive, or the model has flexes.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int = 640,
        height: int = 360,
        *,
        fovy: float = math.radians(45),
        supersample: int = 1,
        device: str = "cpu",
        threads: int = 2,
    ) -> None:
        if min(width, height, supersample, threads) < 1 or not 0 < fovy < math.pi:
            raise ValueError(
                f"A picture of {width}x{height} pixels, {supersample} rays per edge and {fovy:g} rad field "
                "of view cannot be drawn; all must be positive and the field of view below pi."
            )
        if model.nflex:
            raise ValueError(
                f"The model has {model.nflex} flexes (soft bodies); the ray tracer draws rigid geoms."
            )
        start_warp()
        self.model = model
        self.width, self.height, self.supersample = width, height, supersample
        self._grid = (height * supersample, width * supersample)  # of rays
        self._device = wp.get_device(device)
        self._data = mujoco.MjData(model)
        self._threads = 1 if self._device.is_cuda else threads
        with wp.ScopedDevice(self._device):
            self._scene = scene_of(model)
            self._state = mjw.make_data(mujoco.MjModel.from_xml_string("<mujoco/>"))
            self._place_lights()
            self._context = self._whole_context()
            self._is_floor = wp.array(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE, dtype=int)
            self._picture = wp.zeros((height, width, 3), dtype=wp.uint8)
            self._bands = self._split_into_bands()
        self.look_at((3.0, -3.0, 2.0), (0.0, 0.0, 0.5), fovy)

    def look_at(
        self,
        eye: tuple[float, float, float] | np.ndarray,
        target: tuple[float, float, float] | np.ndarray,
        fovy: float | None = None,
    ) -> None:
        """Put the camera at `eye` (3,) facing `target` (3,), in m in the world, with world Z upwards."""
        eye, target = np.asarray(eye, dtype=float), np.asarray(target, dtype=float)
        back = (eye - target) / np.linalg.norm(eye - target)
        # Straight down, "up" in the picture is +Y, as on a map.
        up = np.array([0.0, 1.0, 0.0]) if abs(back[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
        right = np.cross(up, back)
        right /= np.linalg.norm(right)
        self._place_camera(eye, np.column_stack((right, np.cross(back, right), back)), fovy)

    def use_camera(self, name: str, qpos: np.ndarray) -> None:
        """Take pose and field of view of the model's camera `name` in state `qpos` (nq,).

        Raises:
            ValueError: there is no such camera.
        """
        names = [self.model.camera(i).name for i in range(self.model.ncam)]
        if name not in names:
            raise ValueError(f"The model has no camera '{name}'; it has {', '.join(names) or 'none'}.")
        camera = names.index(name)
        self._move(qpos)
        mujoco.mj_camlight(self.model, self._data)
        rotation = self._data.cam_xmat[camera].reshape(3, 3)
        self._place_camera(self._data.cam_xpos[camera], rotation, math.radians(self.model.cam_fovy[camera]))

    def place_mocap(self, pos: np.ndarray, quat: np.ndarray) -> None:
        """Put the mocap bodies at `pos` (nmocap, 3) in m, `quat` (nmocap, 4) in the pictures to come."""
        self._data.mocap_pos[:], self._data.mocap_quat[:] = pos, quat

    def render(self, qpos: np.ndarray) -> np.ndarray:
        """Picture of state `qpos` (nq,), uint8 (height, width, 3)."""
        self._trace(qpos)
        return self._picture.numpy().copy()

    def render_depth(self, qpos: np.ndarray) -> np.ndarray:
        """Depth along the optical axis in m of state `qpos` (nq,), float32 (height, width); 0: nothing hit.

        With `supersample`, of the upper left ray of a pixel: depth must not be averaged over an edge.
        """
        self._trace(qpos)
        return (
            self._context.depth_data.numpy()
            .reshape(self._grid)[:: self.supersample, :: self.supersample]
            .copy()
        )

    def render_all(self, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Picture, depth and geom ids, int32 (height, width), -1 for none, of state `qpos` by one trace.

        Depth and ids are as `render_depth` has them.
        """
        self._trace(qpos)
        step = self.supersample
        depth = self._context.depth_data.numpy().reshape(self._grid)[::step, ::step]
        geoms = self._context.seg_data.numpy()[0, :, 0].reshape(self._grid)[::step, ::step]
        return self._picture.numpy().copy(), depth.copy(), geoms.copy()

    def _trace(self, qpos: np.ndarray) -> None:
        self._move(qpos)
        with wp.ScopedDevice(self._device):
            # Relative to the eye, so that float32 is exact to micrometres wherever in the hall it stands.
            self._state.geom_xpos.assign((self._data.geom_xpos - self._eye)[None].astype(np.float32))
            self._state.geom_xmat.assign(self._data.geom_xmat.reshape(1, -1, 3, 3).astype(np.float32))
            mjw.refit_bvh(self._scene, self._state, self._context)
            first, *others = self._bands
            self._trace_band(first)
            for band in others:
                band.context._megakernel = first.context._megakernel
            # A Warp launch on the CPU runs on the calling thread and leaves Python's lock.
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(self._trace_band, others))

    def _trace_band(self, band: _Band) -> None:
        mjw.render(self._scene, self._state, band.context)
        whole = self._context
        wp.launch(
            finish_rows,
            dim=(band.rows, self.width),
            inputs=[
                band.first_row,
                self.supersample,
                *(
                    array.reshape(self._grid)
                    for array in (whole.rgb_data, whole.depth_data, whole.seg_data, whole.ray)
                ),
                self._is_floor,
                wp.vec3(*self._eye),
                wp.mat33(*self._rotation.ravel()),
            ],
            outputs=[self._picture],
        )

    def _move(self, qpos: np.ndarray) -> None:
        self._data.qpos[:] = np.asarray(qpos)
        mujoco.mj_kinematics(self.model, self._data)

    def _whole_context(self) -> mjw.RenderContext:
        """The scene with one camera and one picture, both ours."""
        rays = self._grid[0] * self._grid[1]
        one = wp.zeros(1, dtype=int)
        return replace(
            mjw.create_render_context(
                self.model, cam_active=[], use_shadows=True, enabled_geom_groups=_DRAWN_GROUPS
            ),
            nrender=1,
            cam_res=wp.array([self._grid[::-1]], dtype=wp.vec2i),
            cam_id_map=one,
            ray=wp.zeros(rays, dtype=wp.vec3),
            ray_offset=wp.zeros(rays, dtype=wp.vec3),
            rgb_data=wp.zeros((1, rays), dtype=wp.uint32),
            depth_data=wp.zeros((1, rays), dtype=float),
            seg_data=wp.zeros((1, rays), dtype=wp.vec2i),
            rgb_adr=one,
            depth_adr=one,
            seg_adr=one,
            render_rgb=wp.ones(1, dtype=bool),
            render_depth=wp.ones(1, dtype=bool),
            render_seg=wp.ones(1, dtype=bool),
            total_rays=rays,
            # Constants of the kernel: the same for every scene, so that fewer kernels are compiled.
            znear=0.001,
            zfar=0.0,
            headlight_active=False,
            light_attenuation_is_default=True,
            has_spot_lights=False,
            shadow_light_fraction=_SHADOWED_FRACTION,
        )

    def _split_into_bands(self) -> list[_Band]:
        """Contexts that share the scene and the picture, each for some of the rows."""
        whole, count = self._context, self._threads * _BANDS_PER_THREAD if self._threads > 1 else 1
        edges = np.linspace(0, self.height, min(count, self.height) + 1).astype(int).tolist()
        bands = []
        for first_row, end in pairwise(edges):
            rays = slice(*(row * self.supersample * self._grid[1] for row in (first_row, end)))
            context = replace(
                whole,
                ray=whole.ray[rays],
                ray_offset=whole.ray_offset[rays],
                rgb_data=whole.rgb_data[:, rays],
                depth_data=whole.depth_data[:, rays],
                seg_data=whole.seg_data[:, rays],
                total_rays=rays.stop - rays.start,
            )
            bands.append(_Band(context, first_row, end - first_row))
        return bands

    def _place_lights(self) -> None:
        scene, state, count = self._scene, self._state, len(_LIGHT_DIRECTIONS)
        directions = np.array(_LIGHT_DIRECTIONS, dtype=np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        ambient = [_AMBIENT] + [(0.0,) * 3] * (count - 1)
        scene.nlight = count
        scene.light_type = wp.array([[int(mujoco.mjtLightType.mjLIGHT_DIRECTIONAL)] * count], dtype=int)
        scene.light_castshadow = wp.array([[True] + [False] * (count - 1)], dtype=bool)
        scene.light_active = wp.array([[True] * count], dtype=bool)
        scene.light_attenuation = wp.array([[(1.0, 0.0, 0.0)] * count], dtype=wp.vec3)
        scene.light_cutoff = scene.light_exponent = wp.zeros((1, count), dtype=float)
        scene.light_ambient = wp.array([ambient], dtype=wp.vec3)
        scene.light_diffuse = wp.array([_LIGHT_DIFFUSE], dtype=wp.vec3)
        scene.light_specular = wp.array([_LIGHT_SPECULAR], dtype=wp.vec3)
        state.light_xpos = wp.zeros((1, count), dtype=wp.vec3)
        state.light_xdir = wp.array(directions[None], dtype=wp.vec3)
        state.geom_xpos = wp.zeros((1, self.model.ngeom), dtype=wp.vec3)
        state.geom_xmat = wp.zeros((1, self.model.ngeom), dtype=wp.mat33)
        state.cam_xpos = wp.zeros((1, 1), dtype=wp.vec3)
        state.cam_xmat = wp.zeros((1, 1), dtype=wp.mat33)

    def _place_camera(self, eye: np.ndarray, rotation: np.ndarray, fovy: float | None) -> None:
        self._eye, self._rotation = np.array(eye), np.array(rotation)
        self._state.cam_xmat.assign(self._rotation[None, None].astype(np.float32))
        if fovy is not None:
            self._context.ray.assign(_pinhole_rays(*self._grid, fovy).reshape(-1, 3))


def _pinhole_rays(height: int, width: int, fovy: float) -> np.ndarray:
    """Unit rays through the pixel centres of a camera that looks along -Z, float32 (height, width, 3)."""
    slope = 2 * math.tan(fovy / 2) / height
    x = (np.arange(width) + 0.5 - width / 2) * slope
    y = (height / 2 - np.arange(height) - 0.5) * slope
    rays = np.stack([*np.meshgrid(x, y), -np.ones((height, width))], axis=-1)
    return (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)


def scene_of(model: mujoco.MjModel, textures: bool = True) -> mjw.Model:
    """The part of `model` that can be seen, as the ray tracer wants it; `textures` if it will draw them."""
    scene = mjw.put_model(mujoco.MjModel.from_xml_string("<mujoco/>"))
    for name in (*_GEOMETRY, *_MESHES, *_MATERIALS):
        template, values = getattr(scene, name), getattr(model, name)
        if name == "geom_rgba" and textures and model.nmat:
            textured = (model.geom_matid >= 0) & (model.mat_texid[model.geom_matid, _RGB] >= 0)
            values = np.where(textured[:, None], _UNSET, values)
        scalars_per_item = getattr(template.dtype, "_shape_", ())
        if values.ndim - len(scalars_per_item) < template.ndim:
            values = values[None]  # one parameter set for every world
        setattr(scene, name, wp.array(values, dtype=template.dtype, ndim=template.ndim))
    return scene
