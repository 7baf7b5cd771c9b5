"""What one step of training keeps in memory, from shapes alone."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import network
from explorer.recipe import Recipe

_BYTES_PER_WEIGHT = 4


@dataclass(frozen=True)
class StepMemory:
    """Bytes of one training step. `activations_bytes` are the outputs of all nodes for one batch.

    What PyTorch's kernels take for themselves comes on top.
    """

    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activations_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.gradients_bytes + self.optimizer_bytes + self.activations_bytes


def step_memory(recipe: Recipe) -> StepMemory:
    """The memory of one step of this recipe: weights, gradients, the optimizer's averages, a batch of activations."""
    analysis = network.analyze(recipe.network)
    weights_bytes = analysis.total_parameters * _BYTES_PER_WEIGHT
    return StepMemory(weights_bytes, weights_bytes, weights_bytes * averages_kept(recipe),
                      analysis.total_activation_bytes * recipe.batch_size)


def averages_kept(recipe: Recipe) -> int:
    """How many numbers are kept for each weight between steps: by the optimizer, and as an average of the weights."""
    params = recipe.optimizer.params
    kept = {"sgd": params.get("momentum", 0) > 0, "adagrad": 1, "adam": 2 + params.get("amsgrad", False),
            "rmsprop": 1 + (params.get("momentum", 0) > 0) + params.get("centered", False)}
    kept["adamw"] = kept["adam"]
    return int(kept[recipe.optimizer.name]) + (recipe.averaging is not None)
