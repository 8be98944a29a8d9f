"""How far things are, from two rectified pictures: disparity, how sure it is, and depth."""
