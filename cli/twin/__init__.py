"""Look at a run of the twin: its report, its live page, questions."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .ask import Ask
from .live import Live
from .report import Report


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Ask, subcommand("ask")]
    | Annotated[Live, subcommand("live")]
    | Annotated[Report, subcommand("report")],
) -> None:
    """Look at a run of the twin."""
    what.run()
