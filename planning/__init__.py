"""Motion planning: robot models, kinematics, collision checks, paths and trajectories; no simulator."""
