"""Recordings of simulated drives, with the truth beside them."""
