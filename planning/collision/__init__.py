"""Distances of robots to obstacles and to themselves, and checks of motions against both."""
