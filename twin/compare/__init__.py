"""What if: two scenarios over the same seeds, and which of their differences are more than chance."""
