"""A running simulation as a USD stage that another program has open: Omniverse, usdview, any reader."""
