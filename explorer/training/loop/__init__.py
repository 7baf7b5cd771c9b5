"""The training loop: batches, the step, recording, PyTorch settings."""
