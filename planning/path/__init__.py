"""Collision-free paths between configurations: geometry only, without time."""
