"""Find routes for many robots on one map."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .solve import Solve


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(what: Annotated[Solve, subcommand("solve")]) -> int:
    """Find routes for many robots on one map."""
    return what.run()
