"""Packages for AR viewers: nothing that is drawn is lost or moved, and the checker passes them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.ar_stage import ar_stage
from gaitway.assets.usdz import check_usdz, package_usdz
from PIL import Image
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdUtils

# From Z up to Y up, for row vectors.
_UPRIGHT = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
_COUNT = "import sys; from pxr import Usd; s = Usd.Stage.Open(sys.argv[1]); print(len(list(s.TraverseAll())))"


def _bounds(stage: Usd.Stage) -> dict[str, np.ndarray]:
    """Lowest and highest corner (2, 3) of each part of the world that is drawn."""
    cache = UsdGeom.BBoxCache(Usd.TimeCode.EarliestTime(), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    parts = stage.GetDefaultPrim().GetChildren()
    boxes = {part.GetName(): cache.ComputeWorldBound(part).ComputeAlignedRange() for part in parts}
    return {name: np.array([box.GetMin(), box.GetMax()]) for name, box in boxes.items() if not box.IsEmpty()}


def _drawn_instances(stage: Usd.Stage) -> int:
    """Cubes of all point instances, counted one by one."""
    count = 0
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.PointInstancer):
            targets = UsdGeom.PointInstancer(prim).GetPrototypesRel().GetTargets()
            cubes = [
                sum(child.IsA(UsdGeom.Cube) for child in Usd.PrimRange(stage.GetPrimAtPath(target)))
                for target in targets
            ]
            count += sum(cubes[kind] for kind in UsdGeom.PointInstancer(prim).GetProtoIndicesAttr().Get())
    return count


def test_a_packaged_warehouse_opens_whole_in_plain_usd(warehouse: Path, tmp_path: Path) -> None:
    package = tmp_path / "warehouse.usdz"
    summary = package_usdz(warehouse, package)
    assert check_usdz(package) == []
    assert package.stat().st_size == summary.size < 10e6
    opened = subprocess.run(
        [sys.executable, "-c", _COUNT, str(package)], capture_output=True, text=True, check=True
    )
    assert int(opened.stdout) == summary.prims
    source, packed = Usd.Stage.Open(str(warehouse)), Usd.Stage.Open(str(package))
    meshes = [UsdGeom.Mesh(prim) for prim in packed.Traverse() if prim.IsA(UsdGeom.Mesh)]
    boxes = sum(len(mesh.GetPointsAttr().Get()) // 8 for mesh in meshes)
    assert boxes == _drawn_instances(source) > 10_000  # the floor has four points
    before, after = _bounds(source), _bounds(packed)
    assert after.keys() == before.keys() - {"Lights"}
    for name, bounds in after.items():
        turned = np.sort(before[name] @ _UPRIGHT, axis=0)
        np.testing.assert_allclose(bounds, turned, atol=1e-3, err_msg=name)
    assert UsdGeom.GetStageUpAxis(packed) == "Y"


def test_the_checker_refuses_the_scene_as_it_is(warehouse: Path, tmp_path: Path) -> None:
    package = tmp_path / "raw.usdz"
    assert UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(warehouse)), str(package))
    faults = check_usdz(package)
    assert any("PointInstancer" in fault for fault in faults)
    assert any("DomeLight" in fault for fault in faults)


def _mixed_stage() -> Usd.Stage:
    """In centimetres, Z up: instanced spheres, planes across each axis, a guide, a light, and physics."""
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    world = UsdGeom.Xform.Define(stage, "/World")
    stage.SetDefaultPrim(world.GetPrim())
    world.AddTranslateOp().Set(Gf.Vec3d(100, 0, 0))
    instancer = UsdGeom.PointInstancer.Define(stage, "/World/Balls")
    instancer.AddTranslateOp().Set(Gf.Vec3d(0, 0, 50))
    UsdGeom.Sphere.Define(stage, "/World/Balls/Prototypes/Ball").CreateRadiusAttr(10)
    instancer.CreatePrototypesRel().AddTarget("/World/Balls/Prototypes/Ball")
    instancer.CreateProtoIndicesAttr([0, 0, 0])
    instancer.CreatePositionsAttr([(0, 0, 0), (0, 100, 0), (0, 200, 0)])
    instancer.CreateInvisibleIdsAttr([2])
    for axis in "XYZ":
        plane = UsdGeom.Plane.Define(stage, f"/World/Plane{axis}")
        plane.CreateAxisAttr(axis)
        plane.CreateWidthAttr(20)
        plane.CreateLengthAttr(40)
    UsdGeom.Cube.Define(stage, "/World/Guide").CreatePurposeAttr(UsdGeom.Tokens.guide)
    stage.DefinePrim("/World/Sun", "DistantLight")
    stage.DefinePrim("/World/Joint", "PhysicsRevoluteJoint")
    stage.GetPrimAtPath("/World/PlaneZ").ApplyAPI("PhysicsCollisionAPI")
    return stage


def test_what_is_no_cube_keeps_its_place_and_size() -> None:
    packed = ar_stage(_mixed_stage())
    cache = UsdGeom.XformCache()
    spheres = [prim for prim in packed.Traverse() if prim.IsA(UsdGeom.Sphere)]
    centres = [cache.GetLocalToWorldTransform(prim).Transform(Gf.Vec3d(0)) for prim in spheres]
    # In metres, Y up: the instances at Y = 0 and 100 cm, 50 cm up; the invisible one is not there.
    np.testing.assert_allclose(centres, [(1, 0.5, 0), (1, 0.5, -1)], atol=1e-9)
    edge = cache.GetLocalToWorldTransform(spheres[0]).TransformDir(Gf.Vec3d(10, 0, 0))
    assert edge.GetLength() == pytest.approx(0.1)
    left = {prim.GetTypeName() for prim in packed.TraverseAll()}
    assert left <= {"Xform", "Sphere", "Mesh", "Scope", ""}
    assert not packed.GetPrimAtPath("/World/PlaneZ").GetAppliedSchemas()


def test_planes_become_meshes_of_the_same_extent_and_side() -> None:
    source = _mixed_stage()
    packed = ar_stage(source)
    for axis, across in zip("XYZ", np.eye(3), strict=True):
        mesh = UsdGeom.Mesh(packed.GetPrimAtPath(f"/World/Plane{axis}"))
        plane = UsdGeom.Plane(source.GetPrimAtPath(f"/World/Plane{axis}"))
        expected = UsdGeom.Plane.ComputeExtentFromPlugins(plane, Usd.TimeCode.Default())
        np.testing.assert_allclose(mesh.GetExtentAttr().Get(), expected, atol=1e-6)
        points = np.array(mesh.GetPointsAttr().Get())[np.array(mesh.GetFaceVertexIndicesAttr().Get())]
        np.testing.assert_allclose(mesh.GetNormalsAttr().Get()[0], across, atol=1e-6)
        # Counter-clockwise about its normal, as USD has it.
        assert np.cross(points[1] - points[0], points[2] - points[1]) @ across > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [("#usda 1.0\n", "nothing in it is drawn"), ("#usda 1.0\n(", "not a USD file"), ("", "not a USD file")],
    ids=["empty stage", "cut in half", "empty file"],
)
def test_what_cannot_be_packaged_is_said(text: str, says: str, tmp_path: Path) -> None:
    source = tmp_path / "source.usda"
    source.write_text(text)
    with pytest.raises(ValueError, match=says):
        package_usdz(source, tmp_path / "out.usdz")
    assert not (tmp_path / "out.usdz").exists()


def _textured(folder: Path) -> Path:
    """A square with a picture on it."""
    Image.new("RGB", (8, 8), (200, 30, 20)).save(folder / "red.png")
    stage = Usd.Stage.CreateNew(str(folder / "picture.usda"))
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/World").GetPrim())
    square = UsdGeom.Plane.Define(stage, "/World/Square")
    material = UsdShade.Material.Define(stage, "/World/Paint")
    surface = UsdShade.Shader.Define(stage, "/World/Paint/Surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    picture = UsdShade.Shader.Define(stage, "/World/Paint/Picture")
    picture.CreateIdAttr("UsdUVTexture")
    picture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set("./red.png")
    color = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    color.ConnectToSource(picture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3))
    output = surface.CreateOutput("surface", Sdf.ValueTypeNames.Token)
    material.CreateSurfaceOutput().ConnectToSource(output)
    UsdShade.MaterialBindingAPI.Apply(square.GetPrim()).Bind(material)
    stage.Save()
    return folder / "picture.usda"


def test_pictures_come_along(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "out" / "picture.usdz"
    package_usdz(_textured(tmp_path), package)
    with zipfile.ZipFile(package) as archive:
        assert [Path(name).name for name in archive.namelist()] == ["picture.usdc", "red.png"]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert not capfd.readouterr().err
