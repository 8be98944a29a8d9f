"""docs/tasks.md is what `gaitway show --markdown` prints, docs/robots.md has every robot, and Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gaitway.assets import ASSETS
from gaitway.cli import show
from gaitway.envs.registration import TASKS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TRAINING = (DOCS / "training.md").read_text(encoding="utf-8")


def _sections(text: str) -> dict[str, set[str]]:
    """Heading -> the lines below it."""
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = {part.partition("\n")[0]: set(part.partition("\n")[2].splitlines()) for part in parts}
    return {"": set(head.splitlines())} | sections


@pytest.fixture(scope="module")
def page() -> dict[str, set[str]]:
    return _sections((DOCS / "tasks.md").read_text(encoding="utf-8"))


def test_the_page_has_every_task_and_no_other(page: dict[str, set[str]]) -> None:
    assert set(page) == {"", *TASKS}
    assert {line for line in show._HEAD.splitlines() if line} <= page[""]


@pytest.mark.parametrize("task", TASKS)
def test_the_page_says_what_the_task_is(
    task: str, page: dict[str, set[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    show.main(task, markdown=True)
    printed = _sections(capsys.readouterr().out)[task]
    different = sorted(printed ^ page[task])
    assert not different, "run: gaitway show --markdown > docs/tasks.md\n" + "\n".join(different)


def test_the_robots_page_has_every_robot_and_its_picture() -> None:
    text = (DOCS / "robots.md").read_text(encoding="utf-8")
    robots = {path.stem for path in (ASSETS / "robots").glob("*.usda")}
    assert set(_sections(text)) - {""} == robots
    assert {path.stem for path in (DOCS / "images/robots").iterdir()} == robots
    assert all((DOCS / picture).is_file() for picture in re.findall(r"!\[.*?\]\((.+?)\)", text))


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in re.findall(r"```python\n(.*?)```", TRAINING, re.S)
        if "make_vec" in code or "low_base" in code
    ],
)
def test_python_runs(code: str) -> None:
    few = code.replace("512", "4").replace("range(100)", "range(2)")
    exec(compile(few, "docs/training.md", "exec"), {"__name__": "__main__"})
