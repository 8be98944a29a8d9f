"""Traffic that does not collide, exact pictures of it, and the whole chain on an open floor."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.envs.stage import load_stage
from gaitway.perception.activity.calibration import Calibration, pixel_rays
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of
from gaitway.twin.ceiling import cast
from gaitway.twin.ceiling.hall import Hall, calibrate
from gaitway.twin.ceiling.mishaps import LASTS
from gaitway.twin.ceiling.run import LEARNING, RunCfg, watch
from gaitway.twin.ceiling.scenario import ScenarioCfg, run_scenario
from gaitway.twin.ceiling.score import summary
from gaitway.twin.ceiling.sensor import SensorCfg
from gaitway.twin.ceiling.shapes import amr_mesh, shape_of
from gaitway.twin.ceiling.timeline import Timeline
from gaitway.twin.ceiling.traffic import SPEED, Leg, Schedule
from gaitway.twin.ceiling.views import CeilingViews, Pose

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
CFG = WarehouseCfg(area_m2=1000.0, cameras=6)


def open_hall() -> Hall:
    """The floor of a small warehouse without its racks, below six cameras 9 m up."""
    layout = plan(CFG, np.random.default_rng(0))
    places = [(x, y) for x in (-12.0, 0.0, 12.0) for y in (-6.5, 6.5)]
    cameras = {
        f"camera_{k}": Camera(160, 120, 56.0, 56.0, 79.5, 59.5, body_from_camera=pose_of([*at, 9.0], DOWN))
        for k, at in enumerate(places)
    }
    depth = np.full((len(cameras), 120, 160), 9.0, np.float32)
    return Hall(layout, calibrate(layout, cameras), depth, np.full((*depth.shape, 3), 128, np.uint8))


@pytest.fixture(scope="module")
def hall() -> Hall:
    return open_hall()


def test_nobody_collides_or_flies(hall):
    timeline, mishaps = run_scenario(hall, ScenarioCfg(150.0, 4, 1, 3, mishaps=0.0, seed=1))
    assert not mishaps
    movers = [shape for shape in timeline.shapes if shape.kind != "obstacle"]
    position = timeline.position[:, : len(movers)]
    rim = np.array([shape.size.min() / 2 for shape in movers])
    gap = np.linalg.norm(position[:, :, None] - position[:, None], axis=3) - rim[:, None] - rim
    gap[:, range(len(movers)), range(len(movers))] = np.inf
    assert gap.min() > 0.0
    speed = np.linalg.norm(np.diff(position, axis=0), axis=2) / 0.1
    limits = np.array([SPEED[shape.kind] for shape in movers])
    assert (speed.max(axis=0) <= limits + 0.01).all()
    assert (speed.mean(axis=0) > 0.1).all()
    (west, south), (east, north) = hall.layout.interior
    assert ((position >= [west, south]) & (position <= [east, north])).all()


def test_every_mishap_happens_and_is_an_incident_to_who_sees_everything(hall):
    timeline, mishaps = run_scenario(hall, ScenarioCfg(200.0, 4, 1, 3, mishaps=240.0, seed=2))
    kinds = {incident.kind for incident in timeline.incidents(hall.calibration.zones)}
    assert {"dropped_load", "spill", "blocked_aisle", "stopped_vehicle", "person_in_lane"} <= kinds
    fell = next(m for m in mishaps if m.kind == "spill")
    k = next(k for k, s in enumerate(timeline.shapes) if s.kind == "obstacle" and s.height < 0.05)
    lies = np.flatnonzero(timeline.present[:, k])
    assert timeline.times[lies[0]] == pytest.approx(fell.time, abs=0.11)
    assert len(lies) * 0.1 >= LASTS - 0.2


def test_what_falls_again_is_another_thing():
    shape = cast.carton(np.random.default_rng(0))
    present = np.array([[False], [True], [True], [False], [True]])
    nowhere = np.zeros((5, 1, 2))
    names = Timeline(np.arange(5) / 10, [shape], nowhere, nowhere[..., 0], nowhere[..., 0], present).names()
    assert names[1] == names[2] != names[4]


@pytest.mark.parametrize(("haste", "count"), [(0.5, 1), (0.0, 0), (-0.5, 0)])
def test_a_stop_of_nearly_ten_seconds_may_be_taken_either_way(haste, count):
    times = np.arange(0.0, 20.0, 0.1)
    way = np.clip(times, 0.0, 4.0) + np.clip(times - 13.7, 0.0, None)
    position = np.stack([way, np.zeros_like(way)], axis=-1)[:, None]
    still = np.zeros((len(times), 1))
    amr = shape_of("amr", (amr_mesh(),))
    timeline = Timeline(times, [amr], position, still, still, still < 1)
    assert len(timeline.incidents([], haste=haste)) == count


def test_plans_wait_for_each_other():
    """Two cross one point at the same time: the second to plan waits, and both arrive."""
    schedule = Schedule(["amr", "amr"], np.array([[-6.0, 0.0], [0.0, -6.0]]), 30.0)
    assert schedule.plan(0, Leg(np.array([[-6.0, 0.0], [6.0, 0.0]])), 8.0)
    assert schedule.plan(1, Leg(np.array([[0.0, -6.0], [0.0, 6.0]])), 8.0)
    gap = np.linalg.norm(schedule.position[:, 0] - schedule.position[:, 1], axis=1)
    assert gap.min() > 0.9
    assert schedule.until[1] > schedule.until[0]
    np.testing.assert_allclose(schedule.position[-1], [[6, 0], [0, 6]])
    assert not schedule.plan(0, Leg(np.array([[6.0, 0.0], [0.0, 6.0]])), 2.0)  # the other stands there


def test_drawn_depth_is_what_mujoco_measures(hall):
    """An AMR, turned: every ray of one camera against MuJoCo's own ray caster."""
    model = load_stage(ASSETS / "robots" / "amr.usda").compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    shape = shape_of("amr", (amr_mesh(),))
    at, yaw = np.array([1.3, -5.0]), 0.7
    depth, _ = CeilingViews(hall, [shape]).draw([Pose(at, yaw)])
    camera = hall.calibration.cameras["camera_2"]
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    rays = pixel_rays(camera) @ DOWN.T @ turn
    eye = turn.T @ (camera.body_from_camera[:3, 3] - [*at, 0.0])
    groups = np.array([1, 1, 1, 0, 0, 0], np.uint8)
    measured = np.full((120, 160), np.nan)
    for v, u in np.argwhere(depth[2] < 8.99):
        ray, geom = rays[v, u], np.zeros(1, np.int32)
        distance = mujoco.mj_ray(model, data, eye, ray / np.linalg.norm(ray), groups, 1, -1, geom, None)
        measured[v, u] = distance / np.linalg.norm(ray) if distance >= 0 else np.nan
    hit = depth[2] < 8.99
    error = abs(measured - depth[2])[hit]
    assert hit.sum() > 15
    assert np.nanquantile(error, 0.9) < 0.002  # round wheels and corners are polygons here
    assert np.isnan(error).mean() < 0.05


