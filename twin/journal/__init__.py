"""What happened in the twin: one SQLite file that the report, the live page and questions read."""
