"""Random looks: colours, textures and clutter of a scene, and its light."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import mujoco
import numpy as np

from ...assets.objects import CATALOGUE
from ...assets.textures.patterns import fractal_noise, specks, strokes
from ...envs.sensors.tile_tracer import Light

Colour = tuple[float, float, float]

TEXELS = 256
_TEXTURES = 8  # of a scene
_ROLE = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)
_FROM_MATERIAL = (0.5, 0.5, 0.5, 1.0)  # MuJoCo's default: a geom of this colour has its material's
_CLUTTER = (
    mujoco.mjtGeom.mjGEOM_SPHERE,
    mujoco.mjtGeom.mjGEOM_CAPSULE,
    mujoco.mjtGeom.mjGEOM_CYLINDER,
    mujoco.mjtGeom.mjGEOM_ELLIPSOID,
)


@dataclass(frozen=True)
class Looks:
    """What of a scene's look is random.

    Attributes:
        own_colour: share of the objects that keep the colour of the catalogue, but for a shade.
        camouflaged: share of the others that have about the colour of what they lie on.
        textured: share of the surfaces with a texture.
        one_piece: share of the bins whose bottom and walls look alike.
        clutter: most unlabelled round things among the objects.
    """

    own_colour: float = 0.7
    camouflaged: float = 0.25
    textured: float = 0.6
    one_piece: float = 0.7
    clutter: int = 3


def furnish(spec: mujoco.MjSpec, names: tuple[str, ...], looks: Looks, rng: np.random.Generator) -> None:
    """Give everything that is drawn a random look, and add clutter that falls with the objects."""
    _add_clutter(spec, int(rng.integers(0, looks.clutter + 1)), rng)
    textures = [_add_texture(spec, k, rng) for k in range(_TEXTURES)]
    own = {f"{name}_{k}": CATALOGUE[name].color for k, name in enumerate(names)}
    one_piece = rng.random() < looks.one_piece
    materials: dict[str, str] = {}
    ground: list[Colour] = []  # of floor and bin, which come first
    for geom in (geom for geom in spec.geoms if geom.group < 3):
        owner = geom.parent.name
        if owner == "world":
            owner = "Bin" if one_piece and geom.name != "Floor" else geom.name
        if owner not in materials:
            colour = _colour_of(own.get(owner), ground, looks, rng)
            if geom.parent.name == "world":
                ground.append(colour)
            texture = textures[rng.integers(_TEXTURES)] if rng.random() < looks.textured else None
            materials[owner] = _add_material(spec, owner, colour, texture, rng)
        geom.material, geom.rgba = materials[owner], _FROM_MATERIAL


def random_light(rng: np.random.Generator) -> Light:
    """A light from one side, bright or soft, warm or cold, with light from above and everywhere."""
    around, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 0.95)
    flat = np.sqrt(1 - height**2)
    warm = rng.uniform(-0.15, 0.15)
    tint = np.array([1 + warm, 1.0, 1 - warm])
    strength = rng.uniform(0.2, 1.0)

    def colour(value: float) -> Colour:
        r, g, b = (value * tint).tolist()
        return r, g, b

    return Light(
        ambient=colour(rng.uniform(0.08, 0.5)),
        above=colour(rng.uniform(0.0, 0.4)),
        side=colour(strength),
        direction=(float(flat * np.cos(around)), float(flat * np.sin(around)), float(height)),
        background=_random_colour(rng),
    )


def _add_clutter(spec: mujoco.MjSpec, count: int, rng: np.random.Generator) -> None:
    for k in range(count):
        x, y = rng.uniform(-0.15, 0.15, 2)
        body = spec.worldbody.add_body(name=f"clutter_{k}", pos=[x, y, 0.5 + 0.15 * k])
        body.add_freejoint()
        kind = _CLUTTER[rng.integers(len(_CLUTTER))]
        body.add_geom(
            type=kind, size=rng.uniform(0.015, 0.05, 3), mass=0.2, condim=4, friction=[0.6, 0.02, 0.01]
        )


def _colour_of(own: Colour | None, ground: list[Colour], looks: Looks, rng: np.random.Generator) -> Colour:
    """The colour of an object whose `own` is that of the catalogue, or of anything else."""
    if own and rng.random() < looks.own_colour:
        return _shade(own, rng)
    if own and ground and rng.random() < looks.camouflaged:
        return _shade(ground[-1], rng)
    return _random_colour(rng)


def _random_colour(rng: np.random.Generator) -> Colour:
    """Of any hue, from dark to bright; a third is grey, as much of a warehouse is."""
    saturation = rng.uniform(0.0, 0.1) if rng.random() < 1 / 3 else rng.beta(1.2, 1.5)
    return colorsys.hsv_to_rgb(rng.random(), saturation, rng.uniform(0.06, 0.95))


def _shade(colour: Colour, rng: np.random.Generator) -> Colour:
    """The colour a little lighter, darker, duller or of a neighbouring hue."""
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    return colorsys.hsv_to_rgb(
        (hue + rng.normal(0, 0.02)) % 1.0,
        float(np.clip(saturation * rng.uniform(0.7, 1.2), 0, 1)),
        float(np.clip(value * rng.uniform(0.7, 1.3), 0, 1)),
    )


def _add_material(
    spec: mujoco.MjSpec,
    owner: str,
    colour: Colour,
    texture: str | None,
    rng: np.random.Generator,
) -> str:
    material = spec.add_material(name=f"look of {owner}", rgba=(*colour, 1.0))
    if texture:
        material.textures[_ROLE] = texture
        material.texuniform = True
        material.texrepeat = [float(rng.uniform(2.0, 14.0))] * 2
    return material.name


def _add_texture(spec: mujoco.MjSpec, k: int, rng: np.random.Generator) -> str:
    """Noise, specks, scratches, stripes or checks between two colours, which a material's own multiplies."""
    kind = rng.integers(5)
    if kind == 0:
        field = 0.5 + 0.25 * fractal_noise(rng, TEXELS, rng.uniform(0.5, 1.6))
    elif kind == 1:
        field = 1.0 - specks(rng, TEXELS, int(rng.integers(20, 200)), (1.0, 14.0))
    elif kind == 2:
        field = 1.0 - strokes(rng, TEXELS, int(rng.integers(10, 60)), (20, 200), wander=rng.uniform(0, 0.1))
    else:
        period = TEXELS / int(rng.integers(2, 9))
        rows, columns = np.mgrid[:TEXELS, :TEXELS] // (period / 2)
        field = rows % 2 if kind == 3 else (rows + columns) % 2
    field = np.clip(field, 0.0, 1.0)[..., None]
    low, high = rng.uniform(0.25, 1.0, 3), rng.uniform(0.7, 1.0, 3)
    pixels = np.rint(255 * (low + (high - low) * field)).astype(np.uint8)
    texture = spec.add_texture(
        name=f"pattern {k}", type=mujoco.mjtTexture.mjTEXTURE_2D, width=TEXELS, height=TEXELS, nchannel=3
    )
    texture.data = pixels.tobytes()
    return texture.name
