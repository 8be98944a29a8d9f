"""Run the perception stack on a recording or picture: odometry, depth and more."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .activity import Activity
from .bop import Bop
from .convert import Convert
from .depth import Depth
from .grasp import Grasp
from .looks import Looks
from .map import Map
from .odometry import Odometry
from .pose import Pose


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Activity, subcommand("activity")]
    | Annotated[Bop, subcommand("bop")]
    | Annotated[Convert, subcommand("convert")]
    | Annotated[Depth, subcommand("depth")]
    | Annotated[Grasp, subcommand("grasp")]
    | Annotated[Map, subcommand("map")]
    | Annotated[Odometry, subcommand("odometry")]
    | Annotated[Pose, subcommand("pose")],
) -> None:
    """Run one part of perception on a recording or picture."""

    def say(message: Warning | str, *_: object) -> None:
        """A warning says what was assumed of the input; where the code does so helps nobody."""
        print(f"gaitway perceive: {message}", file=sys.stderr)
        if isinstance(what, Looks):
            what.warned.append(str(message))

    with warnings.catch_warnings():
        warnings.showwarning = say
        what.run()
