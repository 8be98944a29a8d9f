"""Procedural textures of warehouse surfaces, so that cameras have something to hold on to.

Every texture tiles, is drawn from a seed by NumPy alone, and holds linear reflectance (0 to 255 for 0 to 1).
"""
