"""The browser window in a real browser: it moves, steers, pauses, steps and resets."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.window.server import Window
from gaitway.preview.window.session import TaskSession

from .waiting import until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
# WebGL without a GPU.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
SECONDS = 90  # that a page without a GPU, on a machine with other work, may take


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    """Two droids that swing their legs; what is tested is the window, not a policy."""

    def swing(env: GaitwayVectorEnv) -> torch.Tensor:
        phase = 6.0 * env.step_dt * env.episode_length[:, None]
        return torch.sin(phase).expand(env.num_envs, env.actions.size)

    window = Window(
        TaskSession(GaitwayVectorEnv(load_cfg("Gaitway/DroidVelocityFlat-v0"), 2), swing), "Droid"
    )
    thread = threading.Thread(target=window.run)
    thread.start()
    yield window
    window.close()
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(window: Window, browser) -> Iterator[object]:
    page = browser.new_page(viewport={"width": 900, "height": 420})
    page.set_default_timeout(1000 * SECONDS)
    page.goto(window.address)
    page.get_by_role("button", name="Pause").wait_for()
    yield page
    page.close()


def _view(page) -> np.ndarray:
    """The 3-D view between the panels, as pixels."""
    import cv2

    clip = {"x": 320, "y": 190, "width": 240, "height": 220}
    shot = np.frombuffer(page.screenshot(clip=clip), np.uint8)
    return cv2.imdecode(shot, cv2.IMREAD_COLOR).astype(int)


def _changed(before: np.ndarray, after: np.ndarray) -> int:
    """Pixels that look different."""
    return int((np.abs(before - after).max(axis=-1) > 24).sum())


def _pause(window: Window, page) -> None:
    """Pause, if it is not."""
    if not window.controls.paused:
        page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()


def _step(window: Window) -> int:
    return int(window.session.env.episode_length[0])  # type: ignore[attr-defined]


def test_the_view_moves_and_pause_stops_it(window: Window, page) -> None:
    assert until(lambda: window.time > 1.0), "the worlds wake when somebody looks"
    first = _view(page)
    assert until(lambda: _changed(first, _view(page)) > 200), "the robots swing their legs"
    _pause(window, page)
    stood = window.time
    assert until(lambda: _changed(_view(page), _view(page)) < 20), "the view stands still"
    assert window.time == stood
    page.get_by_role("button", name="Step").click()
    assert until(lambda: window.time > stood)
    assert window.time == pytest.approx(stood + window.session.step_dt)


def test_a_slider_and_keys_change_the_command(window: Window, page) -> None:
    _pause(window, page)
    commanded = window.session.env.command.value  # type: ignore[attr-defined]
    page.get_by_role("button", name="Stand").click()
    by_hand = page.get_by_label("By hand")
    assert until(by_hand.is_checked), "the page has what Stand set"
    row = page.get_by_text("vx", exact=True).locator("xpath=ancestor::div[.//input][1]")
    number = row.get_by_role("textbox").last
    number.fill("0.4")
    number.press("Enter")
    step = page.get_by_role("button", name="Step")

    def commands(*values: float) -> bool:
        return torch.allclose(commanded, torch.tensor(values), atol=0.01)

    assert until(lambda: step.click() or commands(0.4, 0.0, 0.0))
    page.mouse.click(440, 300)  # on the view: keys are not for the number
    page.keyboard.press("j")
    assert until(lambda: page.keyboard.press("n") or commands(0.4, 0.0, 0.0875)), "J turns left, N steps"


def test_reset_begins_a_new_episode(window: Window, page) -> None:
    _pause(window, page)
    page.get_by_role("button", name="Step").click()
    assert until(lambda: _step(window) > 0)
    page.get_by_role("button", name="Reset").click()
    assert until(lambda: _step(window) == 0)


def test_a_push_moves_the_robots(window: Window, page) -> None:
    _pause(window, page)
    qvel = window.session.env.world.view("qvel")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Reset").click()
    before = qvel[:, :2].norm(dim=1).clone()
    page.get_by_role("button", name="left", exact=True).click()
    assert until(lambda: bool((qvel[:, :2].norm(dim=1) - before).abs().max() > 0.1))


def test_two_spectators_see_the_same(window: Window, browser, page) -> None:
    """The second one finds the pause and the command of the first, and may end the pause."""
    _pause(window, page)
    second = browser.new_page(viewport={"width": 900, "height": 420})
    second.set_default_timeout(1000 * SECONDS)
    second.goto(window.address)
    second.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    stood = window.time
    assert until(lambda: window.time > stood)
    second.close()
