"""An arm at a table and things that come into its way: episodes, how it does, and MuJoCo as a judge."""
