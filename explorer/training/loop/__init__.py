"""The training loop: batches, the step, its instruments, what they need of PyTorch."""
