"""A bundle behind HTTP: `gaitway-edge serve`, with the extra `serve`."""
