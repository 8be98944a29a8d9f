"""What moves on the floor, seen from the ceiling: tracks, one map, incidents."""
