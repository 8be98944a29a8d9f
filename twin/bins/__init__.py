"""Bins of warehouse objects: dropped by physics, seen by a noisy depth camera, with the truth beside it."""
