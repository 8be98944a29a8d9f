"""Small stages written as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gaitway.envs.stage import LoadedStage, load_stage

Load = Callable[..., LoadedStage]


@pytest.fixture
def write_stage(tmp_path: Path) -> Callable[..., Path]:
    """Writes a USD file whose default prim is `/R` and holds `text`."""

    def write(text: str, name: str = "robot.usda", meters: float = 1.0, up: str = "Z") -> Path:
        path = tmp_path / name
        header = f'(\n    defaultPrim = "R"\n    metersPerUnit = {meters}\n    upAxis = "{up}"\n)'
        path.write_text(f'#usda 1.0\n{header}\ndef Xform "R"\n{{\n{text}\n}}\n')
        return path

    return write


@pytest.fixture
def load(write_stage: Callable[..., Path]) -> Load:
    """Writes a stage as `write_stage` does and loads it."""

    def write_and_load(text: str, visuals: bool = True, **layout: object) -> LoadedStage:
        return load_stage(write_stage(text, **layout), visuals=visuals)

    return write_and_load


def body(name: str, inside: str = "", apis: str = "", at: tuple[float, float, float] = (0, 0, 0)) -> str:
    """A rigid body of 1 kg and 1 kg m^2 about every axis."""
    return f"""
    def Xform "{name}" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"{apis}])
    {{
        float physics:mass = 1
        float3 physics:diagonalInertia = (1, 1, 1)
        double3 xformOp:translate = {at}
        uniform token[] xformOpOrder = ["xformOp:translate"]
        {inside}
    }}"""


ROOT = ', "PhysicsArticulationRootAPI"'


def pair(joint: str, inside: str = "") -> str:
    """Two bodies: a floating articulation root `base`, and an `arm` that hangs on it by what `joint` says."""
    return body("base", apis=ROOT) + body("arm", inside) + joint


def joint(kind: str, text: str = "", apis: str = "", name: str = "j") -> str:
    """A joint from `base` to `arm`."""
    schemas = f"(prepend apiSchemas = [{apis}])" if apis else ""
    return f"""
    def {kind} "{name}" {schemas}
    {{
        rel physics:body0 = </R/base>
        rel physics:body1 = </R/arm>
        {text}
    }}"""


@pytest.fixture
def usd() -> type:
    """The text builders above, as static methods."""

    class Builders:
        ROOT = ROOT
        body = staticmethod(body)
        pair = staticmethod(pair)
        joint = staticmethod(joint)

    return Builders
