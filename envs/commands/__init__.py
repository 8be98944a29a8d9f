"""What robots are asked to do: one file per kind of command, its settings beside it."""
