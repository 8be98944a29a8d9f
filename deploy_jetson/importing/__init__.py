"""Policies of other projects as bundles: `gaitway-edge import`."""
