"""Labelled pictures of dropped objects whose looks, lights and views are drawn at random."""
