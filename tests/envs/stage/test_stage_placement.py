"""Robots put into scenes."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, StageError, load_stage

FLAT, DROID = ASSETS / "scenes" / "flat.usda", ASSETS / "robots" / "droid.usda"


def test_keyframe_moves_with_the_robot():
    plain = load_stage(FLAT, [RobotPlacement(DROID)], visuals=False).compile()
    moved = load_stage(
        FLAT, [RobotPlacement(DROID, position=(3, -1, 0), yaw=math.pi / 2)], visuals=False
    ).compile()
    still, placed = plain.key("stand").qpos, moved.key("stand").qpos
    assert placed[:3] == pytest.approx((3 - still[1], -1 + still[0], still[2]))
    assert placed[3:7] == pytest.approx([math.sqrt(0.5), 0, 0, math.sqrt(0.5)])
    assert placed[7:] == pytest.approx(still[7:])
    assert moved.key("stand").ctrl == pytest.approx(plain.key("stand").ctrl)


def test_two_robots_share_their_keyframes_and_stand():
    places = [RobotPlacement(DROID, (0, 0, 0), prefix="a_"), RobotPlacement(DROID, (0, 2, 0), 1.0, "b_")]
    model = load_stage(FLAT, places, visuals=False).compile()
    assert [model.key(i).name for i in range(model.nkey)] == ["a_stand", "b_stand"]
    assert model.key("a_stand").qpos == pytest.approx(model.key("b_stand").qpos)
    assert model.key("a_stand").ctrl == pytest.approx(model.key("b_stand").ctrl)
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_step(model, data, 200)
    for prefix, y in (("a_", 0), ("b_", 2)):
        position = data.body(f"{prefix}base").xpos
        assert position[2] > 0.3
        assert position[1] == pytest.approx(y, abs=0.2)


def test_robots_need_their_own_prefix():
    with pytest.raises(StageError, match="prefix"):
        load_stage(FLAT, [RobotPlacement(DROID), RobotPlacement(DROID, (0, 2, 0))])


def test_without_visuals_physics_is_the_same():
    models = [
        load_stage(FLAT, [RobotPlacement(DROID)], visuals=visuals).compile() for visuals in (True, False)
    ]
    assert models[0].ngeom > models[1].ngeom
    states = []
    for model in models:
        data = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
        data.ctrl[:] += 0.2
        mujoco.mj_step(model, data, 100)
        states.append(data.qpos.copy())
    np.testing.assert_array_equal(*states)


def test_loading_leaves_nothing_on_stderr(capfd):
    load_stage(FLAT, [RobotPlacement(DROID)]).compile()
    assert capfd.readouterr() == ("", "")
