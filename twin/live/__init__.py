"""A page on this machine that shows a run as it goes on, goes back in its time, and takes wishes for it."""
