"""Initialization of weights. Biases keep PyTorch's default; normalization keeps its ones and zeros."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from explorer.document.initializations import read_init

Draw = Callable[[Tensor, Mapping[str, Any]], object]

DRAWS: dict[str, Draw] = {
    "default": lambda weight, params: None,
    "xavier_uniform": lambda weight, params: nn.init.xavier_uniform_(weight, **params),
    "xavier_normal": lambda weight, params: nn.init.xavier_normal_(weight, **params),
    "kaiming_uniform": lambda weight, params: nn.init.kaiming_uniform_(weight, a=_slope(params), **params),
    "kaiming_normal": lambda weight, params: nn.init.kaiming_normal_(weight, a=_slope(params), **params),
    "normal": lambda weight, params: nn.init.normal_(weight, 0.0, params["std"]),
    "uniform": lambda weight, params: nn.init.uniform_(weight, -params["bound"], params["bound"]),
    "orthogonal": lambda weight, params: nn.init.orthogonal_(weight, **params),
    "zeros": lambda weight, params: nn.init.zeros_(weight),
    "constant": lambda weight, params: nn.init.constant_(weight, params["value"]),
    "lsuv": lambda weight, params: nn.init.orthogonal_(weight),  # scaled once there are data: scale_to_unit_variance
}
MOST_PASSES = 10  # of scaling one layer; Mishkin & Matas 2016 need one to five


def _slope(params: Mapping[str, Any]) -> float:
    return 0.01 if params["nonlinearity"] == "leaky_relu" else 0.0


def initialize_module(module: nn.Module, init: str, version: int) -> None:
    """Initialize the weights of one node from the global generator; the rule's version decides which.

    init: such as `normal(std=0.01)`. Sources: Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014.
    """
    chosen = read_init(init)
    draw = DRAWS[chosen.name]
    for weight in DRAWN_WEIGHTS[version](module):
        draw(weight, chosen.params)


def matrices_and_kernels(module: nn.Module) -> Iterator[Tensor]:
    """Yield the parameters named `weight` (version 1). Recurrent layers name theirs differently and keep their own.

    A module with `keeps_its_start`, such as a bilinear kernel, keeps its initial weights.
    """
    for child in module.modules():
        weight = getattr(child, "weight", None)
        drawn = not isinstance(child, nn.LayerNorm | nn.RMSNorm) and not getattr(child, "keeps_its_start", False)
        if drawn and isinstance(weight, Tensor) and weight.dim() >= 2:
            yield weight


DRAWN_WEIGHTS: dict[int, Callable[[nn.Module], Iterator[Tensor]]] = {  # the rule "initialization" by its version
    1: matrices_and_kernels}


@torch.no_grad()
def scale_to_unit_variance(model: nn.Module, nodes: Mapping[str, nn.Module], batch: Tensor, tolerance: float,
                           version: int) -> None:
    """Scale the random weights of each node, in order, until its output on a batch has variance 1.

    nodes: {address: module}. version: of the rule that decides which are drawn. Source: Mishkin & Matas 2016, alg. 1.
    """
    for module in nodes.values():
        weights = list(DRAWN_WEIGHTS[version](module))
        outputs: list[Tensor] = []
        handle = module.register_forward_hook(lambda _module, _inputs, out, kept=outputs: kept.append(out))
        try:
            for _ in range(MOST_PASSES if weights else 0):
                model(batch)
                variance = outputs.pop().var()
                if not variance > 0 or abs(variance - 1) < tolerance:
                    break
                for weight in weights:
                    weight /= variance.sqrt()
        finally:
            handle.remove()
