"""PyTorch settings of a recipe: applied for training, restored afterwards."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch

from explorer import network
from explorer.recipe import Recipe
from explorer.training.loop.threads import choose_threads

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_COMPILER, _COMPILER_VARIABLE = "torch._inductor.config", "TORCHINDUCTOR_DETERMINISTIC"


def keep_freed_memory() -> None:
    """Keep the memory of freed tensors in this process, for those of the next step.

    glibc otherwise returns a step's large tensors to the system and has every page zeroed again for the next
    step: 15 % of a LeNet step at batch 256. Does nothing without glibc.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)  # the largest that glibc takes
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def give_back_freed_memory() -> None:
    """Return to the system what freed tensors held. Does nothing without glibc."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def torch_kept() -> Iterator[None]:
    """Restore threads, determinism and the random generators afterwards: a notebook goes on with its own."""
    threads, generator = torch.get_num_threads(), torch.get_rng_state()
    deterministic, compiler = torch.get_deterministic_debug_mode(), _is_compiler_deterministic()
    fill = torch.utils.deterministic.fill_uninitialized_memory
    of_gpus = None
    with suppress(RuntimeError):  # a GPU that is lost has no generator; whoever trains on it finds out, with a reason
        of_gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(deterministic)
        _set_compiler_deterministic(compiler)
        torch.utils.deterministic.fill_uninitialized_memory = fill
        torch.set_rng_state(generator)
        if of_gpus is not None:
            with suppress(RuntimeError):
                torch.cuda.set_rng_state_all(of_gpus)


def prepare_torch(recipe: Recipe, recorded_threads: int | None = None) -> int:
    """Set PyTorch up for a recipe; returns the number of CPU threads.

    recorded_threads: those of a run that goes on or is repeated, which gives the same curve with the same number.
    """
    threads = recipe.threads or recorded_threads or choose_threads(step_work(recipe))
    torch.set_num_threads(threads)
    if recipe.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    set_deterministic(recipe.deterministic)
    return threads


def step_work(recipe: Recipe) -> int:
    """Count the multiply-adds of a step of the recipe."""
    return network.analyze(recipe.network).total_multiply_adds * recipe.batch_size


def set_deterministic(wanted: bool) -> None:
    """Choose between deterministic algorithms and the fastest ones.

    Equivalent to torch.use_deterministic_algorithms, which would import the compiler to set its flag too: 3 s. PyTorch
    would also fill every new tensor with NaN, to find code that reads uninitialized memory: 5 % of a step for nothing,
    since every value here is written before it is read.
    """
    torch.set_deterministic_debug_mode("warn" if wanted else "default")
    _set_compiler_deterministic(wanted)
    torch.utils.deterministic.fill_uninitialized_memory = False


def _is_compiler_deterministic() -> bool:
    config = sys.modules.get(_COMPILER)
    if hasattr(config, "deterministic"):  # not while it is being imported, nor in PyTorch 2.9
        return config.deterministic
    return os.environ.get(_COMPILER_VARIABLE) == "1"


def _set_compiler_deterministic(wanted: bool) -> None:
    """Set the flag of PyTorch's compiler where it is imported, and its default for when it will be."""
    config = sys.modules.get(_COMPILER)
    if hasattr(config, "deterministic"):
        config.deterministic = wanted
    if wanted:
        os.environ[_COMPILER_VARIABLE] = "1"
    else:
        os.environ.pop(_COMPILER_VARIABLE, None)
