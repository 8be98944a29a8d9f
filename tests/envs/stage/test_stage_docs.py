"""The files written out in `docs/scenes.md` load, and are what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from gaitway.envs.stage import RobotPlacement, load_stage

PAGE = Path(__file__).parents[3] / "docs" / "scenes.md"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The page's USD files by name."""
    written = {}
    for name, text in re.findall(r"```usda (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        written[name] = tmp_path / name
        written[name].write_text(text)
    return written


def test_scene_and_robot_of_the_page(files):
    loaded = load_stage(files["scene.usda"], [RobotPlacement(files["hopper.usda"])])
    model = loaded.compile()
    assert not loaded.report.warnings()
    assert loaded.report.added["point instances"] == 3
    assert (model.nbody - 1, model.njnt, model.nu, model.nsensor) == (2, 2, 1, 7)
    assert model.body_mass.sum() == pytest.approx(3.5)
    assert model.key("stand").qpos[2] == pytest.approx(0.45)
    assert model.joint("hip").user[0] == pytest.approx(17.45, abs=0.01)


def test_people_walk_as_the_page_says() -> None:
    """1.2 m/s for a second, along X."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (code,) = (block for block in blocks if "WorkerWalk" in block)
    names: dict[str, Any] = {}
    exec(code, names)
    torso = names["data"].mocap_pos[names["rows"]][0]
    assert torso[:2] == pytest.approx([1.2, 0.0], abs=0.05)
