"""Answers questions about a run in plain words, from its journal alone."""
