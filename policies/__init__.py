"""Training, evaluation and export of policies; `zoo/` holds trained bundles."""
