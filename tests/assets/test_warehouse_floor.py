"""The floor against independent readers: rays through MuJoCo's model, a flood fill on the map."""

from __future__ import annotations

import json
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt
import pytest
from gaitway.assets.warehouse.generate import WarehouseSummary, generate_warehouse
from gaitway.assets.warehouse.layout import WarehouseCfg
from gaitway.envs.stage import load_stage
from PIL import Image
from pxr import Usd, UsdGeom, UsdPhysics
from scipy import ndimage

FREE, OCCUPIED, UNKNOWN = 254, 0, 205


class Map:
    """A map_server map, read the way ROS reads it."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "map.yaml").read_text().splitlines()
        self.fields = dict(line.split(": ", 1) for line in lines)
        self.resolution = float(self.fields["resolution"])
        self.origin = json.loads(self.fields["origin"])
        image = np.asarray(Image.open(folder / self.fields["image"]))
        self.cells = image[::-1]  # row 0 is the south

    def index(self, x: float, y: float) -> tuple[int, int]:
        return int((y - self.origin[1]) // self.resolution), int((x - self.origin[0]) // self.resolution)

    def drivable(self, half_width: float) -> npt.NDArray[np.integer]:
        """Connected regions, from 1 on, where the middle of a robot of this half width (m) may be."""
        clearance = np.asarray(ndimage.distance_transform_edt(self.cells == FREE))
        regions = np.zeros(clearance.shape, np.int32)
        ndimage.label(clearance * self.resolution >= half_width, output=regions)
        return regions


@pytest.fixture(scope="module")
def model(warehouse: Path) -> mujoco.MjModel:
    return load_stage(warehouse, visuals=False).compile()


def test_coverage_by_brute_force_rays(
    generated: tuple[Path, WarehouseSummary], model: mujoco.MjModel
) -> None:
    """Project random floor points into every camera and cast rays at what MuJoCo compiled."""
    path, summary = generated
    sites = json.loads((path.parent / "sites.json").read_text())
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    points = _free_points(path.parent, sites, 4000)
    seen = np.array([_is_seen(model, data, sites, point) for point in points])
    assert summary.coverage >= 0.95
    assert seen.mean() == pytest.approx(summary.coverage, abs=0.01)
    assert sites["camera_model"]["floor_coverage"] == pytest.approx(summary.coverage, abs=1e-4)


def _free_points(folder: Path, sites: dict, count: int) -> npt.NDArray[np.float64]:
    half = np.array([sites["floor"]["length"], sites["floor"]["width"]]) / 2
    ros_map = Map(folder)
    points = np.random.default_rng(7).uniform(-half, half, (2 * count, 2))
    return np.array([p for p in points if ros_map.cells[ros_map.index(*p)] == FREE][:count])


def _is_seen(model: mujoco.MjModel, data: mujoco.MjData, sites: dict, point: npt.NDArray[np.float64]) -> bool:
    intrinsics, (columns, rows) = sites["camera_model"]["intrinsics"], sites["camera_model"]["resolution"]
    target = np.array([*point, 0.0])
    rotation, geom = np.zeros(9), np.zeros(1, np.int32)
    for camera in sites["cameras"]:
        eye = np.array(camera["position"])
        mujoco.mju_quat2Mat(rotation, np.array(camera["quaternion_world_from_optical"]))
        x, y, z = rotation.reshape(3, 3).T @ (target - eye)
        column = intrinsics["fx"] * x / z + intrinsics["cx"]
        row = intrinsics["fy"] * y / z + intrinsics["cy"]
        if not (0 <= column <= columns and 0 <= row <= rows):
            continue
        distance = np.linalg.norm(target - eye)
        direction = (target - eye) / distance
        hit = mujoco.mj_ray(model, data, eye, direction, None, 1, -1, geom)
        if hit >= distance - 1e-3:
            return True
    return False


def test_map_yaml_is_what_map_server_reads(warehouse: Path) -> None:
    ros_map = Map(warehouse.parent)
    assert set(ros_map.fields) >= {
        "image",
        "resolution",
        "origin",
        "negate",
        "occupied_thresh",
        "free_thresh",
    }
    assert ros_map.resolution == 0.05
    assert ros_map.fields["negate"] == "0"
    assert set(np.unique(ros_map.cells)) == {FREE, OCCUPIED, UNKNOWN}
    # map_server takes a cell as occupied or free by (255 - value) / 255 against the two thresholds.
    assert float(ros_map.fields["occupied_thresh"]) < (255 - OCCUPIED) / 255
    assert (255 - FREE) / 255 < float(ros_map.fields["free_thresh"]) < (255 - UNKNOWN) / 255


def test_map_shows_the_colliders_where_they_stand(warehouse: Path) -> None:
    ros_map = Map(warehouse.parent)
    expected = np.zeros_like(ros_map.cells, bool)
    rows, columns = np.indices(expected.shape)
    x = (columns + 0.5) * ros_map.resolution + ros_map.origin[0]
    y = (rows + 0.5) * ros_map.resolution + ros_map.origin[1]
    stage = Usd.Stage.Open(str(warehouse))
    cache = UsdGeom.XformCache()
    colliders = [prim for prim in stage.Traverse() if prim.HasAPI(UsdPhysics.CollisionAPI)]
    assert len(colliders) < 60
    for prim in colliders:
        to_world = cache.GetLocalToWorldTransform(prim)
        if prim.IsA(UsdGeom.Cube):
            west, south, _ = to_world.Transform((-0.5, -0.5, -0.5))
            east, north, _ = to_world.Transform((0.5, 0.5, 0.5))
            expected |= (west <= x) & (x <= east) & (south <= y) & (y <= north)
        else:
            normal, point = to_world.TransformDir((0, 0, 1)), to_world.ExtractTranslation()
            expected |= (x - point[0]) * normal[0] + (y - point[1]) * normal[1] < 0
    known = ros_map.cells != UNKNOWN
    occupied = ros_map.cells == OCCUPIED
    assert (occupied | ~expected)[known].all(), "a collider that the map does not show"
    extra = (occupied & ~expected)[known].sum()
    assert extra < 0.05 * occupied.sum(), "only cells that a face runs through"


def test_floor_size_in_metres(warehouse: Path) -> None:
    sites = json.loads((warehouse.parent / "sites.json").read_text())
    assert sites["floor"]["length"] * sites["floor"]["width"] == pytest.approx(9290, rel=1e-3)
    ros_map = Map(warehouse.parent)
    assert (ros_map.cells == FREE).sum() * ros_map.resolution**2 < 9290
    # From the outer face of a 0.3 m wall to that of the opposite one.
    known = np.argwhere(ros_map.cells != UNKNOWN)
    width, length = (np.ptp(known, axis=0) + 1) * ros_map.resolution
    assert length == pytest.approx(sites["floor"]["length"] + 0.6, abs=2 * ros_map.resolution)
    assert width == pytest.approx(sites["floor"]["width"] + 0.6, abs=2 * ros_map.resolution)


@pytest.mark.parametrize(
    "cfg",
    [
        WarehouseCfg(),
        WarehouseCfg(seed=3, aisles=23),
        WarehouseCfg(area_m2=800.0, cameras=4),
        WarehouseCfg(area_m2=3000.0, aisles=1, rack_height=2.7, cameras=20, seed=1),
        WarehouseCfg(area_m2=25000.0, rack_height=8.0, cameras=10, seed=2),
    ],
    ids=["default", "narrow aisles", "smallest", "one aisle", "large"],
)
def test_every_site_is_free_and_reachable(tmp_path: Path, cfg: WarehouseCfg) -> None:
    """An AMR 0.6 m wide gets from every spawn point to every station, dock and spawn point."""
    generate_warehouse(tmp_path / "w.usda", cfg)
    ros_map = Map(tmp_path)
    sites = json.loads((tmp_path / "sites.json").read_text())
    places = [*sites["stations"], *sites["docks"], *sites["spawn_points"]]
    assert {"pick_station", "charger", "amr", "worker", "forklift"} <= {place["kind"] for place in places}
    regions = ros_map.drivable(0.3)
    reached = {regions[ros_map.index(*place["position"][:2])] for place in places}
    assert len(reached) == 1
    assert reached != {0}


def test_flood_fill_notices_a_blocked_aisle(warehouse: Path) -> None:
    ros_map = Map(warehouse.parent)
    sites = json.loads((warehouse.parent / "sites.json").read_text())
    ros_map.cells = ros_map.cells.copy()
    row = ros_map.index(0.0, 0.0)[0]
    ros_map.cells[row - 3 : row + 3] = OCCUPIED
    regions = ros_map.drivable(0.3)
    reached = {regions[ros_map.index(*site["position"][:2])] for site in sites["docks"] + sites["stations"]}
    assert len(reached) > 1


def test_a_box_set_on_a_spawn_point_rests_on_the_floor(warehouse: Path) -> None:
    """MuJoCo's USD importer is a second reader: the floor carries, and nothing overlaps the spawn points."""
    sites = json.loads((warehouse.parent / "sites.json").read_text())
    spec = load_stage(warehouse, visuals=False).spec
    for spawn in sites["spawn_points"][:10]:
        x, y, _ = spawn["position"]
        body = spec.worldbody.add_body(pos=[x, y, 0.2])
        body.add_freejoint()
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.4, 0.29, 0.15], density=200)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 500)
    heights = data.qpos.reshape(-1, 7)[:, 2]
    np.testing.assert_allclose(heights, 0.15, atol=2e-3)


def test_nothing_leaves_the_hall(warehouse: Path) -> None:
    """Balls rolled at 5 m/s from the main aisle end up on cells that the map calls free."""
    spec = load_stage(warehouse, visuals=False).spec
    y = json.loads((warehouse.parent / "sites.json").read_text())["spawn_points"][-1]["position"][1]
    for k in range(16):
        body = spec.worldbody.add_body(pos=[3.0 * (k - 8), y, 0.16])
        body.add_freejoint()
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.15, 0, 0], density=100)
    model = spec.compile()
    data = mujoco.MjData(model)
    angles = 2 * np.pi * np.arange(16) / 16
    data.qvel.reshape(-1, 6)[:, :2] = 5.0 * np.column_stack([np.cos(angles), np.sin(angles)])
    ros_map = Map(warehouse.parent)
    for _ in range(40):
        mujoco.mj_step(model, data, 100)
        for position in data.qpos.reshape(-1, 7)[:, :2]:
            assert ros_map.cells[ros_map.index(*position)] == FREE
    assert np.abs(data.qvel).max() < 40.0
