"""A second reader of our files: Newton, which reads `UsdPhysics` and knows nothing of MuJoCo's schema.

`make newton` gives it an environment of its own and runs this; elsewhere it is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import mujoco
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import load_stage

_PYTHON = os.environ.get("NEWTON_PYTHON", "")
_ROBOTS = ("droid", "amr", "arm", "humanoid", "quadruped", "forklift", "mobile_manipulator")
_NO_LIMIT = 1e5  # what Newton has where a file states none is larger

pytestmark = pytest.mark.skipif(not _PYTHON, reason="run `make newton`")


def _read(*paths: Path) -> dict[str, Any]:
    script = Path(__file__).with_name("read_usd.py")
    done = subprocess.run(
        [_PYTHON, str(script), *map(str, paths)], check=True, capture_output=True, text=True, timeout=600
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def newton() -> dict[str, Any]:
    return _read(*(ASSETS / f"robots/{name}.usda" for name in _ROBOTS))


@pytest.fixture(params=_ROBOTS)
def pair(request: pytest.FixtureRequest, newton: dict[str, Any]) -> tuple[mujoco.MjModel, dict[str, Any]]:
    """A robot as we read it and as Newton does."""
    path = ASSETS / f"robots/{request.param}.usda"
    return load_stage(path).compile(), newton[str(path)]


def _hinges(model: mujoco.MjModel) -> list[int]:
    return [i for i in range(model.njnt) if model.jnt_type[i] != mujoco.mjtJoint.mjJNT_FREE]


def test_mass_and_joints(pair: tuple[mujoco.MjModel, dict[str, Any]]) -> None:
    model, theirs = pair
    assert theirs["mass"] == pytest.approx(model.body_mass.sum(), rel=1e-4)
    assert sorted(theirs["joints"]) == sorted(model.joint(i).name for i in _hinges(model))


def test_limits(pair: tuple[mujoco.MjModel, dict[str, Any]]) -> None:
    model, theirs = pair
    for i in _hinges(model):
        joint = theirs["joints"][model.joint(i).name]
        if model.jnt_limited[i]:
            assert [joint["lower"], joint["upper"]] == pytest.approx(model.jnt_range[i].tolist(), abs=1e-5)
        else:
            assert min(-joint["lower"], joint["upper"]) > _NO_LIMIT


def test_drives(pair: tuple[mujoco.MjModel, dict[str, Any]]) -> None:
    """torque = stiffness * (target - position) - damping * velocity, within the effort limit."""
    model, theirs = pair
    assert model.nu > 0
    for i in range(model.nu):
        joint = theirs["joints"][model.joint(model.actuator_trnid[i, 0]).name]
        stiffness, damping = -model.actuator_biasprm[i, 1:3]
        assert joint["stiffness"] == pytest.approx(stiffness, rel=1e-4)
        assert joint["damping"] == pytest.approx(damping, rel=1e-4)
        assert joint["effort"] == pytest.approx(model.actuator_forcerange[i, 1], rel=1e-4)


def test_a_furnished_block_of_the_warehouse_is_all_there() -> None:
    """Every shape that collides is one of Newton's, too."""
    path = ASSETS / "scenes/warehouse_block.usda"
    model = load_stage(path).compile()
    (theirs,) = _read(path).values()
    assert theirs["shapes"] >= model.ngeom > 30
