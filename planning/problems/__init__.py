"""Planning problems: read from MotionBenchMaker's files and ours, made from a seed, solved for a score."""
