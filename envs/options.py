"""Physics options of a task, written over those of its stage."""

from __future__ import annotations

import mujoco

from .config import SimCfg


def apply_options(model: mujoco.MjModel, sim: SimCfg) -> None:
    """Set time step, integrator and solver of `model`, for training worlds and the robot server alike."""
    options = model.opt
    options.timestep = sim.timestep
    options.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    options.solver = mujoco.mjtSolver.mjSOL_NEWTON
    options.iterations = sim.iterations
    options.ls_iterations = sim.ls_iterations
