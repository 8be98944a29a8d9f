"""From plans to robots that are late: who passes a cell before whom counts, not when."""
