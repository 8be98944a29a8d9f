"""What stands around: truncated signed distances, meshes, distance fields, costmaps."""
