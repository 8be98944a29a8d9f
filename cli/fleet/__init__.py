"""Find routes for many robots on one map."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .broker import Broker
from .dispatch import Dispatch
from .examine import Examine
from .roadmap import Roadmap
from .run import Run
from .solve import Solve
from .vehicle import Vehicle


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Solve, subcommand("solve")]
    | Annotated[Run, subcommand("run")]
    | Annotated[Roadmap, subcommand("roadmap")]
    | Annotated[Dispatch, subcommand("dispatch")]
    | Annotated[Broker, subcommand("broker")]
    | Annotated[Vehicle, subcommand("vehicle")]
    | Annotated[Examine, subcommand("examine")],
) -> int:
    """Find routes for many robots on one map."""
    return what.run()