def test_near_actor_hides_far_one(hall):
    tall = cast.fallen_pallet(np.random.default_rng(0))
    flat = cast.spill(np.random.default_rng(0))
    poses: list[Pose | None] = [Pose(np.array([0.0, -6.5]), 0.0), Pose(np.array([0.0, -6.5]), 0.0)]
    depth, rgb = CeilingViews(hall, [tall, flat]).draw(poses)
    both, _ = CeilingViews(hall, [flat, tall]).draw(poses)
    np.testing.assert_array_equal(depth[2], both[2])
    assert depth[2].min() == pytest.approx(9.0 - tall.height, abs=1e-4)
    assert not (rgb[2] == 128).all()


def test_cameras_see_the_traffic_as_it_is(hall):
    """The whole chain, with noise, clocks 50 ms off and a camera that falls silent."""
    scenario = ScenarioCfg(LEARNING + 25.0, 3, 1, 2, mishaps=0.0, seed=3)
    run = watch(hall, scenario, RunCfg(skew=0.05, outages=30.0, outage=8.0, seed=1), SensorCfg())
    figures = summary(run)
    every = figures["tracking"]["all"]
    assert every["hota"] > 0.8
    assert every["idf1"] > 0.9
    assert every["position_error"] < 0.15
    assert figures["pictures"] < 6 * 50  # some were silent
    kinds = {thing.kind for thing in run.activities[-1].things}
    assert {"amr", "forklift", "worker"} <= kinds


def test_bad_scenario_is_refused(hall):
    with pytest.raises(ValueError, match="is no scenario"):
        ScenarioCfg(seconds=0.0)
    with pytest.raises(ValueError, match="no way left for another"):
        run_scenario(hall, ScenarioCfg(10.0, 300, 0, 0, 0.0))


def test_calibration_has_the_zones_of_the_layout(hall):
    bare: Calibration = replace(hall.calibration, cameras={})
    kinds = [zone.kind for zone in bare.zones]
    assert kinds.count("aisle") == len(hall.layout.aisle_x) * len(hall.layout.blocks)
    assert {"amr_lane", "parking"} <= set(kinds)
