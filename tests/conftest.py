"""Which tests share a process: those of a file, as its fixtures are made once, and all that plan motions.

Planning is compiled at its first use, for a minute or two; two processes would do so side by side.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
_PLANNING = tuple(
    _TESTS / place
    for place in (
        "planning",
        "twin/manipulation",
        "twin/reach",
        "twin/replanning",
        "cli/test_bench_planner.py",
        "cli/test_bench_replanning.py",
        "cli/test_manipulate.py",
        "cli/test_plan_view.py",
    )
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        plans = any(item.path.is_relative_to(place) for place in _PLANNING)
        group = "planning" if plans else str(item.path.relative_to(_TESTS))
        item.add_marker(pytest.mark.xdist_group(group))
