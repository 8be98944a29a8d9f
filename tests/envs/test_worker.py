"""A worker's walk against its path, its footprints, the lengths of its limbs, and a robot in its way."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.render import RayTracer
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.envs.worker import LIMBS, WorkerWalk, worker_rows
from scipy.spatial.transform import Rotation

FLAT, WORKER = ASSETS / "scenes" / "flat.usda", ASSETS / "robots" / "worker.usda"
CORNER = [(0.0, 0.0), (5.0, 0.0), (5.0, 4.0)]
FEET = {side: LIMBS.index(f"{side}_foot") for side in ("left", "right")}


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    """A worker, a twin, and an AMR that heads for where the twin stands."""
    robots = [
        RobotPlacement(ASSETS / "robots" / "amr.usda"),
        RobotPlacement(WORKER, prefix="anna_"),
        RobotPlacement(WORKER, prefix="ben_"),
    ]
    return load_stage(FLAT, robots).compile()


def test_every_limb_is_carried_and_none_adds_a_degree_of_freedom(model: mujoco.MjModel) -> None:
    loaded = load_stage(WORKER)
    assert loaded.report.not_carried == {}
    alone = loaded.compile()
    assert (alone.nv, alone.nmocap) == (0, len(LIMBS))
    assert alone.body_mass.sum() == pytest.approx(80.0)
    rows = worker_rows(model, "anna_") + worker_rows(model, "ben_")
    assert sorted(rows) == list(range(2 * len(LIMBS)))


def test_the_hips_follow_the_path_at_constant_speed() -> None:
    walk = WorkerWalk(CORNER, speed=1.0)
    # Lap: 5 m along X, 4 m along Y, the diagonal back.
    lap = 9.0 + math.hypot(5.0, 4.0)
    times = np.array([0.0, 2.5, 5.0, 7.0, 9.0, 9.0 + (lap - 9.0) / 2, lap + 2.5, 2 * lap])
    expected = [(0, 0), (2.5, 0), (5, 0), (5, 2), (5, 4), (2.5, 2), (2.5, 0), (0, 0)]
    pos, _ = walk.pose(times)
    np.testing.assert_allclose(pos[:, 0, :2], expected, atol=1e-9)
    alone, _ = walk.pose(7.0)
    np.testing.assert_allclose(alone, pos[3])


def test_it_faces_where_it_goes_and_turns_without_a_jump() -> None:
    walk = WorkerWalk(CORNER, speed=1.0)
    _, quat = walk.pose(np.array([2.5, 7.0]))
    ahead = _rotated(quat[:, 0], (math.cos(0.04), 0.0, math.sin(0.04)))  # it leans forward a little
    np.testing.assert_allclose(ahead, [(1, 0, 0), (0, 1, 0)], atol=1e-9)
    _, heading = walk.root(np.linspace(0.0, 60.0, 6001))
    # 90 degrees in 0.8 m, and the sharper corners of the triangle: no more than 4 rad a metre.
    assert np.abs(np.diff(heading)).max() < 0.01 * 4.0
    assert heading[-1] - heading[0] > 6.0, "round after round"


@pytest.mark.parametrize("speed", [0.3, 0.8, 1.2, 1.5])
def test_feet_on_the_ground_do_not_slide(speed: float) -> None:
    walk = WorkerWalk(CORNER, speed)
    times = np.arange(0.0, 20.0, 0.01)
    pos, quat = walk.pose(times)
    lowest = {}
    for side, foot in FEET.items():
        lowest[side] = _height_of_lowest_corner(pos[:, foot], quat[:, foot])
        down = pos[:, foot, 2] < 0.07 + 1e-9
        both = down[1:] & down[:-1]
        step = np.diff(pos[:, foot], axis=0)[both]
        assert np.abs(step).max() < 1e-9
        assert 0.5 < down.mean() < 0.62
        assert lowest[side].min() > -0.005, "no foot goes into the floor"
        # It steps as often as its stride says: landings in 20 s.
        landings = np.count_nonzero(down[1:] & ~down[:-1])
        assert landings == pytest.approx(speed * 20.0 / walk.stride, abs=1)
    assert (np.minimum(lowest["left"], lowest["right"]) < 1e-6).all(), "one foot carries it at any time"


@pytest.mark.parametrize("path", [CORNER, [(0.0, 0.0), (6.0, 0.0)]], ids=["corner", "to and fro"])
def test_limbs_keep_their_lengths_and_hold_together(path: list[tuple[float, float]]) -> None:
    pos, quat = WorkerWalk(path, 1.5).pose(np.arange(0.0, 20.0, 0.01))
    for side in ("left", "right"):
        for upper, lower, length in (("thigh", "shank", 0.436), ("upper_arm", "forearm", 0.331)):
            one, other = LIMBS.index(f"{side}_{upper}"), LIMBS.index(f"{side}_{lower}")
            ends = pos[:, one] + _rotated(quat[:, one], (0.0, 0.0, -length))
            np.testing.assert_allclose(ends, pos[:, other], atol=1e-9)
        reach = np.linalg.norm(pos[:, LIMBS.index(f"{side}_shank")] - pos[:, FEET[side]], axis=1)
        np.testing.assert_allclose(reach, 0.438, atol=1e-9)
    assert pos[:, 0, 2].min() > 0.75, "it does not crouch to turn"


def test_knees_bend_forwards_and_arms_swing_against_legs() -> None:
    walk = WorkerWalk([(0.0, 0.0), (100.0, 0.0)], 1.2)
    pos, _ = walk.pose(np.arange(2.0, 10.0, 0.01))
    hip, knee, ankle = (pos[:, LIMBS.index(f"left_{limb}"), 0] for limb in ("thigh", "shank", "foot"))
    assert (knee > (hip + ankle) / 2).all()
    arm = pos[:, LIMBS.index("left_forearm"), 0] - pos[:, LIMBS.index("left_upper_arm"), 0]
    assert np.corrcoef(arm, ankle - hip)[0, 1] < -0.8


def test_a_robot_driven_into_it_is_stopped(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    anna, ben = worker_rows(model, "anna_"), worker_rows(model, "ben_")
    data.mocap_pos[anna], data.mocap_quat[anna] = WorkerWalk([(0.0, 9.0), (5.0, 9.0)], 1.0).pose(0.0)
    data.mocap_pos[ben], data.mocap_quat[ben] = WorkerWalk([(2.0, 0.0), (2.0, 5.0)], 1.0).pose(0.0)
    for wheel in ("left_wheel_joint", "right_wheel_joint"):
        data.actuator(wheel).ctrl[:] = 10.0
    mujoco.mj_step(model, data, round(5.0 / model.opt.timestep))
    # Unhindered it would be 5 m away; its front is 0.4 m ahead of its middle, a boot 0.1 m wide. It may turn.
    assert 1.0 < data.body("base").xpos[0] < 1.75
    assert min(contact.dist for contact in data.contact) > -0.01
    touching = {model.geom(int(g)).name for contact in data.contact for g in contact.geom}
    assert any(name.startswith("ben_") for name in touching)


def test_it_touches_neither_the_floor_nor_itself() -> None:
    model = load_stage(FLAT, [RobotPlacement(WORKER)]).compile()
    data, rows, walk = mujoco.MjData(model), worker_rows(model), WorkerWalk(CORNER, 1.2)
    for time in np.arange(0.0, 1.0, 0.1):
        data.mocap_pos[rows], data.mocap_quat[rows] = walk.pose(time)
        mujoco.mj_forward(model, data)
        assert data.ncon == 0


def test_the_ray_tracer_sees_it_where_it_walks() -> None:
    model = load_stage(FLAT, [RobotPlacement(WORKER)]).compile()
    tracer, rows = RayTracer(model, 48, 48, fovy=math.radians(40)), worker_rows(model)
    walk = WorkerWalk([(0.0, 0.0), (8.0, 0.0)], 1.0)
    tracer.look_at((6.0, -4.0, 1.2), (6.0, 0.0, 1.2))
    seen = []
    for time in (0.0, 6.0):
        pos, quat = np.zeros((len(rows), 3)), np.zeros((len(rows), 4))
        pos[rows], quat[rows] = walk.pose(time)
        tracer.place_mocap(pos, quat)
        seen.append(tracer.render_depth(model.qpos0)[24, 24])
    # At 6 s its chest is in the middle of the picture, 4 m away less half its thickness.
    assert seen[1] == pytest.approx(3.83, abs=0.1)
    assert not 3.0 < seen[0] < 5.0


@pytest.mark.parametrize(
    ("path", "speed", "words"),
    [
        (CORNER, 0.0, "walks at 0.2 to 1.5 m/s"),
        (CORNER, math.nan, "walks at 0.2 to 1.5 m/s"),
        ([(0.0, 0.0)], 1.0, "at least two corners"),
        ([(0.0, 0.0), (1.0, 0.0), (1.0, 0.0)], 1.0, "no corner twice in a row"),
    ],
)
def test_bad_walks_are_refused(path: list[tuple[float, float]], speed: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkerWalk(path, speed)


def _rotated(quat: np.ndarray, vector: tuple[float, float, float]) -> np.ndarray:
    """`vector` turned by `wxyz` quaternions (..., 4)."""
    return Rotation.from_quat(quat, scalar_first=True).apply(vector)


def _height_of_lowest_corner(pos: np.ndarray, quat: np.ndarray) -> np.ndarray:
    """Of the boot's sole, 0.28 m x 0.09 m, 0.07 m below the ankle."""
    corners = [(x, y, -0.07) for x in (-0.09, 0.19) for y in (-0.045, 0.045)]
    return np.min([(pos + _rotated(quat, corner))[:, 2] for corner in corners], axis=0)
