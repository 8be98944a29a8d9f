"""Where a robot is, how far things are, what they are and where to hold them: arrays in, arrays out.

Nothing here imports the simulator: the same code runs on recorded, simulated and live sensors. Poses are
(4, 4) matrices `a_from_b` that take points of frame b into frame a. Cameras look along +z with x right and y
down (OpenCV); depth is float32 in m along the optical axis, 0 where there is none. Times are in s.
"""
