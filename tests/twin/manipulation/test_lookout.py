"""Who reaches in, and what is only carried along."""

from __future__ import annotations

import mujoco
import numpy as np
from gaitway.perception.grasp.surface import surface_of_mesh
from gaitway.perception.poses import pose_of
from gaitway.planning.kinematics.forward_numba import tip_poses
from gaitway.twin.bins.models import cad_model
from gaitway.twin.manipulation.cell import Cell
from gaitway.twin.manipulation.eyes import Eyes
from gaitway.twin.manipulation.hands import Hold
from gaitway.twin.manipulation.lookout import Lookout
from gaitway.twin.manipulation.plans import carrying, planner_for
from gaitway.twin.manipulation.things import Thing

OVER_BIN = np.array([0.1, -0.2, 0.0, -1.9, 0.0, 1.7, 0.785])


def test_what_the_hand_lifts_out_of_the_bin_is_nobody():
    """A flat box, held at one end, reaches out from under the hand."""
    name = "carton_flat"
    cell = Cell((name,), 0)
    planner = planner_for("fingers")
    cell.data.qpos[[cell.model.joint(f"joint{k}").qposadr[0] for k in range(1, 8)]] = OVER_BIN
    tool = tip_poses(planner.group, OVER_BIN[None])[0]
    box = pose_of(tool[:3, 3] + [0.10, 0.0, -0.02], np.eye(3))
    joint = cell.model.body(f"{name}_0").jntadr[0]
    first = cell.model.jnt_qposadr[joint]
    cell.data.qpos[first : first + 7] = [*box[:3, 3], 1, 0, 0, 0]
    mujoco.mj_forward(cell.model, cell.data)
    model = cad_model(name)
    surface = surface_of_mesh(model.vertices, model.faces)
    thing = Thing(name, box, surface, np.ones((1, 1), bool), 1.0, *np.zeros((2, 3)))
    eyes = Eyes(cell, (), 0)
    assert Lookout(cell, eyes, planner.body).intruders()
    laden = carrying(planner, Hold("fingers", tool, 0.06, 1.0), thing)
    assert not Lookout(cell, eyes, laden.body).intruders()
