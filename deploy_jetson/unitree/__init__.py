"""Robots that speak Unitree's SDK, `unitree_sdk2py`, which the user installs."""
