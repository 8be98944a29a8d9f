"""Errors as the field defines them."""
