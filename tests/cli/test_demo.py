"""The demo's parts without its ten minutes: route, walk, film, page, and an end before the end."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.assets.warehouse.generate import generate_warehouse
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.cli.demo import film as film_module
from gaitway.cli.demo import walk as walk_module
from gaitway.cli.demo.bars import BARS, missed
from gaitway.cli.demo.camera import camera_path
from gaitway.cli.demo.growth import Attempt, choose_checkpoints
from gaitway.cli.demo.page import PAGE_FILE, is_demo_folder, verdict, write_page
from gaitway.cli.demo.plots import plot_paths, plot_timing, plot_velocities
from gaitway.cli.demo.route import CLEARANCE, LANE_OFFSET, FloorMap, lane, two_lanes
from gaitway.cli.demo.run import Demo
from gaitway.cli.demo.story import Parity, Story
from gaitway.cli.demo.walk import Errand, Walk, heading_velocity, read_walk, walk
from gaitway.deploy_jetson.route import Route
from gaitway.policies import ZOO
from gaitway.policies.score import EvalResult
from gaitway.policies.scoring.episodes import Score
from gaitway.policies.scoring.intervals import Estimate
from PIL import Image
from scipy.spatial import cKDTree

BUNDLE = ZOO / "droid-velocity-flat"
_VALUES = {
    "survival_rate": 1.0,
    "lin_vel_error": 0.1,
    "yaw_rate_error": 0.12,
    "return_mean": 105.0,
    "swing_time_mean": 0.3,
    "swing_apex_mean": 0.05,
    "touchdowns_per_s": 1.4,
    "action_rate_mean": 0.08,
    "standing_speed": 0.02,
}


def _score(**changes: float) -> Score:
    return {name: Estimate(value, value, value) for name, value in (_VALUES | changes).items()}


GOOD = _score()
POOR = _score(survival_rate=0.4, touchdowns_per_s=2.6)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The shipped bundle, walked along a short line by the edge runtime, as fast as it goes."""
    route = Route((0.5, -1.0, math.pi / 2), ((0.5, 0.0), (0.4, 1.0)), 0.5, 0.3)
    folder = tmp_path_factory.mktemp("walk")
    errand = Errand(BUNDLE, route, ASSETS / "scenes/flat.usda", folder)
    return walk({"shipped": errand}, realtime=False)["shipped"]


def test_lanes_are_free_and_apart(tmp_path: Path) -> None:
    cfg = WarehouseCfg()
    generate_warehouse(tmp_path / "warehouse.usda", cfg)
    layout = plan(cfg, np.random.default_rng(cfg.seed))
    lanes = two_lanes(layout, FloorMap.load(tmp_path / "map.pgm", layout))
    # By brute force: the distance from points along the lanes to the corners of all cells that are not free.
    settings = dict(line.split(": ") for line in (tmp_path / "map.yaml").read_text().splitlines())
    x0, y0, _ = (float(value) for value in settings["origin"].strip("[]").split(","))
    size = float(settings["resolution"])
    cells = np.asarray(Image.open(tmp_path / "map.pgm"))
    rows, columns = np.nonzero(cells != 254)
    lower_left = np.column_stack((x0 + size * columns, y0 + size * (len(cells) - 1 - rows)))
    tree = cKDTree(np.concatenate([lower_left + size * np.array([i, j]) for i in (0, 1) for j in (0, 1)]))
    paths = []
    for route in lanes:
        assert len(route.waypoints) == 6
        assert 25 < route.length < 35
        points = np.array([route.start[:2], *route.waypoints])
        paths.append(np.concatenate([np.linspace(a, b, 200) for a, b in pairwise(points)]))
        assert tree.query(paths[-1])[0].min() > CLEARANCE
    apart = cKDTree(paths[0]).query(paths[1])[0]
    assert apart.min() > 0.9
    assert abs(lanes[0].length - lanes[1].length) < 0.5, "neither droid should have the shorter way"


def test_a_lane_lies_left_of_its_line() -> None:
    corner = lane(np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 3.0)]), LANE_OFFSET)
    np.testing.assert_allclose(corner.start, [0.0, LANE_OFFSET, 0.0])
    np.testing.assert_allclose(corner.waypoints, [(4 - LANE_OFFSET, LANE_OFFSET), (4 - LANE_OFFSET, 3.0)])


