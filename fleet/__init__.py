"""Routes for many robots at once: maps, path finding, lifelong traffic, execution; arrays in, arrays out."""
