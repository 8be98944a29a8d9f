"""Tasks: each module fills an `EnvCfg`; `TASKS` in `envs.registration` names them."""
