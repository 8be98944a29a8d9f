"""The generator's files: reproducible, small, complete or absent."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.warehouse.generate import generate_warehouse
from gaitway.assets.warehouse.layout import WarehouseCfg
from gaitway.cli.main import main
from PIL import Image
from pxr import Gf, Usd, UsdGeom, UsdPhysics

SMALL = WarehouseCfg(area_m2=1500.0, cameras=10)


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    generate_warehouse(tmp_path / "a" / "w.usda", SMALL)
    generate_warehouse(tmp_path / "b" / "w.usda", SMALL)
    generate_warehouse(tmp_path / "c" / "w.usda", WarehouseCfg(area_m2=1500.0, cameras=10, seed=1))
    first, second, other = (contents(tmp_path / name) for name in "abc")
    named = {name for name in first if not name.startswith("textures/")}
    assert named == {"w.usda", "w_instances.usdc", "map.pgm", "map.yaml", "sites.json"}
    assert first == second
    assert first["w_instances.usdc"] != other["w_instances.usdc"]
    assert first["sites.json"] != other["sites.json"]


def test_file_is_small_and_opens_whole(warehouse: Path) -> None:
    size = sum(file.stat().st_size for file in warehouse.parent.glob("warehouse*"))
    assert size < 20e6
    stage = Usd.Stage.Open(str(warehouse), Usd.Stage.LoadAll)
    assert stage.GetCompositionErrors() == []
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z
    assert stage.GetDefaultPrim().GetPath() == "/World"
    loads = UsdGeom.PointInstancer(stage.GetPrimAtPath("/World/Loads"))
    assert len(loads.GetPositionsAttr().Get()) > 5000
    scenes = [prim for prim in stage.Traverse() if prim.IsA(UsdPhysics.Scene)]
    assert len(scenes) == 1
    assert UsdPhysics.Scene(scenes[0]).GetGravityMagnitudeAttr().Get() == pytest.approx(9.81)


def test_cameras_on_the_stage_are_those_in_the_sites(warehouse: Path) -> None:
    stage = Usd.Stage.Open(str(warehouse))
    sites = json.loads((warehouse.parent / "sites.json").read_text())
    assert len(sites["cameras"]) == 100
    assert sum(prim.IsA(UsdGeom.Camera) for prim in stage.Traverse()) == 100
    model = sites["camera_model"]
    for entry in sites["cameras"]:
        camera = UsdGeom.Camera(stage.GetPrimAtPath(entry["prim"])).GetCamera(Usd.TimeCode.Default())
        assert camera.transform.ExtractTranslation() == pytest.approx(entry["position"], abs=1e-4)
        assert 8.0 <= entry["position"][2] <= 10.0
        w, *xyz = entry["quaternion_world_from_optical"]
        optical = Gf.Rotation(Gf.Quatd(w, Gf.Vec3d(*xyz)))
        # OpenCV's x is USD's x, its y and z are USD's -y and -z.
        for ours, theirs in (((1, 0, 0), (1, 0, 0)), ((0, 1, 0), (0, -1, 0)), ((0, 0, 1), (0, 0, -1))):
            in_usd = camera.transform.TransformDir(Gf.Vec3d(*theirs))
            assert optical.TransformDir(Gf.Vec3d(*ours)) == pytest.approx(in_usd, abs=1e-6)
        fov = camera.GetFieldOfView(Gf.Camera.FOVHorizontal)
        focal = model["resolution"][0] / 2 / np.tan(np.radians(fov) / 2)
        assert model["intrinsics"]["fx"] == pytest.approx(focal, rel=1e-4)


@pytest.mark.parametrize("failing_write", range(1, 6))
def test_full_disk_leaves_nothing_and_spares_the_old_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing_write: int
) -> None:
    generate_warehouse(tmp_path / "old" / "w.usda", SMALL)
    before = contents(tmp_path / "old")
    write_bytes, count = Path.write_bytes, 0

    def full_disk(self: Path, data: bytes) -> int:
        nonlocal count
        count += 1
        if count == failing_write:
            write_bytes(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write_bytes(self, data)

    for name in ("old", "new"):
        monkeypatch.setattr(Path, "write_bytes", full_disk)
        count = 0
        with pytest.raises(OSError, match=rf"{name}/.*cannot be written \(No space left on device\)"):
            generate_warehouse(tmp_path / name / "w.usda", WarehouseCfg(area_m2=1500.0, cameras=10, seed=5))
        monkeypatch.undo()
    assert contents(tmp_path / "old") == before
    assert contents(tmp_path / "new") == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--area-m2", "10"], "--area-m2 10 is out of range: give 800 to 100000 m2."),
        (["--rack-height", "12"], "--rack-height 12 is out of range: give 2.7 to 8 m."),
        (["--cameras", "-1"], "--cameras -1 is out of range: give 0 to 500."),
        (["--seed", "-3"], "--seed -3 is negative: give 0 or more."),
        (["--aisles", "99"], "--aisles 99 does not fit 9290 m2: give 1 to 23"),
        (["--aisles", "0"], "--aisles 0 does not fit 9290 m2: give 1 to 23"),
        (["--out", "scene.obj"], "--out scene.obj must end in .usda."),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["gaitway", "scene", "warehouse", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 1
    assert capsys.readouterr().err.startswith(f"gaitway scene: {sentence}")
    assert list(tmp_path.iterdir()) == []


def test_command_prints_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "w.usda"
    arguments = ["--area-m2", "1500", "--cameras", "3", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["gaitway", "scene", "warehouse", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 0
    printed = capsys.readouterr().out
    seen = json.loads((tmp_path / "sites.json").read_text())["camera_model"]["floor_coverage"]
    assert seen < 0.95, "three cameras cannot see this floor"
    assert f"{seen:.1%}" in printed
    assert "give more --cameras" in printed


def test_pictures_show_a_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [
        "--area-m2",
        "800",
        "--cameras",
        "3",
        "--out",
        str(tmp_path / "w.usda"),
        "--render",
        str(tmp_path),
    ]
    monkeypatch.setattr("sys.argv", ["gaitway", "scene", "warehouse", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 0
    for name in ("top_down", "eye_level"):
        red, green, blue = np.asarray(Image.open(tmp_path / f"{name}.png"), float).transpose(2, 0, 1)
        orange = (red > 1.8 * green) & (green > 1.2 * blue) & (red > 60)
        cardboard = (red > 1.15 * green) & (green > 1.15 * blue)
        grey = (abs(red - green) < 12) & (abs(green - blue) < 12)
        assert orange.mean() > 0.002, "rack beams"
        assert cardboard.mean() > 0.05, "boxes"
        assert grey.mean() > 0.1, "floor and walls"
