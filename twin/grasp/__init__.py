"""Grasps tried out by physics: a hand that closes or sucks, lifts an object and shakes it."""
