"""Where a known object is: depth picture and mesh in, a pose with its uncertainty out, or 'not found'."""
