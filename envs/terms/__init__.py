"""Terms: plain functions `(env, **params) -> Tensor` that tasks put together."""
