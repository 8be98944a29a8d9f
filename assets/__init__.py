"""USD robots and props, the warehouse generator and asset validation."""
