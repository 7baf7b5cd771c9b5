"""Memory of one training step, estimated from shapes alone."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from explorer import network
from explorer.recipe import Recipe

_BYTES_PER_WEIGHT = 4


@dataclass(frozen=True)
class StepMemory:
    """Bytes of one training step. `activations_bytes` are the outputs of all nodes for one batch.

    The workspace of PyTorch's kernels comes on top.
    """

    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activations_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.gradients_bytes + self.optimizer_bytes + self.activations_bytes


def step_memory(recipe: Recipe) -> StepMemory:
    """Estimate the memory of one step: weights, gradients, the optimizer's averages, a batch of activations."""
    analysis = network.analyze(recipe.network)
    weights_bytes = analysis.total_parameters * _BYTES_PER_WEIGHT
    return StepMemory(weights_bytes, weights_bytes, weights_bytes * averages_kept(recipe),
                      analysis.total_activation_bytes * recipe.batch_size)


def largest_batch(recipe: Recipe, available_bytes: int) -> int:
    """Estimate the largest batch that fits into this much memory; 0 if not even one sample does.

    During the backward pass an activation and its gradient coexist, so each counts twice.
    """
    memory = step_memory(recipe)
    fixed = memory.total_bytes - memory.activations_bytes
    sample_bytes = max(1, 2 * memory.activations_bytes // recipe.batch_size)
    return max(0, (available_bytes - fixed) // sample_bytes)


def available_bytes(device: str = "cpu") -> int:
    """Measure the free memory: of the GPU if the recipe runs on one, else of the machine.

    On a GPU, with what PyTorch keeps in this process for its next tensors.
    """
    if device == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return psutil.virtual_memory().available


def empty_gpu() -> None:
    """Give back what PyTorch keeps of a GPU in this process and no tensor uses: others may need it."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def used_bytes(device: str = "cpu") -> int:
    """Measure the memory this process uses: of the GPU if it trains there, else of the machine."""
    if device == "cuda":
        import torch

        return torch.cuda.memory_reserved()
    return psutil.Process().memory_info().rss


def averages_kept(recipe: Recipe) -> int:
    """Count the numbers kept per weight between steps: by the optimizer, and as an average of the weights."""
    params = recipe.optimizer.params
    kept = {"sgd": params.get("momentum", 0) > 0, "adagrad": 1, "adam": 2 + params.get("amsgrad", False),
            "rmsprop": 1 + (params.get("momentum", 0) > 0) + params.get("centered", False)}
    kept["adamw"] = kept["adam"]
    return int(kept[recipe.optimizer.name]) + (recipe.averaging is not None)
