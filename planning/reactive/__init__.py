"""Motion among obstacles that move: forecasts, checks, brakes, evasions, and new plans in time."""
