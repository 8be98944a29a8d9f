"""Where to hold an object: grasps of two fingers and of a suction cup, ranked, with ways in and out."""
