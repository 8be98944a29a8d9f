"""Run a warehouse in closed loop, and look at it: report, live page, questions."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .ask import Ask
from .live import Live
from .report import Report
from .run import Run


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Ask, subcommand("ask")]
    | Annotated[Live, subcommand("live")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Run, subcommand("run")],
) -> None:
    """Run a warehouse in closed loop, and look at it."""
    what.run()
