"""Where the robot is, from its own cameras, IMU and wheels."""
