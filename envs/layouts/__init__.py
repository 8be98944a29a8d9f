"""Random furnishings of a scene, and the shortest ways through them."""
