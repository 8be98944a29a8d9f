"""What a robot makes of its laser scanner: where it is on a map, and what moves about it."""
