"""USD's standard material, which the usd-core wheel knows by name but not by definition."""

from __future__ import annotations

from pxr import Sdr, Tf

from . import ASSETS

_DEFINITION = ASSETS / "materials" / "preview_surface.usd"


def teach_preview_surface() -> None:
    """Tell the shader registry what UsdPreviewSurface is; without, checkers find fault with every use."""
    try:
        registry = Sdr.Registry()
    except Tf.ErrorException:
        # The first use complains about the missing definitions; the registry works all the same.
        registry = Sdr.Registry()
    name = "UsdPreviewSurface"
    if registry.GetShaderNodeByIdentifier(name) is None:
        file = str(_DEFINITION)
        version = Sdr.Version(2, 6).GetAsDefault()
        registry.AddDiscoveryResult(
            Sdr.NodeDiscoveryResult(name, version, name, "", "usda", "glslfx", file, file)
        )
