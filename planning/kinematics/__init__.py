"""Forward kinematics, Jacobians and inverse kinematics of many configurations at once."""
