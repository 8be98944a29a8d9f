"""The env for code of other people: NumPy in and out, and the vector env of Stable-Baselines3."""
