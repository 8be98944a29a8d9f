"""Robot cards against what the USD files themselves say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.robot_card import portrait, robot_card
from pxr import Usd, UsdPhysics

ROBOTS = sorted((ASSETS / "robots").glob("*.usda"))


@pytest.mark.parametrize("path", ROBOTS, ids=lambda path: path.stem)
def test_card_says_what_the_file_says(path: Path) -> None:
    card, stage = robot_card(path), Usd.Stage.Open(str(path))
    masses = [
        UsdPhysics.MassAPI(prim).GetMassAttr().Get() or 0.0
        for prim in stage.Traverse()
        if prim.HasAPI(UsdPhysics.MassAPI)
    ]
    assert card.mass == pytest.approx(sum(masses), rel=1e-5)
    driven = {
        prim.GetName(): UsdPhysics.DriveAPI(prim, kind)
        for prim in stage.Traverse()
        for kind in ("angular", "linear")
        if prim.HasAPI(UsdPhysics.DriveAPI, kind)
    }
    assert {joint.name for joint in card.joints} == set(driven)
    for joint in card.joints:
        effort = driven[joint.name].GetMaxForceAttr().Get()
        assert joint.effort is None or joint.effort == pytest.approx(effort, rel=1e-5)
    text = card.markdown("picture.png")
    assert f"## {path.stem}" in text and f"Mass {card.mass:.2f} kg" in text
    assert all(f"`{name}`" in text for name in driven)
    assert card.about and card.facts.startswith("Facts")


def test_portrait_shows_the_robot() -> None:
    picture = portrait(ASSETS / "robots/amr.usda").astype(int)
    # The floor is grey; shells and lamps are not.
    colourful = np.ptp(picture, axis=-1) > 60
    assert 0.005 < colourful.mean() < 0.5
