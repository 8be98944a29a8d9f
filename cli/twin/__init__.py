"""Run a warehouse in closed loop, and look at it: report, live page, questions, comparisons."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .ask import Ask
from .compare import Compare
from .live import Live
from .report import Report
from .run import Run


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Ask, subcommand("ask")]
    | Annotated[Compare, subcommand("compare")]
    | Annotated[Live, subcommand("live")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Run, subcommand("run")],
) -> None:
    """Run a warehouse in closed loop, and look at it."""
    what.run()
