"""Textures of a stage's materials reach the model, on what is imported and on instances."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.assets.textures.surfaces import CARTON_COLORS, GREY, MEAN
from gaitway.assets.warehouse.generate import generate_warehouse
from gaitway.assets.warehouse.layout import WarehouseCfg
from gaitway.assets.warehouse.parts import MATERIALS
from gaitway.envs.stage import load_stage

RGB = int(mujoco.mjtTextureRole.mjTEXROLE_RGB)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hall") / "hall.usda"
    generate_warehouse(path, WarehouseCfg(area_m2=800.0, cameras=0))
    return path


@pytest.fixture(scope="module")
def model(scene: Path) -> mujoco.MjModel:
    return load_stage(scene).compile()


def test_every_textured_material_has_its_texture_tint_and_scale(model):
    for name, look in MATERIALS.items():
        if look.texture is None:
            continue
        material = model.material(f"/World/Materials/{name}")
        texture = model.texture(int(material.texid[RGB])).name
        assert Path(texture).stem == look.texture
        tint = np.array(look.color) / MEAN if look.texture in GREY else np.ones(3)
        np.testing.assert_allclose(material.rgba[:3], tint, rtol=1e-5)
        np.testing.assert_allclose(material.texrepeat, 2 / look.tile, rtol=1e-5)
        assert material.texuniform


def test_the_model_holds_every_picture_once(model):
    assert model.ntex == len(GREY) + len(CARTON_COLORS)


def test_instances_and_the_floor_are_bound_to_them(model):
    textured = (model.geom_matid >= 0) & (model.mat_texid[model.geom_matid, RGB] >= 0)
    assert textured[model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE].sum() == 1
    boxes = (model.geom_type == mujoco.mjtGeom.mjGEOM_BOX) & (model.geom_group < 3)
    assert textured[boxes].mean() > 0.95
    # Whoever draws no textures finds the material's plain colour.
    wood = model.material("/World/Materials/PalletWood").id
    rgba = model.geom_rgba[model.geom_matid == wood]
    np.testing.assert_allclose(rgba[:, :3], np.tile(MATERIALS["PalletWood"].color, (len(rgba), 1)), rtol=1e-5)


def test_physics_has_no_textures(scene):
    assert load_stage(scene, visuals=False).compile().ntex == 0


def test_a_lost_picture_is_reported_and_the_colour_kept(scene, tmp_path):
    for file in scene.parent.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    loaded = load_stage(tmp_path / scene.name)
    lost = loaded.report.not_carried["/World/Materials/PalletWood"]
    assert "no PNG file" in lost and "wood.png" in lost
    loaded.compile()
