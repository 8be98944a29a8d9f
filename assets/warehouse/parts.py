"""What a warehouse is made of: materials, axis-aligned boxes and the prototypes that instancers repeat."""

from __future__ import annotations

from dataclasses import dataclass

Vec3 = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A matte or painted surface: linear RGB, roughness and metallic in [0, 1]; `glow` emits its colour.

    `texture` is one of `assets/textures/surfaces.py`, of which one copy is `tile` m wide.
    """

    color: Vec3
    roughness: float = 0.7
    metallic: float = 0.0
    glow: bool = False
    texture: str | None = None
    tile: float = 2.0


MATERIALS = {
    "Concrete": Material((0.50, 0.49, 0.47), 0.55, texture="concrete", tile=3.0),
    "ConcreteLight": Material((0.525, 0.515, 0.495), 0.5, texture="concrete", tile=3.0),
    "ConcreteDark": Material((0.475, 0.465, 0.45), 0.6, texture="concrete", tile=3.0),
    "WallPanel": Material((0.72, 0.73, 0.73), 0.6, texture="wall_panel", tile=2.4),
    "WallBase": Material((0.36, 0.38, 0.40), 0.7, texture="painted_metal", tile=2.0),
    "WallStripe": Material((0.06, 0.20, 0.42), 0.6, texture="painted_metal", tile=1.5),
    "Steel": Material((0.50, 0.52, 0.54), 0.45, 0.6, texture="brushed_metal", tile=1.0),
    "UprightBlue": Material((0.04, 0.18, 0.50), 0.45, 0.1, texture="painted_metal", tile=0.8),
    "BeamOrange": Material((0.95, 0.36, 0.03), 0.45, 0.1, texture="painted_metal", tile=0.8),
    "SafetyYellow": Material((0.92, 0.66, 0.03), 0.5, texture="painted_metal", tile=1.0),
    "SafetyRed": Material((0.70, 0.06, 0.04), 0.5, texture="painted_metal", tile=1.0),
    "LineYellow": Material((0.88, 0.68, 0.06), 0.6, texture="painted_metal", tile=1.0),
    "LineWhite": Material((0.85, 0.85, 0.83), 0.6, texture="painted_metal", tile=1.0),
    "WalkwayGreen": Material((0.08, 0.36, 0.20), 0.65, texture="painted_metal", tile=2.0),
    "MatBlue": Material((0.10, 0.24, 0.42), 0.8, texture="film", tile=1.5),
    "DoorPanel": Material((0.80, 0.81, 0.80), 0.5, texture="wall_panel", tile=1.6),
    "DoorSeam": Material((0.30, 0.31, 0.32), 0.6, texture="painted_metal", tile=1.0),
    "Rubber": Material((0.03, 0.03, 0.03), 0.9),
    "PalletWood": Material((0.60, 0.44, 0.25), 0.85, texture="wood", tile=0.8),
    "Cardboard": Material((0.62, 0.45, 0.28), 0.85, texture="cartons", tile=2.0),
    "CardboardLight": Material((0.72, 0.55, 0.37), 0.85, texture="cartons_light", tile=2.0),
    "CardboardDark": Material((0.50, 0.35, 0.21), 0.85, texture="cartons_dark", tile=2.0),
    "CartonWhite": Material((0.78, 0.77, 0.73), 0.75, texture="cartons_white", tile=2.0),
    "ShrinkWrap": Material((0.62, 0.67, 0.70), 0.25, texture="film", tile=1.2),
    "ToteBlue": Material((0.05, 0.22, 0.50), 0.5, texture="film", tile=1.0),
    "ToteGrey": Material((0.33, 0.35, 0.37), 0.5, texture="film", tile=1.0),
    "ToteRed": Material((0.52, 0.08, 0.06), 0.5, texture="film", tile=1.0),
    "TableTop": Material((0.62, 0.55, 0.45), 0.6, texture="wood", tile=1.2),
    "ScreenGlow": Material((0.25, 0.55, 0.80), 0.3, glow=True),
    "StatusGreen": Material((0.10, 0.85, 0.25), 0.3, glow=True),
    "LampGlow": Material((1.0, 0.98, 0.92), 0.3, glow=True),
}


@dataclass(frozen=True)
class Box:
    """An axis-aligned box: `center` and full `size` in m; `material` is None for an invisible collider."""

    name: str
    center: Vec3
    size: Vec3
    material: str | None = None

    @property
    def lo(self) -> Vec3:
        """Corner of least x, y, z, in m."""
        return tuple(c - s / 2 for c, s in zip(self.center, self.size, strict=True))  # type: ignore[return-value]

    @property
    def hi(self) -> Vec3:
        """Corner of greatest x, y, z, in m."""
        return tuple(c + s / 2 for c, s in zip(self.center, self.size, strict=True))  # type: ignore[return-value]


def box_between(name: str, lo: Vec3, hi: Vec3, material: str | None = None) -> Box:
    """The box that spans two opposite corners, in m."""
    center = tuple((a + b) / 2 for a, b in zip(lo, hi, strict=True))
    size = tuple(b - a for a, b in zip(lo, hi, strict=True))
    return Box(name, center, size, material)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Instance:
    """One copy of a prototype: position in m, yaw about +Z in rad, `scale` of the prototype's axes."""

    prototype: str
    position: Vec3
    yaw: float = 0.0
    scale: Vec3 = (1.0, 1.0, 1.0)
