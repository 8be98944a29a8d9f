"""Orders: what they are, which steps they may take, and a store that outlives whoever keeps it."""
