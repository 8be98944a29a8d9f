"""The report in a real browser: whole, legible at a phone's width, and deaf to what hostile names ask for."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gaitway.cli.main import main
from gaitway.twin.journal.journal import Journal, Sample
from gaitway.twin.report.page import write_report

from ..synthetic_shift import write_shift

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
EVIL = """<img src=x onerror="document.title='owned'"><script>alert(1)</script>'"><svg onload=alert(2)>"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shifts of ten minutes: of one, places, a vehicle and goods have hostile names."""
    folder = tmp_path_factory.mktemp("runs")
    for name, evil in (("shift", EVIL), ("baseline", "")):
        (folder / name).mkdir()
        write_shift(
            folder / name / "journal.sqlite", seconds=400, amrs=6, evil=evil, reroutes=name == "shift"
        )
    (folder / "shift" / "video.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    write_report(folder / "shift", folder / "baseline")
    return folder


@pytest.fixture(scope="module")
def page(runs: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page: Any = browser.new_page(viewport={"width": 1200, "height": 900})
        page.asked, page.dialogs = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("dialog", lambda dialog: page.dialogs.append(dialog.dismiss()))
        page.goto((runs / "shift" / "report.html").as_uri())
        yield page
        browser.close()


@needs_browser
def test_hostile_names_stay_text_and_nothing_is_asked_of_the_network(page: Any) -> None:
    assert page.title().startswith(EVIL), "the scenario's name, as text"
    assert page.locator("script, [onerror], [onload], img").count() == 0
    assert not page.dialogs
    assert not [url for url in page.asked if url.startswith("http")]
    assert page.get_by_text(EVIL).count() >= 2
    tips = page.locator("svg polygon.aisle title").all_text_contents()
    assert f"aisle_04B{EVIL}" in tips


@needs_browser
def test_a_manager_finds_the_verdict_figures_and_incidents(page: Any) -> None:
    assert "shift" in page.locator("h1").inner_text()
    assert page.locator(".tile").count() == 6
    assert page.locator(".tile").first.get_by_text("baseline").count() == 1
    assert page.locator("svg.map .incidents circle").count() == 4
    assert page.locator("svg.wide .lane").count() == 4
    paths = page.locator("svg.map .paths")
    assert not paths.is_visible()
    page.get_by_label("ways, last").check()
    assert paths.locator("polyline").count() == 6
    assert paths.first.is_visible()
    assert page.locator("video").get_attribute("src").startswith("data:video/mp4;base64,")


@needs_browser
def test_on_a_phone_nothing_sticks_out_and_letters_can_be_read(page: Any) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert not page.locator("svg.wide").is_visible()
    ticks = page.locator("svg.narrow .tick")
    heights = [ticks.nth(k).bounding_box()["height"] for k in range(ticks.count())]
    assert min(heights) >= 10
    assert page.locator("svg.map .badge-text").first.bounding_box()["height"] >= 9
    page.set_viewport_size({"width": 1200, "height": 900})


def test_the_film_is_linked_if_it_is_large(tmp_path: Path, runs: Path) -> None:
    shutil.copy(runs / "baseline" / "journal.sqlite", tmp_path)
    (tmp_path / "video.mp4").write_bytes(bytes(8_000_001))
    text = write_report(tmp_path).read_text()
    assert 'src="video.mp4"' in text
    assert base64.b64encode(bytes(30)).decode() not in text


def test_a_shift_in_which_nothing_happened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Journal(tmp_path / "journal.sqlite", {"start": "2026-11-28T09:00:00"}).close()
    for folder in (tmp_path, tmp_path / "none"):
        monkeypatch.setattr("sys.argv", ["gaitway", "twin", "report", str(folder)])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and str(folder / "journal.sqlite") in said
    assert not list(tmp_path.glob("*.html"))


def test_a_vehicle_alone_on_an_unnamed_floor_is_drawn(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite", {"start": "2026-11-28T09:00:00"}) as journal:
        journal.actor("amr_0", "amr")
        for time in range(20):
            journal.samples(float(time), [Sample("amr_0", 0.5 * time, 1.0, 0.0, 0.5)])
    assert "Too early to say" in write_report(tmp_path).read_text()
