"""Which tests share a process: those of a file, as its fixtures are made once, and all that plan motions.

Planning is compiled at its first use, for a minute or two; two processes would do so side by side.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_PLANNING = (
    "tests/planning/",
    "tests/twin/manipulation/",
    "tests/twin/reach/",
    "tests/twin/replanning/",
    "tests/twin/shelf/",
    "tests/cli/test_bench_planner.py",
    "tests/cli/test_bench_replanning.py",
    "tests/cli/test_fetch.py",
    "tests/cli/test_manipulate.py",
    "tests/cli/test_plan_view.py",
)


class _ByFile(LoadScopeScheduling):
    """Sends the tests of a file, and those of all files that plan, to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return "planning" if nodeid.startswith(_PLANNING) else nodeid.split("::", 1)[0]


# Not by `--dist loadgroup`: it renames tests, which pytest 9.2 does not take from xdist 3.8.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByFile(config, log)
