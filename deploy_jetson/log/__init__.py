"""Logs of runs as MCAP files, which Foxglove and `ros2 bag` open. Needs `gaitway[log]`."""
