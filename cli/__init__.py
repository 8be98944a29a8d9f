"""`gaitway COMMAND`: one thin file per command."""
