"""How fast things are: what `gaitway bench` measures. Nothing else imports this package."""
