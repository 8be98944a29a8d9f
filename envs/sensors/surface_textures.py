"""A model's colours and textures, as the tile tracer's shading wants them: in one channel or three."""

from __future__ import annotations

from typing import Any

import cv2
import mujoco
import numpy as np
import numpy.typing as npt
import warp as wp

from .surface_kernels import Grey, Surfaces

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
_LUMA = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709
_UNSET = np.array([0.5, 0.5, 0.5, 1.0], np.float32)  # a geom of this colour has its material's


def surfaces_of(model: mujoco.MjModel, ids: npt.NDArray[np.intp], channels: int) -> tuple[Any, Any, Any]:
    """`Surfaces` of the geoms `ids`, their colours, and the texels of the model's 2-D textures."""
    materials = model.geom_matid[ids]
    has = materials >= 0
    colour = model.geom_rgba[ids, :3].copy()
    texture = np.where(has, model.mat_texid[materials, _RGB], -1) if model.nmat else np.full(len(ids), -1)
    # What has a texture has its material's tint.
    from_material = has & ((model.geom_rgba[ids] == _UNSET).all(axis=1) | (texture >= 0))
    colour[from_material] = model.mat_rgba[materials[from_material], :3]
    glow, repeat, uniform = np.zeros(len(ids)), np.ones((len(ids), 2)), np.zeros(len(ids), bool)
    if has.any():
        glow[has] = model.mat_emission[materials[has]]
        repeat[has], uniform[has] = model.mat_texrepeat[materials[has]], model.mat_texuniform[materials[has]]
    texels, starts, sizes = _pyramids(model)
    surfaces = Surfaces()
    surfaces.glow = wp.array(glow, dtype=float)
    surfaces.texture = wp.array(texture, dtype=int)
    surfaces.repeat = wp.array(repeat, dtype=wp.vec2)
    surfaces.uniform = wp.array(uniform.astype(np.int32), dtype=int)
    # Copies of one thing show different parts of their texture, as cartons and slabs do.
    shift = np.random.default_rng(0).random((model.ngeom, 2))[ids]
    surfaces.shift = wp.array(np.where(uniform[:, None], shift, 0.0), dtype=wp.vec2)
    surfaces.level_start = wp.array(starts, dtype=int)
    surfaces.texture_size = wp.array(sizes, dtype=wp.vec3i)
    return surfaces, vectors(colour, channels), vectors(texels, channels)


def vectors(colours: npt.ArrayLike, channels: int) -> Any:
    """Colours (n, 3) as a Warp array of vectors; their luma if there is one channel.

    The luma of a product is the product of lumas where at most one factor is not grey, as in a hall: its
    light is white, and so is the tint of a texture with colours.
    """
    values = np.asarray(colours, np.float32)
    return wp.array(values if channels == 3 else (values @ _LUMA)[:, None], dtype=colour_type(channels))


def colour_type(channels: int) -> Any:
    """Warp's vectors of one channel or three."""
    return wp.vec3 if channels == 3 else Grey


def _pyramids(model: mujoco.MjModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Texels (n, 3) in [0, 1], where each level starts (textures, 16), and width, height, levels."""
    texels, starts, sizes, total = [], np.zeros((max(model.ntex, 1), 16), int), [], 0
    for k in range(model.ntex):
        width, height = int(model.tex_width[k]), int(model.tex_height[k])
        channels, first = int(model.tex_nchannel[k]), int(model.tex_adr[k])
        picture = model.tex_data[first : first + width * height * channels].reshape(height, width, channels)
        picture = np.repeat(picture, 3, axis=2) if channels == 1 else picture[:, :, :3]
        level = 0
        while level < 16:
            starts[k, level] = total
            texels.append(picture.reshape(-1, 3) / np.float32(255))
            total += len(texels[-1])
            level += 1
            height, width = picture.shape[:2]
            if max(width, height) == 1:
                break
            smaller = (max(width // 2, 1), max(height // 2, 1))
            picture = cv2.resize(np.ascontiguousarray(picture), smaller, interpolation=cv2.INTER_AREA)
            picture = picture.reshape(smaller[1], smaller[0], 3)
        sizes.append((int(model.tex_width[k]), int(model.tex_height[k]), level))
    if not texels:
        return np.ones((1, 3)), starts, np.zeros((1, 3), int)
    return np.concatenate(texels), starts, np.array(sizes)
