"""Run the perception stack on a recording or picture: odometry, depth and more."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .activity import Activity
from .depth import Depth
from .map import Map
from .odometry import Odometry
from .pose import Pose


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Activity, subcommand("activity")]
    | Annotated[Depth, subcommand("depth")]
    | Annotated[Map, subcommand("map")]
    | Annotated[Odometry, subcommand("odometry")]
    | Annotated[Pose, subcommand("pose")],
) -> None:
    """Run one part of perception on a recording or picture."""
    what.run()
