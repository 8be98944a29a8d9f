"""The ray tracer against geometry done by hand, and MuJoCo's own rays."""

from __future__ import annotations

import math
from pathlib import Path

import imageio_ffmpeg
import mujoco
import numpy as np
import pytest
from gaitway.envs.render import RayTracer
from gaitway.envs.video import VideoWriter

WIDTH, HEIGHT, FOVY = 64, 48, math.radians(60)


def _scene() -> mujoco.MjModel:
    """A floor, a red wall at x = 4 m, a green ball that can move, a hidden collision shape and a camera."""
    spec = mujoco.MjSpec()
    world = spec.worldbody
    world.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[50, 50, 0.1], rgba=[0.5, 0.5, 0.5, 1])
    world.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=[5, 0, 2], size=[1, 20, 2], rgba=[0.8, 0.1, 0.1, 1])
    world.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=[1, 0, 1], size=[0.1, 5, 5], group=3)
    ball = world.add_body(pos=[3, 0, 1])
    ball.add_freejoint()
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.5, 0, 0], rgba=[0.1, 0.8, 0.1, 1])
    camera = ball.add_camera(name="on_ball", pos=[0, 0, 3], fovy=40)
    camera.quat = [1, 0, 0, 0]  # looks down
    return spec.compile()


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return _scene()


@pytest.fixture(scope="module")
def tracer(model: mujoco.MjModel) -> RayTracer:
    """Looks along +X from 1 m above the origin."""
    tracer = RayTracer(model, WIDTH, HEIGHT, fovy=FOVY)
    return tracer


@pytest.fixture(autouse=True)
def _camera(tracer: RayTracer) -> None:
    tracer.look_at((0, 0, 1), (1, 0, 1), FOVY)


