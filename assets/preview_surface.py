"""USD's standard material, which the usd-core wheel knows by name but not by definition."""

from __future__ import annotations

from pxr import Sdf, Sdr, Tf

from . import ASSETS

_DEFINITIONS = ASSETS / "materials" / "preview_surface.usd"


def teach_preview_surface() -> None:
    """Tell the shader registry what UsdPreviewSurface and the nodes that feed it are.

    Without, checkers find fault with every use.
    """
    try:
        registry = Sdr.Registry()
    except Tf.ErrorException:
        # The first use complains about the missing definitions; the registry works all the same.
        registry = Sdr.Registry()
    file, version = str(_DEFINITIONS), Sdr.Version(2, 6).GetAsDefault()
    definitions = Sdf.Layer.FindOrOpen(file)
    for definition in definitions.rootPrims:
        name = definition.name
        if registry.GetShaderNodeByIdentifier(name) is None:
            registry.AddDiscoveryResult(
                Sdr.NodeDiscoveryResult(name, version, name, "", "usda", "glslfx", file, file)
            )
