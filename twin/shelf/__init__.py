"""A mobile manipulator drives to a shelf and fetches an object from it, by its own senses."""
