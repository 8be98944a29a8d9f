"""Measure speed: physics, growth with worlds, pictures, preview, start-up, training, live USD, perception."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, configure, subcommand

from .activity import Activity
from .collision import Collision
from .depth import Depth
from .dispatch import Dispatch
from .fleet import Fleet
from .grasp import Grasp
from .growth import Growth
from .ik import Ik
from .mapping import Mapping
from .navigation import Navigation
from .odometry import Odometry
from .physics import Physics
from .planner import Planner
from .pose import Pose
from .preview import Preview
from .reach import Reach
from .render import Render
from .replanning import Replanning
from .retime import Retime
from .sensors import Sensors
from .startup import Startup
from .training import Training
from .twin import Twin
from .usd_live import UsdLive
from .vda5050 import Vda5050
from .walk import Walk


@configure(OmitArgPrefixes, OmitSubcommandPrefixes)
def main(
    what: Annotated[Physics, subcommand("physics")]
    | Annotated[Growth, subcommand("growth")]
    | Annotated[Activity, subcommand("activity")]
    | Annotated[Collision, subcommand("collision")]
    | Annotated[Depth, subcommand("depth")]
    | Annotated[Dispatch, subcommand("dispatch")]
    | Annotated[Fleet, subcommand("fleet")]
    | Annotated[Mapping, subcommand("mapping")]
    | Annotated[Grasp, subcommand("grasp")]
    | Annotated[Ik, subcommand("ik")]
    | Annotated[Navigation, subcommand("navigation")]
    | Annotated[Odometry, subcommand("odometry")]
    | Annotated[Planner, subcommand("planner")]
    | Annotated[Pose, subcommand("pose")]
    | Annotated[Preview, subcommand("preview")]
    | Annotated[Reach, subcommand("reach")]
    | Annotated[Render, subcommand("render")]
    | Annotated[Replanning, subcommand("replanning")]
    | Annotated[Retime, subcommand("retime")]
    | Annotated[Sensors, subcommand("sensors")]
    | Annotated[Startup, subcommand("startup")]
    | Annotated[Training, subcommand("training")]
    | Annotated[Twin, subcommand("twin")]
    | Annotated[UsdLive, subcommand("usd-live")]
    | Annotated[Vda5050, subcommand("vda5050")]
    | Annotated[Walk, subcommand("walk")],
) -> None:
    """Measure how fast things are on this machine. Stop other work first: its load is reported, too."""
    what.run()
