"""The pages of `gaitway perceive ... --report`, one file for each command."""
