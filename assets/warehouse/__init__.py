"""A seeded generator of 100,000 sq ft class warehouses in USD."""
