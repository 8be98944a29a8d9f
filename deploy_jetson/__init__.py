"""The robot side: bundle contract, observation builder and 50 Hz runtime on numpy and onnxruntime alone."""
