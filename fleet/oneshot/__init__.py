"""One-shot problems: each robot goes from its start to its goal and stays there."""
