"""Motion over time: jerk-limited profiles, retiming along a path, checks and export; no robot model."""
