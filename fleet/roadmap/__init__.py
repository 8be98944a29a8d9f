"""Roadmaps: from a map and its sites to the graph that robots move on."""
