"""Who reaches in, and what is only carried along."""

from __future__ import annotations

import mujoco
import numpy as np
from gaitway.perception.grasp.surface import surface_of_mesh
from gaitway.perception.poses import pose_of
from gaitway.planning.kinematics.forward_numba import tip_poses
from gaitway.planning.planner.planner import Planner
from gaitway.twin.bins.models import cad_model
from gaitway.twin.manipulation.cell import Cell
from gaitway.twin.manipulation.eyes import Eyes
from gaitway.twin.manipulation.hands import Hold
from gaitway.twin.manipulation.lookout import Lookout
from gaitway.twin.manipulation.plans import carrying, planner_for
from gaitway.twin.manipulation.things import Thing

OVER_BIN = np.array([0.1, -0.2, 0.0, -1.9, 0.0, 1.7, 0.785])
NAME = "carton_flat"


def _with_a_box() -> tuple[Planner, Planner, np.ndarray]:
    """The arm's planner, the same with a box held at one end over the bin, and the box's pose (4, 4)."""
    planner = planner_for("fingers")
    tool = tip_poses(planner.group, OVER_BIN[None])[0]
    box = pose_of(tool[:3, 3] + [0.10, 0.0, -0.02], np.eye(3))
    model = cad_model(NAME)
    surface = surface_of_mesh(model.vertices, model.faces)
    thing = Thing(NAME, box, surface, np.ones((1, 1), bool), 1.0, *np.zeros((2, 3)))
    return planner, carrying(planner, Hold("fingers", tool, 0.06, 1.0), thing), box


def test_what_the_hand_lifts_out_of_the_bin_is_nobody():
    """A flat box, held at one end, reaches out from under the hand."""
    cell = Cell((NAME,), 0)
    planner, laden, box = _with_a_box()
    cell.data.qpos[[cell.model.joint(f"joint{k}").qposadr[0] for k in range(1, 8)]] = OVER_BIN
    joint = cell.model.body(f"{NAME}_0").jntadr[0]
    first = cell.model.jnt_qposadr[joint]
    cell.data.qpos[first : first + 7] = [*box[:3, 3], 1, 0, 0, 0]
    mujoco.mj_forward(cell.model, cell.data)
    eyes = Eyes(cell, (), 0)
    assert Lookout(cell, eyes, planner.body).intruders()
    assert not Lookout(cell, eyes, laden.body).intruders()


def test_what_is_held_is_moved_gently():
    planner, laden, _ = _with_a_box()
    goal = OVER_BIN + 0.6 * np.eye(7)[6]
    free, held = (
        np.abs(each.plan(OVER_BIN, goal).trajectory.sample(0.001).acceleration).max()
        for each in (planner, laden)
    )
    assert held < 0.5 * free
