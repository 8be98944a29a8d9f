"""One small manager per kind of term; `GaitwayVectorEnv` calls each once per step."""
