"""What a planner knows of a robot: its tree of joints, limits, collision spheres and pairs that may meet."""
