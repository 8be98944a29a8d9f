"""Training, evaluation and export of policies, and a zoo of trained ones."""

from pathlib import Path

ZOO = Path(__file__).resolve().parent / "zoo"
"""Folder of the bundles that come with Gaitway."""
