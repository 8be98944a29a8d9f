"""What `gaitway perceive ... --view` shows in rerun, one file for each command."""
