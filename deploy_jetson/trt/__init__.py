"""A bundle's network as a TensorRT engine: built on the device it runs on, and checked there."""
