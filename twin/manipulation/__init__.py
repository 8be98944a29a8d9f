"""An arm that empties a bin by sight: look, grasp, move, place, look again."""
