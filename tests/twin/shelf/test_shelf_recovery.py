"""What is seen on a board, and what is done when a way is not free, against geometry worked out here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from gaitway.assets.objects import CATALOGUE
from gaitway.assets.objects.shelf import SHELF
from gaitway.perception.grasp.surface import surface_of_mesh
from gaitway.perception.poses import Array, inverse, pose_of, rotation_exp, transform
from gaitway.planning.collision.world import World
from gaitway.planning.errors import PlanFailure
from gaitway.planning.trajectory.trajectory import Trajectory
from gaitway.twin.bins.view import camera_of
from gaitway.twin.manipulation.attempt import Attempt
from gaitway.twin.manipulation.hands import Hold
from gaitway.twin.manipulation.things import Look, Recogniser, Thing, look_of
from gaitway.twin.shelf.carry import Carrier, step_aside
from gaitway.twin.shelf.dock import Known, places_before
from gaitway.twin.shelf.plans import planner_of
from gaitway.twin.shelf.run import Fetcher
from gaitway.twin.shelf.shop import FOLDED, TOTE
from gaitway.twin.shelf.wrist import on_board

CAMERA = camera_of(320, 240, np.radians(45))
BOARD = 1


def looking(eye: Array, target: Array) -> Array:
    """(4, 4) of a camera: Z ahead, Y down."""
    ahead = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return pose_of(eye, np.column_stack([right, np.cross(ahead, right), ahead]))


def depth_of(boxes: list[tuple[Array, Array, Array]], camera: Array) -> np.ndarray:
    """Exact depth (h, w) of boxes (pose, low corner, high corner), by slabs; 0 where there is none."""
    rays = CAMERA.unproject(np.ones((240, 320), np.float32)).reshape(-1, 3)
    nearest = np.full(len(rays), np.inf)
    for pose, low, high in boxes:
        into = inverse(pose) @ camera
        begin, along = into[:3, 3], rays @ into[:3, :3].T
        with np.errstate(divide="ignore"):
            first, second = (low - begin) / along, (high - begin) / along
        enter, leave = np.minimum(first, second).max(axis=1), np.maximum(first, second).min(axis=1)
        hit = (enter <= leave) & (enter > 0)
        nearest = np.where(hit, np.minimum(nearest, enter), nearest)
    return np.where(np.isfinite(nearest), nearest, 0.0).reshape(240, 320)


def shelf_boxes(shelf: Array) -> list[tuple[Array, Array, Array]]:
    return [
        (shelf, np.array(c) - np.array(s) / 2, np.array(c) + np.array(s) / 2)
        for c, s in SHELF.parts().values()
    ]


def folded_sheet(pose: Array) -> list[tuple[Array, Array, Array]]:
    """The U-shaped bracket as three boxes: 8 by 10 cm, 6 cm high, 4 mm thick."""
    vertices = CATALOGUE["bracket_u"].shape.vertices
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    bottom, left, right = (low.copy(), high.copy()), (low.copy(), high.copy()), (low.copy(), high.copy())
    bottom[1][2], left[1][0], right[0][0] = low[2] + 0.004, low[0] + 0.004, high[0] - 0.004
    return [(pose, *leg) for leg in (bottom, left, right)]


@pytest.mark.parametrize("turn", [0.0, np.pi / 4])
def test_a_folded_sheet_whose_middle_lies_flat_is_one_thing_however_it_is_turned(turn: float) -> None:
    shelf = pose_of([0.4, 0.05, -0.3], np.eye(3))
    height = -CATALOGUE["bracket_u"].shape.vertices[:, 2].min()
    bracket = shelf @ pose_of(
        [0.2, 0.1, SHELF.boards[BOARD] + height], rotation_exp([0.0, 0.0, turn + np.pi / 2])
    )
    camera = looking(np.array([0.15, 0.1, 0.78]), bracket[:3, 3])
    depth = depth_of([*shelf_boxes(shelf), *folded_sheet(bracket)], camera)
    look = look_of(np.zeros((240, 320, 3), np.uint8), depth, CAMERA, camera, np.random.default_rng(0))
    thought = shelf @ pose_of([0.0, 0.0, -0.002], rotation_exp([0.0, 0.004, 0.0]))  # as seen, a little wrong
    filled = on_board(look, thought, BOARD)
    alone = depth_of(folded_sheet(bracket), camera)
    shows = (alone > 0) & (alone < depth + 1e-6)
    assert (filled & shows).sum() > 0.85 * shows.sum()
    assert (filled & ~shows).sum() < 0.15 * shows.sum()
    things = Recogniser(["bracket_u"], 1).things(look, filled, ["bracket_u"], SHELF.boards[BOARD] - 0.3)
    assert [thing.name for thing in things] == ["bracket_u"]
    np.testing.assert_allclose(things[0].pose[:3, 3], bracket[:3, 3], atol=0.005)


def test_it_docks_in_front_first_and_not_twice_at_one_place() -> None:
    places = places_before(0.2)
    assert places[0] == (0.58, 0.2)
    assert len(set(places)) == len(places) > 10
    others = places_before(0.21, places[:3])
    assert all(abs(r - reach) > 0.03 or abs(y - side) > 0.03 for r, y in others for reach, side in places[:3])
    assert max(abs(y) for _, y in places_before(0.44)) < 0.7, "not far beside the shelf"


def box_thing(middle: Array) -> Thing:
    """A carton as it was seen."""
    shape = CATALOGUE["carton_small"].shape
    surface = surface_of_mesh(shape.vertices, shape.faces)
    low, high = middle + shape.vertices.min(axis=0), middle + shape.vertices.max(axis=0)
    return Thing("carton_small", pose_of(middle, np.eye(3)), surface, np.zeros((1, 1), bool), 1.0, low, high)


def test_what_is_known_of_a_board_moves_with_the_frame() -> None:
    thing = box_thing(np.array([0.2, -0.1, 0.8]))
    hold = Hold("fingers", pose_of([0.2, -0.1, 0.85], rotation_exp([0.0, 2.2, 0.0])), 0.1, 1.0)
    by = pose_of([0.3, -0.2, -0.3], np.eye(3))
    moved = Known(thing, [thing], ([], [[hold]])).moved(by)
    np.testing.assert_allclose(moved.wanted.points, transform(by, thing.points), atol=1e-12)
    np.testing.assert_allclose(moved.beside[0].low, thing.low + by[:3, 3], atol=1e-12)
    np.testing.assert_allclose(moved.options[1][0][0].tool, by @ hold.tool, atol=1e-12)


@dataclass
class Arm:
    """Takes what a mover and a hand are told; no way is free that is planned round things."""

    failure: PlanFailure
    target: Array = field(default_factory=lambda: FOLDED.copy())
    told: list[Any] = field(default_factory=list)

    def go(self, planner: object, make: object) -> None:
        raise self.failure

    def straight(self, planner: object, pose: Array, world: object = None) -> None:
        self.told.append(pose)

    def let_go(self) -> None:
        self.told.append("let go")

    def commit(self, trajectory: Trajectory) -> None:
        self.told.append(trajectory)


def test_what_cannot_be_carried_off_is_put_back_where_it_stood() -> None:
    arm = Arm(PlanFailure("There is no way.", stage="path"))
    thing = box_thing(np.array([0.5, 0.0, 0.5]))
    hold = Hold("fingers", pose_of([0.5, 0.0, 0.52], rotation_exp([0.0, 2.4, 0.0])), 0.1, 1.0)
    blank = cast(Any, None)
    nothing = Look(blank, blank, blank, blank, np.full((4, 4, 3), np.nan))
    shelf = pose_of([0.35, 0.0, -0.3], np.eye(3))
    carrier = Carrier(cast(Any, arm), cast(Any, arm))
    with pytest.raises(PlanFailure, match="no way"):
        carrier.bring(hold, thing, [], nothing, shelf, SHELF.boards[BOARD] - 0.3)
    down, let_go, out = arm.told
    np.testing.assert_allclose(down, hold.tool)
    assert let_go == "let go"
    np.testing.assert_allclose(inverse(hold.tool) @ out, pose_of([0.0, 0.0, -0.1], np.eye(3)), atol=1e-12)


def test_a_start_in_contact_is_left_for_the_nearest_that_is_free_if_that_is_near() -> None:
    planner = planner_of("fingers")
    near = FOLDED + 0.1
    for nearest, stage, does in (
        (near, "start", True),
        (FOLDED + 1.0, "start", False),
        (near, "goal", False),
    ):
        arm = Arm(PlanFailure("In contact.", stage=stage, nearest=nearest))
        assert step_aside(cast(Any, arm), planner, arm.failure) is does
        assert len(arm.told) == does
        for trajectory in arm.told:
            np.testing.assert_allclose(trajectory.position(trajectory.duration), nearest, atol=1e-9)
            np.testing.assert_allclose(trajectory.position(0.0), FOLDED, atol=1e-9)


def tote_with(thing: bool) -> Look:
    """A picture straight down into the tote, with a box of 10 by 10 cm in it or without."""
    middle = np.append(TOTE.middle, 0.0)
    camera = looking(middle + np.array([-0.001, 0.0, 0.9]), middle)
    boxes: list[tuple[Array, Array, Array]] = [
        (np.eye(4), np.array([-2.0, -2, -0.1]), np.array([2.0, 2, 0.005]))
    ]
    if thing:
        boxes.append((np.eye(4), middle - 0.05, middle + 0.05))
    rgb = np.zeros((240, 320, 3), np.uint8)
    return look_of(rgb, depth_of(boxes, camera), CAMERA, camera, np.random.default_rng(int(thing)))


@pytest.mark.parametrize(
    ("outcome", "thing", "becomes"),
    [
        ("gave up", True, "placed"),
        ("gave up", False, "gave up"),
        ("dropped", True, "placed"),
        ("dropped", False, "dropped"),
        ("not held", True, "not held"),
    ],
)
def test_the_tote_is_looked_into_whatever_went_wrong(outcome: str, thing: bool, becomes: str) -> None:
    attempt = Attempt("mug", "cup", outcome, "Some reason.")
    robot = SimpleNamespace(_wrist=SimpleNamespace(look=lambda: tote_with(thing)))
    Fetcher._judge(cast(Any, robot), attempt, tote_with(False))
    assert attempt.outcome == becomes
    assert attempt.reason == ("" if becomes == "placed" else "Some reason.")


def test_the_arm_folds_round_what_stands_there_and_if_it_cannot_past_the_shelf_and_then_anyhow() -> None:
    arm = Arm(PlanFailure("There is no way.", stage="path"), target=FOLDED + 0.5)
    worlds: list[tuple[str, ...]] = []

    def plan(start: Array, goal: Array, world: World) -> None:
        worlds.append(world.names)
        if "floor" in world.names and len(world.names) > 1:
            raise arm.failure

    robot = SimpleNamespace(
        _grip=SimpleNamespace(let_go=lambda: None, draw_in=lambda: None),
        _mover=SimpleNamespace(target=arm.target, go=lambda planner, make: make(arm.target, {})),
        _planner=SimpleNamespace(plan=plan),
        _seen_shelf=lambda: pose_of([0.35, 0.0, -0.3], np.eye(3)),
        _standing=[box_thing(np.array([0.5, 0.0, 0.5]))],
        _ground=SHELF.boards[BOARD] - 0.3,
    )
    Fetcher._fold(cast(Any, robot))
    assert "thing_0" in worlds[0] and "shelf_board_1" in worlds[0]
    assert "thing_0" not in worlds[2] and "shelf_board_1" in worlds[2]
    assert worlds[-1] == ("floor",)
