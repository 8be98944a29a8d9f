"""A task's USD files opened in Isaac Sim 5 or 6: one scene, and a copy of the robot for every world.

Written after Isaac Sim's documentation and not run: no Isaac Sim was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_ENVS = "/World/envs"
_SPACING = 4.0  # m between robots


@dataclass(frozen=True)
class IsaacStage:
    """`robots` is Isaac Sim's view of all articulations.

    `origins` (num_worlds, 3) in m is where each world's own origin is in the stage. `app` is the running
    Omniverse application; it lives as long as it is referred to.
    """

    app: Any
    world: Any
    robots: Any
    origins: torch.Tensor

    def step(self) -> None:
        """Advance all robots by one time step, without pictures."""
        self.world.step(render=False)


def open_isaac_stage(
    scene: Path, robot: Path, num_worlds: int, timestep: float, device: str = "cpu"
) -> IsaacStage:
    """Start Isaac Sim without a window and fill its stage; `timestep` in s.

    Raises:
        ValueError: Isaac Sim is not installed.
    """
    try:
        from isaacsim import SimulationApp  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ValueError(
            "Isaac Sim is not installed in this Python; install `isaacsim` as its documentation says."
        ) from error
    app = SimulationApp({"headless": True})
    # These modules exist only once the application runs.
    from isaacsim.core.api import World  # pyright: ignore[reportMissingImports]
    from isaacsim.core.cloner import GridCloner  # pyright: ignore[reportMissingImports]
    from isaacsim.core.prims import Articulation  # pyright: ignore[reportMissingImports]
    from isaacsim.core.utils.stage import (  # pyright: ignore[reportMissingImports]
        add_reference_to_stage,
    )

    world = World(
        physics_dt=timestep,
        rendering_dt=timestep,
        stage_units_in_meters=1.0,
        backend="torch",
        device=device,
    )
    add_reference_to_stage(usd_path=str(scene), prim_path="/World/Scene")
    cloner = GridCloner(spacing=_SPACING)
    cloner.define_base_env(_ENVS)
    add_reference_to_stage(usd_path=str(robot), prim_path=f"{_ENVS}/env_0/Robot")
    origins = cloner.clone(
        source_prim_path=f"{_ENVS}/env_0",
        prim_paths=cloner.generate_paths(f"{_ENVS}/env", num_worlds),
        replicate_physics=True,
        base_env_path=_ENVS,
    )
    robots = Articulation(prim_paths_expr=f"{_ENVS}/env_.*/Robot", name="robots")
    world.scene.add(robots)
    world.reset()
    return IsaacStage(app, world, robots, torch.as_tensor(origins, dtype=torch.float64))
