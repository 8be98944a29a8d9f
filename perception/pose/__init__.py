"""What stands there and how it is turned: 6-DoF poses of known objects."""
