"""Find routes for many robots on one map."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .dispatch import Dispatch
from .roadmap import Roadmap
from .run import Run
from .solve import Solve


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Solve, subcommand("solve")]
    | Annotated[Run, subcommand("run")]
    | Annotated[Roadmap, subcommand("roadmap")]
    | Annotated[Dispatch, subcommand("dispatch")],
) -> int:
    """Find routes for many robots on one map."""
    return what.run()
