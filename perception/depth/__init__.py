"""How far things are: dense disparity of a rectified stereo pair."""
