"""How PyTorch is set up for a recipe, and given back afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from explorer import network
from explorer.recipe import Recipe
from explorer.training.loop import choose_threads


@contextmanager
def torch_kept() -> Iterator[None]:
    """Threads, determinism and the random generator as they were, afterwards: a notebook goes on with its own."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    warn_only, generator = torch.is_deterministic_algorithms_warn_only_enabled(), torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.set_rng_state(generator)


def prepare_torch(recipe: Recipe) -> int:
    """Set PyTorch up as the recipe asks; returns the number of CPU threads."""
    work = network.analyze(recipe.network).total_multiply_adds * recipe.batch_size
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = recipe.threads or choose_threads(work, cores)
    torch.set_num_threads(threads)
    if recipe.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(recipe.deterministic, warn_only=True)
    return threads
