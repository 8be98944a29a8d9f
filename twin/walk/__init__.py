"""A robot on legs that walks a route by what its head sees: stereo-inertial odometry, and nothing else."""