def test_depth_is_planar_and_exact(tracer: RayTracer, model: mujoco.MjModel) -> None:
    """The wall is 4 m deep in every pixel that sees it; the ball's nearest point 2.5 m; the sky 0."""
    depth = tracer.render_depth(model.qpos0)
    assert depth.shape == (HEIGHT, WIDTH) and depth.dtype == np.float32
    row = depth[HEIGHT // 2]
    np.testing.assert_allclose(row[:8], 4.0, rtol=1e-5)
    np.testing.assert_allclose(row[-8:], 4.0, rtol=1e-5)
    assert depth[HEIGHT // 2, WIDTH // 2] == pytest.approx(2.5, abs=2e-3)
    # The wall ends 3 m above the eye, at 37 degrees; the picture ends at 30.
    assert (depth > 0).all()
    tracer.look_at((0, 0, 1), (0, 0, 2))
    assert (tracer.render_depth(model.qpos0) == 0).all()


def test_depth_equals_mujocos_rays(tracer: RayTracer, model: mujoco.MjModel) -> None:
    """Every pixel against `mj_ray`, from a slanted view of a moved ball."""
    qpos = np.array([2.0, 0.7, 0.8, 1, 0, 0, 0])
    eye, target = np.array([0.3, -1.2, 2.1]), np.array([2.2, 0.5, 0.4])
    tracer.look_at(eye, target)
    depth = tracer.render_depth(qpos)
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_forward(model, data)
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    slope = 2 * math.tan(FOVY / 2) / HEIGHT
    groups = np.array([1, 1, 1, 0, 0, 0], dtype=np.uint8)
    expected = np.zeros_like(depth)
    for i in range(HEIGHT):
        for j in range(WIDTH):
            ray = forward + right * (j + 0.5 - WIDTH / 2) * slope + up * (HEIGHT / 2 - i - 0.5) * slope
            distance = mujoco.mj_ray(model, data, eye, ray, groups, 1, -1, np.zeros(1, dtype=np.int32))
            expected[i, j] = max(distance, 0.0)  # `ray` is 1 m long along the optical axis
    # Grazing rays at the ball's rim may or may not hit.
    assert (np.abs(depth - expected) < 2e-3).mean() > 0.995


def test_colours_are_the_geoms(tracer: RayTracer, model: mujoco.MjModel) -> None:
    picture = tracer.render(model.qpos0)
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.dtype == np.uint8
    wall, ball = picture[HEIGHT // 2, 4].astype(int), picture[HEIGHT // 2, WIDTH // 2].astype(int)
    assert wall[0] > 2 * wall[1] and ball[1] > 2 * ball[0]


def test_shadow_falls_away_from_the_light(tracer: RayTracer, model: mujoco.MjModel) -> None:
    """Seen from above, the floor is darker under the ball's light ray than on the other side of the ball."""
    qpos = np.array([-4.0, 0, 1.5, 1, 0, 0, 0])
    tracer.look_at((-4, 0, 9), (-4, 0, 0))
    picture = tracer.render(qpos).astype(int).sum(axis=-1)
    # The key light travels (-0.28, 0.24, -0.93): the shadow lies 0.45 m to -X and 0.39 m to +Y.
    metres_per_pixel = 9 * 2 * math.tan(FOVY / 2) / HEIGHT
    far = 0.62 / metres_per_pixel
    rows, columns = np.indices(picture.shape)
    x, y = columns - WIDTH / 2, HEIGHT / 2 - rows
    along = (-0.76 * x + 0.65 * y) / far
    across = np.abs(0.65 * x + 0.76 * y)
    shadow = picture[(along > 1.2) & (along < 1.5) & (across < 1)].mean()
    other = picture[(along < -1.2) & (along > -1.5) & (across < 1)].mean()
    assert shadow < 0.8 * other


def test_supersampling_only_smooths(model: mujoco.MjModel, tracer: RayTracer) -> None:
    fine = RayTracer(model, WIDTH, HEIGHT, fovy=FOVY, supersample=2)
    fine.look_at((0, 0, 1), (1, 0, 1))
    coarse = tracer.render(model.qpos0).astype(int)
    difference = np.abs(fine.render(model.qpos0).astype(int) - coarse).max(axis=-1)
    assert np.median(difference) <= 2
    assert difference.max() > 20, "no edge was smoothed"


def test_thread_count_does_not_change_a_pixel(model: mujoco.MjModel, tracer: RayTracer) -> None:
    single = RayTracer(model, WIDTH, HEIGHT, fovy=FOVY, threads=1)
    single.look_at((0, 0, 1), (1, 0, 1))
    assert np.array_equal(single.render(model.qpos0), tracer.render(model.qpos0))


def test_place_in_the_world_does_not_matter(model: mujoco.MjModel) -> None:
    """The same view 35 m away sees the same ball: rays are traced relative to the eye."""
    tracer = RayTracer(model, WIDTH, HEIGHT, fovy=FOVY)
    depths = []
    for x in (-10.0, -45.0):
        tracer.look_at((x, 40, 3), (x + 2, 40, 1))
        depths.append(tracer.render_depth(np.array([x + 2, 40, 1, 1, 0, 0, 0])))
    near = (depths[0] > 0) & (depths[0] < 3)
    assert near.sum() > 20
    np.testing.assert_allclose(depths[0][near], depths[1][near], atol=1e-4)


def test_named_camera_moves_with_its_body(tracer: RayTracer, model: mujoco.MjModel) -> None:
    """3 m above the ball's centre, looking down: 2.5 m to its top."""
    qpos = np.array([-3.0, 2, 4, 1, 0, 0, 0])
    tracer.use_camera("on_ball", qpos)
    depth = tracer.render_depth(qpos)
    assert depth[HEIGHT // 2, WIDTH // 2] == pytest.approx(2.5, abs=2e-3)
    assert depth[0, 0] == pytest.approx(7.0, abs=1e-3)


def test_unknown_camera_is_an_error(tracer: RayTracer, model: mujoco.MjModel) -> None:
    with pytest.raises(ValueError, match=r"no camera 'front'; it has on_ball"):
        tracer.use_camera("front", model.qpos0)


@pytest.mark.parametrize("arguments", [{"width": 0}, {"height": -1}, {"fovy": 0.0}, {"supersample": 0}])
def test_senseless_size_is_an_error(model: mujoco.MjModel, arguments: dict) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        RayTracer(model, **arguments)


def test_video_has_every_picture(tmp_path: Path) -> None:
    """Ten pictures, each brighter than the last, read back by another process."""
    file = tmp_path / "film.mp4"
    with VideoWriter(file, fps=12.5) as video:
        for brightness in range(10):
            video.write(np.full((48, 64, 3), 20 * brightness, dtype=np.uint8))
    reader = imageio_ffmpeg.read_frames(str(file))
    meta = next(reader)
    frames = [np.frombuffer(frame, np.uint8) for frame in reader]
    assert meta["size"] == (64, 48) and meta["fps"] == 12.5 and meta["codec"] == "h264"
    np.testing.assert_allclose([frame.mean() for frame in frames], 20 * np.arange(10), atol=3)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_broken_video_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), VideoWriter(tmp_path / "film.mp4", 10) as video:
        video.write(np.zeros((48, 64, 3), dtype=np.uint8))
        raise RuntimeError("the renderer died")
    assert list(tmp_path.iterdir()) == []


def test_picture_of_another_size_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="follows ones of"), VideoWriter(tmp_path / "film.mp4", 10) as video:
        video.write(np.zeros((48, 64, 3), dtype=np.uint8))
        video.write(np.zeros((48, 62, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="even size"), VideoWriter(tmp_path / "film.mp4", 10) as video:
        video.write(np.zeros((47, 64, 3), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_an_error(tmp_path: Path) -> None:
    """`/dev/full` takes no byte, as a full disk."""
    video = VideoWriter(tmp_path / "film.mp4", 10)
    video._partial.symlink_to("/dev/full")
    with pytest.raises(OSError), video:
        for _ in range(400):
            noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
            video.write(noise)
    assert list(tmp_path.iterdir()) == []
