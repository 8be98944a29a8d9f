"""`UsdUVTexture` on a material's diffuse colour -> MuJoCo materials, for instances too.

MuJoCo's importer takes such a texture from what it imports itself, but neither its tint nor its scale. Cubes,
planes and other primitives have no texture coordinates in USD. Metres on their faces stand in for them, so a
texture's `UsdTransform2d` says how often it repeats in a metre.
"""

from __future__ import annotations

from pathlib import Path

import mujoco
from pxr import Usd, UsdShade

from .report import StageReport

_RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)


def add_textures(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> dict[str, str]:
    """Add a material for every textured one of the stage, and bind it to the geoms that are there.

    Geoms bear their prim paths as names, and keep their display colour for whoever draws no textures.
    Returns the materials' names in the model by prim path.
    """
    names: dict[str, str] = {}
    for prim in stage.Traverse():
        texture = _diffuse_texture(UsdShade.Material(prim)) if prim.IsA(UsdShade.Material) else None
        if texture and (name := _add(prim, texture, spec, report)):
            names[str(prim.GetPath())] = name
    for geom in spec.geoms if names else ():
        prim = stage.GetPrimAtPath(geom.name) if geom.name.startswith("/") else None
        if prim and (name := bound_texture(prim, names)):
            geom.material = name
    return names


def drop_textures(spec: mujoco.MjSpec) -> None:
    """Delete the textures that MuJoCo's importer found; materials keep their colours."""
    for material in spec.materials if spec.textures else ():
        material.textures = [""] * len(material.textures)
    for texture in list(spec.textures):
        spec.delete(texture)


def bound_texture(prim: Usd.Prim, names: dict[str, str]) -> str | None:
    """Name in the model of the textured material that is bound to `prim`, of those in `names`."""
    material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()
    return names.get(str(material.GetPath())) if material else None


def _diffuse_texture(material: UsdShade.Material) -> UsdShade.Shader | None:
    surface, *_ = material.ComputeSurfaceSource()
    source = surface.GetInput("diffuseColor") if surface else None
    if not source or not source.HasConnectedSource():
        return None
    texture = UsdShade.Shader(source.GetConnectedSources()[0][0].source.GetPrim())
    return texture if texture.GetIdAttr().Get() == "UsdUVTexture" else None


def _add(prim: Usd.Prim, texture: UsdShade.Shader, spec: mujoco.MjSpec, report: StageReport) -> str | None:
    """Add the texture and the material; None if MuJoCo cannot read the picture, which is reported."""
    asset = texture.GetInput("file").Get()
    file = Path(asset.resolvedPath or asset.path) if asset else None
    if file is None or file.suffix.lower() != ".png" or not file.is_file():
        report.lose(prim.GetPath(), f"a texture that is no PNG file to be found, {file}; its colour is kept")
        return None
    name = str(file)
    if spec.texture(name) is None:
        spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_2D, file=name)
        report.count("textures")
    tint, scale = texture.GetInput("scale"), _scale(texture)
    # MuJoCo repeats a `texuniform` texture `texrepeat` times over two metres of a face.
    path = str(prim.GetPath())
    material = spec.material(path) or spec.add_material(name=path)
    material.rgba = tuple(tint.Get()) if tint else (1.0, 1.0, 1.0, 1.0)
    material.texuniform, material.texrepeat = True, [2 * scale[0], 2 * scale[1]]
    names = list(material.textures)
    if names[_RGB] and names[_RGB] != name:  # the importer's own copy, one for every material
        spec.delete(spec.texture(names[_RGB]))
    names[_RGB] = name
    material.textures = names
    return material.name


def _scale(texture: UsdShade.Shader) -> tuple[float, float]:
    """Repeats of a texture in a metre along u and v."""
    source = texture.GetInput("st")
    if source and source.HasConnectedSource():
        transform = UsdShade.Shader(source.GetConnectedSources()[0][0].source.GetPrim())
        if transform.GetIdAttr().Get() == "UsdTransform2d" and (scale := transform.GetInput("scale")):
            return tuple(scale.Get())
    return 1.0, 1.0
