"""Traffic that never ends: robots with headings that are sent from place to place, step by step."""