def test_heading_velocity_is_mujocos() -> None:
    """Against `mj_objectVelocity` of a leaning, tumbling body, turned by hand into the heading frame."""
    model = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><body><freejoint/><geom size='.1'/></body></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    for _ in range(5):
        data.qpos[3:] = rng.normal(size=4) * [1.0, 0.2, 0.2, 1.0]
        data.qpos[3:] /= np.linalg.norm(data.qpos[3:])
        data.qvel[:] = rng.normal(size=6)
        mujoco.mj_forward(model, data)
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, 1, velocity, 0)
        ahead = data.xmat[1].reshape(3, 3)[:2, 0] / np.linalg.norm(data.xmat[1].reshape(3, 3)[:2, 0])
        expected = [ahead @ velocity[3:5], ahead[0] * velocity[4] - ahead[1] * velocity[3], velocity[2]]
        np.testing.assert_allclose(heading_velocity(data.qpos[None], data.qvel[None])[0], expected, atol=1e-9)


def test_the_edge_runtime_walks_to_the_waypoints(walked: Walk) -> None:
    assert (walked.reached, walked.fault, walked.report["realtime"]) == (2, "", False)
    assert walked.reached_by[-1] == 2 and not walked.reached_by[0]
    assert np.linalg.norm(walked.qpos[-1, :2] - (0.4, 1.0)) < 0.4
    assert 1.4 < walked.distance < 2.2
    assert len(walked.states) == len(walked.time) + 2  # the first state, and one of damping at the end
    # The simulator's clock and positions give the same mean speed as the recorded velocities.
    middle = slice(100, 200)
    seconds = walked.time[middle][-1] - walked.time[middle][0]
    travelled = np.linalg.norm(walked.qpos[middle][-1, :2] - walked.qpos[middle][0, :2]) / seconds
    assert walked.velocity[middle, 0].mean() == pytest.approx(travelled, abs=0.03)
    assert walked.errors()[0] < 0.15


