"""Who carries what: single orders, and tours with time windows, capacities, pickups, ranges."""
