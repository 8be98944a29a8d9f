"""A map from depth pictures and poses: surfaces, meshes, distances, occupancy and costs."""
