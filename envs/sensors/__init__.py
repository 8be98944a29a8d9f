"""Sensors of every world at once, as a library that observation terms call: lidar and cameras.

IMU and contact sensors are MuJoCo's own (`envs/stage/sensors.py`); what these here see is geometry.
"""
