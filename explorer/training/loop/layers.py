"""Layer measurements, by the doctor on one batch and by full recording during training."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor, nn

from explorer.training.loop.unit_health import dead_units, is_rectifier, saturated_share


def describe_output(module: nn.Module, output: Tensor, batch: int) -> dict[str, float]:
    """Measure a node's output over `batch` samples: mean, spread, dead, saturated; NaN where one does not apply.

    mean: over all values; spread: the variation between samples, the root mean square over units of the standard
    deviation over samples; dead: the share of a rectifier's units that are zero on every sample; saturated: the share
    of an activation's values where its slope is close to zero.
    """
    is_signal = output.is_floating_point() and output.dim() > 1 and len(output) == batch
    return {
        "mean": output.mean().item() if is_signal else math.nan,
        "spread": output.std(0, correction=0).square().mean().sqrt().item() if is_signal else math.nan,
        "dead": dead_units(output).float().mean().item() if is_signal and is_rectifier(module) else math.nan,
        "saturated": saturated_share(module, output) if is_signal else math.nan,
    }


def compute_updates(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> dict[str, float]:
    """Compute |after - before| / |before| over the matrices and kernels of each node, by its address."""
    squares: dict[str, list[float]] = {}
    for name, old in before.items():
        if old.dim() > 1 and old.is_floating_point() and name in after:
            change, size = squares.setdefault(name.rpartition(".")[0], [0.0, 0.0])
            squares[name.rpartition(".")[0]] = [change + _square(after[name] - old), size + _square(old)]
    return {address: math.sqrt(change / size) if size else 0.0 for address, (change, size) in squares.items()}


def _square(tensor: Tensor) -> float:
    """Sum the squares in double precision: those of very small numbers vanish in single."""
    tensor = tensor.cpu() if tensor.device.type == "mps" else tensor  # Apple's GPUs have no double precision
    return tensor.double().norm().item() ** 2
