"""The loop that empties a bin by sight: judged by physics, which tells it nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.assets.objects.cell import BIN, TOTE
from gaitway.twin.manipulation.cell import Cell
from gaitway.twin.manipulation.eyes import Eyes
from gaitway.twin.manipulation.grip import Grip
from gaitway.twin.manipulation.hands import Hold
from gaitway.twin.manipulation.lookout import Lookout
from gaitway.twin.manipulation.moves import Mover
from gaitway.twin.manipulation.plans import cell_world, planner_for
from gaitway.twin.manipulation.run import Picker
from gaitway.twin.manipulation.tote import places
from gaitway.twin.manipulation.worker import LENGTH, Visit, random_visit

EASY = ("carton_small",)
OVER_BIN, OVER_TOTE = (np.array([turn, -0.2, 0.0, -2.3, 0.0, 2.1, 0.785]) for turn in (0.1, -1.6))


def test_an_easy_bin_is_emptied_after_a_grasp_that_failed(monkeypatch):
    """The first time, the hand neither sucks nor presses."""
    cell = Cell(EASY, 0)
    close, grips = Grip.close, []

    def limp_at_first(grip: Grip, hold: Hold) -> None:
        grips.append(hold)
        if len(grips) == 1:
            cell.suck(False)
        else:
            close(grip, hold)

    monkeypatch.setattr(Grip, "close", limp_at_first)
    assert cell.truth().in_bin.tolist() == [True]
    attempts = Picker(cell, EASY, 0).run(3)
    assert [attempt.outcome for attempt in attempts] == ["not held", "placed"]
    assert {attempt.name for attempt in attempts} == set(EASY)
    assert cell.truth().in_tote.tolist() == [True]
    assert 0 < attempts[1].error < 0.2


@pytest.mark.parametrize("sees", [True, False])
def test_a_worker_in_the_way_is_not_touched_by_who_sees_him(monkeypatch, sees):
    """From over the bin to over the tote, past an arm that came between."""
    tip = np.array([0.30, -0.30, 0.35])
    cell = Cell((), 0, replace(random_visit(0), begin=0.0, stay=20.0, tip=tip))
    if not sees:
        monkeypatch.setattr(Lookout, "intruders", lambda lookout: {})
    planner = planner_for("fingers")
    mover = Mover(cell, Lookout(cell, Eyes(cell, (), 0), planner.body))
    for goal in (OVER_BIN, OVER_TOTE):
        mover.go(planner, lambda start, others: planner.plan(start, goal, cell_world((), others)))  # noqa: B023
        mover.stand(2.0)
    assert np.abs(cell.read()[0] - OVER_TOTE).max() < 0.01
    assert (cell.truth().touched == 0) == sees


def test_a_visit_comes_stays_and_goes():
    visit = Visit(1.0, 2.0, np.array([0.4, -0.4, 0.4]), np.array([-1.0, 1.0, 0.0]) / np.sqrt(2))
    tips = [visit.pose(t)[:3, 3] + LENGTH / 2 * visit.direction for t in (0.5, 2.5, 4.0, 5.0, 30.0)]
    assert np.linalg.norm(tips[0] - visit.tip) > 2 and np.linalg.norm(tips[4] - visit.tip) > 2
    assert np.linalg.norm(tips[1] - visit.tip) == pytest.approx(0.9 - 0.3 * 1.5)
    assert tips[2] == pytest.approx(visit.tip) and tips[3] == pytest.approx(visit.tip)


def test_places_are_inside_the_tote_and_off_what_lies_there():
    tool = np.diag([1.0, -1.0, -1.0, 1.0])
    tool[:3, 3] = *BIN.middle, 0.10
    box = np.array([[x, y, z] for x in (-0.08, 0.08) for y in (-0.05, 0.05) for z in (0.01, 0.07)])
    points = box + np.array([*BIN.middle, 0.0])
    grid = np.zeros((56, 40))
    grid[:28] = 0.15
    poses, rises = places(grid, Hold("cup", tool, 0.06, 1.0), points)
    assert len(poses)
    for pose, rise in zip(poses, rises, strict=True):
        put = (points - tool[:3, 3]) @ tool[:3, :3] @ pose[:3, :3].T + pose[:3, 3]
        assert (put > TOTE.low).all() and (put < TOTE.high).all()
        assert put[:, 0].min() > -0.01, "the half without anything in it"
        assert put[:, 2].min() + rise > TOTE.high[2]
