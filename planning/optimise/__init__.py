"""Makes motions better that already are free: straighter paths, and shorter times."""
