"""Where the simulator meets perception, planning and the fleet."""