def test_a_walk_that_was_late_is_walked_again(walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    late = dataclasses.replace(walked, report={**walked.report, "fault": "late", "overruns": 3})
    fallen = dataclasses.replace(walked, report={**walked.report, "fault": "leans", "overruns": 0})
    asked = []

    def together(errands: dict[str, Errand], realtime: bool) -> dict[str, Walk]:
        asked.append((sorted(errands), realtime))
        both = {"fresh": fallen, "shipped": late} if realtime else {"shipped": walked}
        return {name: both[name] for name in errands}

    monkeypatch.setattr(walk_module, "_together", together)
    walks = walk({"fresh": walked.errand, "shipped": walked.errand})
    assert asked == [(["fresh", "shipped"], True), (["shipped"], False)]
    assert walks["fresh"].fault == "leans"
    assert walks["shipped"].report["first_report"]["fault"] == "late"


def test_a_robot_that_damps_is_commanded_nothing(walked: Walk, tmp_path: Path) -> None:
    """Its watchdog ends the walk: the last tick has no command, which the others' errors do not mind."""
    folder = tmp_path / "walk"
    shutil.copytree(walked.errand.folder, folder)
    *before, last = (folder / "ticks.jsonl").read_text().splitlines()
    damping = {**json.loads(last), "state": "damping", "cause": "robot watchdog", "command": None}
    (folder / "ticks.jsonl").write_text("\n".join([*before, json.dumps(damping)]))
    read = read_walk(dataclasses.replace(walked.errand, folder=folder))
    assert np.isnan(read.command[-1]).all()
    assert read.errors() == pytest.approx(walked.errors(), rel=0.01)


def test_film_plays_in_a_browser(walked: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_module, "TICKS_PER_FRAME", 50)
    monkeypatch.setattr(film_module, "SIZES", ((160, 90),))
    floor = FloorMap(np.ones((200, 200), bool), (-5.0, -5.0))
    walks = {"fresh": walked, "shipped": walked}
    film_module.film(walked.errand.scene, floor, walks, tmp_path / "film.mp4", 60.0)
    frames = imageio_ffmpeg.read_frames(str(tmp_path / "film.mp4"))
    facts = next(frames)
    assert facts["codec"] == "h264" and facts["pix_fmt"].startswith("yuv420p")
    assert facts["size"] == (160, 90)
    assert len(list(frames)) == math.ceil(len(walked.states) / 50)
    with Image.open(tmp_path / "film.png") as still:
        assert still.size == (160, 90)


def test_droids_wear_their_colours(walked: Walk) -> None:
    model = film_module._hall_with_droids(walked.errand.scene, {"fresh": walked, "shipped": walked})
    for name, tone in (("fresh", (228, 87, 46)), ("shipped", (31, 120, 209))):
        np.testing.assert_allclose(
            model.geom(f"{name}_chest_plate").rgba[:3], np.array(tone) / 255, atol=0.01
        )
        assert model.geom(f"{name}_shell").rgba[:3].min() > 0.7, "the rest stays as it is"


def test_camera_keeps_off_the_racks(walked: Walk) -> None:
    """In an aisle of 3 m along +Y; one droid is far ahead, which pulls the camera to the side."""
    free = np.zeros((400, 400), bool)
    free[:, 170:230] = True
    floor = FloorMap(free, (-10.0, -10.0))
    behind = walked.states.copy()
    behind[:, :2] -= (0.5, 2.5)
    walks = {"fresh": dataclasses.replace(walked, states=behind), "shipped": walked}
    eyes, targets = camera_path(walks, floor, len(walked.states))
    assert abs(eyes[:, 0]).max() < 1.5 - 0.3
    assert (eyes[:, 1] > targets[:, 1]).all(), "it walks before them"
    assert abs(np.diff(eyes, axis=0)).max() < 0.05, "and does not jump"


def test_camera_leaves_who_fell_or_fell_behind(walked: Walk) -> None:
    floor = FloorMap(np.ones((400, 400), bool), (-10.0, -10.0))
    length = len(walked.states)
    far_back = walked.states[:1] - 8.0 * np.eye(walked.states.shape[1])[1]
    stands = dataclasses.replace(walked, states=far_back.repeat(length, axis=0))
    report = {**walked.report, "fault": "leans"}
    fallen = dataclasses.replace(walked, time=walked.time[:100], states=walked.states[:101], report=report)
    for other in (stands, fallen):
        _, targets = camera_path({"fresh": other, "shipped": walked}, floor, length)
        np.testing.assert_allclose(targets[-20:, :2], walked.states[-20:, :2], atol=0.1)


class _Links(HTMLParser):
    """What a page refers to, its sections, and whether all tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sections: list[str] = []
        self.refresh = False
        self._open: list[str] = []
        self.feed(text)
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.links += [value for name in ("src", "href", "poster") if (value := values.get(name))]
        self.refresh |= values.get("http-equiv") == "refresh"
        if tag == "section":
            self.sections.append(values["id"] or "")
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


SECTIONS = ["scene", "film", "velocity", "path", "timing", "training", "shift", "parity", "repeat"]


def _read(story: Story) -> tuple[str, _Links]:
    text = write_page(story).read_text()
    page = _Links(text)
    assert page.sections == SECTIONS
    for link in page.links:
        assert (story.folder / link).is_file(), link
    return text, page


def _finished(folder: Path, walked: Walk, score: Score) -> Story:
    story = Story(10.0, folder)
    for stage in story.stages.values():
        stage.state, stage.seconds = "done", 12.0
    for name in ("eye_level.png", "top_down.png", "curve.png", "growth.png", "walk.mp4", "walk.png"):
        (folder / name).touch()
    for name in ("warehouse.usda", "map.pgm", "map.yaml", "sites.json"):
        (folder / name).touch()
    story.scene = {"floor": "121.9 m"}
    story.training = {"samples": "4,000,000"}
    story.parity = [Parity("fresh bundle", 4000, 2e-7, 3e-5)]
    story.commands = {"check": "gaitway-edge check bundle"}
    story.edge_check = "1,000 golden ticks reproduce\n"
    story.scores = {"fresh": EvalResult("task", "bundle", 256, 0, score, 4_000_000, "abc", [score])}
    story.walks = {"fresh": walked}
    story.film = folder / "walk.mp4"
    story.growth = [Attempt(0.0, 0, np.zeros((2, 7)), 0.8)]
    (folder / "shift").mkdir()
    for name in ("report.html", "video.mp4"):
        (folder / "shift" / name).touch()
    story.shift = {"cameras saw it after": "1.12 s"}
    plot_velocities(story.walks, folder / "velocity.png")
    plot_timing(story.walks, folder / "timing.png")
    floor = FloorMap(np.ones((200, 200), bool), (-5.0, -5.0))
    plot_paths(floor, story.walks, folder / "path.png")
    return story


def test_page_is_there_from_the_start(tmp_path: Path) -> None:
    text, page = _read(Story(10.0, tmp_path))
    assert page.refresh and "To come: train the droid from scratch" in text
    assert is_demo_folder(tmp_path)


def test_finished_page_has_everything(tmp_path: Path, walked: Walk) -> None:
    text, page = _read(_finished(tmp_path, walked, GOOD))
    assert not page.refresh and "To come" not in text
    for name in (
        "walk.mp4",
        "velocity.png",
        "path.png",
        "timing.png",
        "curve.png",
        "growth.png",
        "shift/report.html",
    ):
        assert name in page.links
    for figure in (
        "10 minutes of training were enough",
        "2 of 2",
        "2.0e-07",
        "in lockstep",
        "1.400",
        "1.12 s",
    ):
        assert figure in text
    assert 'class="number no">3.0e-05' in text, "a difference above the tolerance is marked"


def test_page_says_when_training_was_too_short(tmp_path: Path, walked: Walk) -> None:
    story = _finished(tmp_path, walked, POOR)
    fell = {**walked.report, "reached": 0, "fault": "the robot leans 63 degrees & more"}
    story.walks = {"fresh": dataclasses.replace(walked, report=fell)}
    text, _ = _read(story)
    assert "episodes survived 0.4 (bar ≥ 0.95), steps per foot and second 2.6 (bar 1 to 2)" in text
    assert "damped, because the robot leans 63 degrees &amp; more" in text
    assert verdict(story)[0] == "Waypoints reached in the warehouse: the fresh policy 0 of 2."


def test_bars_are_closed_ranges() -> None:
    assert not missed(GOOD)
    assert [bar.name for bar in missed(POOR)] == ["survival_rate", "touchdowns_per_s"]
    for bar in BARS:
        for edge in (bar.low, bar.high):
            if edge is not None:
                assert bar.met_by(_score(**{bar.name: edge}))
                beyond = edge * (0.99 if edge is bar.low else 1.01)
                assert not bar.met_by(_score(**{bar.name: beyond}))


def test_checkpoints_along_a_run(tmp_path: Path) -> None:
    for iteration in (0, 90, 180, 270, 360, 450, 540, 630, 720, 810, 900):
        (tmp_path / f"model_{iteration}.pt").touch()
    chosen = [int(path.stem.partition("_")[2]) for path in choose_checkpoints(tmp_path)]
    assert chosen == sorted(chosen)
    assert (chosen[0], chosen[-1], len(chosen)) == (0, 900, 6)
    assert chosen[1] - chosen[0] < chosen[-1] - chosen[-2], "closer together while it learns fast"
    for path in tmp_path.glob("model_?*.pt"):
        if path.stem not in ("model_0", "model_90"):
            path.unlink()
    assert len(choose_checkpoints(tmp_path)) == 2


def test_ctrl_c_leaves_a_page_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(demo: Demo) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Demo, "_scene", interrupt)
    assert Demo(1.0, tmp_path / "demo", BUNDLE).run() == 130
    text = (tmp_path / "demo" / PAGE_FILE).read_text()
    assert "Interrupted." in text and not _Links(text).refresh


def test_an_error_is_on_the_page_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(demo: Demo) -> None:
        raise OSError("no space left on <disk>")

    monkeypatch.setattr(Demo, "_scene", fail)
    with pytest.raises(OSError, match="no space"):
        Demo(1.0, tmp_path / "demo", BUNDLE).run()
    text = (tmp_path / "demo" / PAGE_FILE).read_text()
    assert "no space left on &lt;disk&gt;" in text and not _Links(text).refresh


def test_only_its_own_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model_0.pt").touch()
    with pytest.raises(ValueError, match="holds no earlier demo"):
        Demo(1.0, tmp_path, BUNDLE)
    assert (tmp_path / "run" / "model_0.pt").exists()
    write_page(Story(1.0, tmp_path))
    Demo(1.0, tmp_path, BUNDLE)
    assert not (tmp_path / "run").exists()
