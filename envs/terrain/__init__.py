"""Ground that is not flat: kinds of patches, the field made of them, and how high it is anywhere."""
