"""Labels of simulated pictures, held to another renderer, to projection, and to themselves when run again."""

import math
from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.objects import object_file, read_object
from gaitway.envs.render import RayTracer
from gaitway.envs.sensors.lens import Pinhole
from gaitway.envs.sensors.tile_tracer import HALL
from gaitway.perception.poses import transform
from gaitway.twin.bins.drop import Bin, drop
from gaitway.twin.dataset.camera_work import Photographer, looking
from gaitway.twin.dataset.generate import DatasetCfg, generate, pictures
from gaitway.twin.dataset.looks import Looks, furnish

NAMES = ("tote_grey", "mug", "carton_small", "bracket_l", "bottle_flat")
FOVY = math.radians(45)
FOCAL = 60 / math.tan(FOVY / 2)
LENS = Pinhole(160, 120, FOCAL, FOCAL, 79.5, 59.5)
EYE, TARGET = np.array([0.5, -0.3, 0.8]), np.array([0.0, 0.0, 0.05])


@pytest.fixture(scope="module")
def scene() -> Bin:
    rng = np.random.default_rng(3)
    return drop(NAMES, seed=3, furnish=lambda spec: furnish(spec, NAMES, Looks(), rng))


def test_depth_and_masks_are_those_of_another_renderer(scene: Bin) -> None:
    taken = Photographer(scene, LENS, HALL, np.random.default_rng(0)).take(looking(EYE, TARGET))
    tracer = RayTracer(scene.model, 160, 120, fovy=FOVY)
    tracer.look_at(EYE, TARGET, FOVY)
    _, depth, geoms = tracer.render_all(scene.qpos)
    instances = np.where(geoms >= 0, scene.geoms[geoms], -1)
    ours = np.full((120, 160), -1)
    for k, item in enumerate(taken.objects):
        ours[item.visible] = k
    assert (ours != instances).mean() < 0.003  # rays along edges
    same = (ours == instances) & (depth > 0)
    assert np.quantile(np.abs(taken.depth - depth)[same], 0.99) < 1e-3


def test_silhouettes_are_the_projected_meshes(scene: Bin) -> None:
    """Near the border too: the first object is half outside the picture."""
    off_centre = looking(EYE, scene.poses[0, :3, 3] + np.array([0.3, 0.45, 0.0]))
    cut_off = 0
    for world_from_camera in (looking(EYE, TARGET), off_centre):
        taken = Photographer(scene, LENS, HALL, np.random.default_rng(0)).take(world_from_camera)
        for item in taken.objects:
            mesh = read_object(object_file(item.name))
            pixels = taken.camera.project(transform(item.pose, mesh.vertices))
            low, high = pixels.min(axis=0), pixels.max(axis=0)
            assert item.box
            x, y, width, height = item.box
            inside = np.array([[x, y] - low, high - [x + width - 1, y + height - 1]])
            assert (
                inside.min() > -0.01
            )  # of the outline, and no further than rays through pixels miss corners
            assert inside.max() < 1.6
            assert not (item.visible & ~item.mask).any()
            assert item.mask.sum() <= item.silhouette_px
            cut_off += item.mask.sum() < item.silhouette_px
    assert cut_off


def test_what_nothing_hides_is_all_visible() -> None:
    alone = drop(("mug",), seed=1, walls=False)
    view = looking(EYE, alone.poses[0, :3, 3])
    (item,) = Photographer(alone, LENS, HALL, np.random.default_rng(0)).take(view).objects
    np.testing.assert_array_equal(item.visible, item.mask)
    assert item.visible_fraction == 1.0


def test_the_same_seed_gives_the_same_pictures() -> None:
    cfg = DatasetCfg("floor", n=5, views=2, width=64, height=48, objects=3)
    first, again = list(pictures(cfg, 1)), list(pictures(cfg, 1))
    assert len(first) == 2
    assert len(list(pictures(cfg, 2))) == 1  # the last scene has what is left
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_array_equal(a.depth, b.depth)
    other = next(pictures(DatasetCfg("floor", n=5, views=2, width=64, height=48, objects=3, seed=1), 1))
    assert (other.rgb != first[0].rgb).any()


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    cfg = DatasetCfg("bin", n=4, views=2, format="yolo", width=64, height=48, objects=2)
    assert list(generate(cfg, tmp_path / "a", processes=1)) == [0, 2, 4]
    files = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*.*")}
    assert len([path for path in files if path.suffix == ".png"]) == 4
    for path in (tmp_path / "a/images/train/000001").iterdir():
        path.unlink()
    (tmp_path / "a/images/train/000001").rmdir()
    assert list(generate(cfg, tmp_path / "a", processes=1)) == [2, 4]
    again = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*.*")}
    assert again == files
    assert list(generate(cfg, tmp_path / "a", processes=1)) == [4]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    cfg = DatasetCfg("bin", n=1, views=1, format="coco", width=64, height=48, objects=1)
    (tmp_path / "note.txt").touch()
    with pytest.raises(ValueError, match="holds something else than a data set"):
        list(generate(cfg, tmp_path, processes=1))
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "dataset.json").write_text('{"seed": 3, "n": 1}')
    with pytest.raises(ValueError, match="was begun with scene None, not bin"):
        list(generate(cfg, begun, processes=1))
    with pytest.raises(ValueError, match="--n is 0; it must be at least 1"):
        DatasetCfg(n=0)
