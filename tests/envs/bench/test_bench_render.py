"""Cameras in turns: who is measured, on what, and by how much."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from gaitway.envs.bench import render
from gaitway.envs.registration import load_cfg
from gaitway.envs.sensors.cameras import CameraCfg
from gaitway.envs.world import World

TASK = "Gaitway/DroidVelocityFlat-v0"
PER_CALL = {"opengl depth": 1, "opengl rgb": 1}


class _Camera:
    def __init__(self, seen: object, world: World, cfg: CameraCfg, outputs: tuple[str, ...]) -> None:
        assert world.view("xpos").shape[0] == world.num_worlds
        self.outputs, self.shape = outputs, (cfg.height, cfg.width)

    def render(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        return {name: torch.zeros(len(ids), *self.shape) for name in self.outputs}


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What a call of every contestant draws, instead of how fast.

    Cameras and OpenGL are played: one compiles for a minute, the other may be missing.
    """
    drawn: list[dict[str, int]] = []

    def call_once(
        contestants: dict[str, Callable[[], int]], seconds: float, rounds: int
    ) -> dict[str, list[float]]:
        drawn.append({name: work() for name, work in contestants.items()})
        return {name: [float(count)] for name, count in drawn[-1].items()}

    opengl = {name: lambda: 1 for name in PER_CALL}
    monkeypatch.setattr(render, "rates_in_turns", call_once)
    monkeypatch.setattr(render, "TiledCamera", _Camera)
    monkeypatch.setattr(render, "_try_opengl", lambda *scene: (opengl, None))
    return drawn


def test_all_worlds_are_drawn_in_a_call_at_every_size(pictures: list[dict[str, int]]) -> None:
    measured = render.measure_render(load_cfg(TASK), "head_camera", [(8, 6), (16, 12)], (1, 3), 0.0)
    assert [(one["width"], one["height"], one["worlds"]) for one in measured] == [
        (8, 6, 1),
        (8, 6, 3),
        (16, 12, 1),
        (16, 12, 3),
    ]
    assert pictures == 2 * [
        PER_CALL | {"gaitway depth": 1, "gaitway rgb": 1},
        PER_CALL | {"gaitway depth": 3, "gaitway rgb": 3},
    ]
    assert measured[1]["gaitway_is_faster_by"] == {"opengl depth": 3.0, "opengl rgb": 3.0}


def test_calls_of_too_many_pixels_are_left_out(
    pictures: list[dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "_MOST_PIXELS", 8 * 6 * 2)
    measured = render.measure_render(load_cfg(TASK), "head_camera", [(8, 6), (16, 12)], (1, 2, 3), 0.0)
    assert [(one["width"], one["worlds"]) for one in measured] == [(8, 1), (8, 2), (16, 1)]
