"""USD stage -> MuJoCo model -> N parallel worlds -> Gymnasium vector environment."""
