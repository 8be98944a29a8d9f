"""Where to hold a thing: parallel-jaw and suction grasps."""
