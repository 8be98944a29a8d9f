"""The live page in a real browser: it moves, goes back, answers, sends orders; names give it none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.twin.journal.journal import Journal, Sample
from gaitway.twin.live.controls import Controls
from gaitway.twin.live.server import serving

from ..synthetic_shift import write_shift

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
EVIL = """<img src=x onerror="document.title='owned'"><script>alert(1)</script>'"><svg onload=alert(2)>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_shift(folder / "journal.sqlite", seconds=300, amrs=6, evil=EVIL, ends=False)
    (folder / "cameras").mkdir()
    (folder / "cameras" / "camera_07.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


@pytest.fixture(scope="module")
def page(browser: Any, folder: Path) -> Iterator[Any]:
    with serving(folder) as address:
        page = browser.new_page(viewport={"width": 1300, "height": 850})
        page.problems, page.hosts = [], set()
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("dialog", lambda dialog: page.problems.append(dialog.dismiss()))
        page.on("request", lambda request: page.hosts.add(request.url.split("/")[2]))
        page.goto(address)
        page.locator(".tile").first.wait_for()
        yield page
        page.close()


def _until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_hostile_names_stay_text(page: Any, folder: Path) -> None:
    assert _until(lambda: page.locator("#incidents li").count() == 4)
    assert page.title().startswith(EVIL)
    assert page.locator("#title").inner_text() == EVIL
    assert page.locator("#incidents").get_by_text(f"aisle_04B{EVIL}").count() == 1
    assert page.locator("[onerror], [onload], script:not([src])").count() == 0
    assert page.problems == []
    assert len(page.hosts) == 1, "nobody else is asked for anything"


def test_a_question_is_answered_and_a_cited_moment_is_gone_to(page: Any) -> None:
    page.get_by_placeholder("How do you feel today?").fill("list the incidents")
    page.get_by_role("button", name="Ask").click()
    cited = page.locator("#answer .chip")
    assert _until(lambda: cited.count() >= 1)
    clock = cited.first.inner_text().split()[0]
    cited.first.click()
    assert _until(lambda: page.locator("#mode").inner_text() == "replay")
    assert page.locator("#clock").inner_text() == clock
    page.get_by_role("button", name="Play or stop").click()
    assert _until(lambda: page.locator("#clock").inner_text() > clock), "it goes on from there"
    page.get_by_role("button", name="Back to live").click()
    assert _until(lambda: page.locator("#mode").inner_text() != "replay")


def test_buttons_reach_the_run(page: Any, folder: Path) -> None:
    controls = Controls(folder)

    def polled() -> Controls:
        controls.poll()
        return controls

    page.get_by_role("button", name="Pause the run").click()
    assert _until(lambda: polled().paused)
    page.get_by_role("button", name="Resume the run").click()
    assert _until(lambda: not polled().paused)
    page.get_by_label("What").select_option("spill")
    page.get_by_label("Where").select_option("aisle_02A")
    page.get_by_role("button", name="Do it").click()
    assert _until(lambda: polled().incidents)
    assert (controls.incidents[0].kind, controls.incidents[0].place) == ("spill", "aisle_02A")
    page.get_by_label("Speed of the run").select_option("5")
    assert _until(lambda: polled().speed == 5.0)


def test_the_camera_wall_shows_what_the_run_leaves(page: Any, folder: Path) -> None:
    assert page.locator("#wall figcaption").all_inner_texts() == ["camera_07"]
    assert page.locator("#wall img").get_attribute("src").startswith("cameras/camera_07.jpg?")


def test_on_a_phone_nothing_sticks_out(page: Any) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size({"width": 1300, "height": 850})


def test_a_vehicle_moves_as_the_journal_grows(browser: Any, tmp_path: Path) -> None:
    """The page is opened before anything is written; the vehicle is then picked by a click at its place."""
    journal = Journal(tmp_path / "journal.sqlite", {"start": "2026-11-28T09:00:00"})
    with journal, serving(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1300, "height": 850})
        page.goto(address)
        page.locator(".tile").first.wait_for()
        journal.place("hall", "hall", np.array([[0, 0], [99, 0], [99, 50], [0, 50]]))
        journal.actor("amr_0", "amr")
        for second in range(1, 31):
            journal.samples(float(second), [Sample("amr_0", second, 25.0, 0.0, 1.0, 0.8, "order_1")])
            journal.commit()

        def box() -> dict[str, float]:
            return page.locator("#map").bounding_box() or {"width": 1.0, "height": 0.0}

        assert _until(lambda: abs(box()["height"] / box()["width"] - 52 / 101) < 0.02), "the floor is drawn"
        scale = box()["width"] / 101

        def picked(x: float) -> bool:
            page.locator("#map").click(position={"x": (x + 1) * scale, "y": 26 * scale})
            return page.locator("#selected").is_visible()

        assert _until(lambda: picked(29.0))
        assert page.locator("#selected").inner_text() == "amr_0 · order_1 · 1.0 m/s · battery 80 %"
        assert _until(lambda: not picked(10.0))
        page.close()
