"""From a goal to a verified, jerk-limited trajectory in three calls: `load`, `Planner.plan`, `execute`."""
