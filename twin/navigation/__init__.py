"""An AMR that is told a place and gets there by what it sees: odometry, depth, a map, a way, wheel speeds."""
