"""How weights are drawn. Biases keep PyTorch's default; normalization keeps its ones and zeros."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

DRAWS: dict[str, Callable[[Tensor], object]] = {
    "default": lambda weight: None,
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    "kaiming_normal": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
}


def initialize_module(module: nn.Module, init: str) -> None:
    """Draw the weight matrices and kernels of one node anew, from the global generator.

    `init` names an entry of recipe.INITIALIZATIONS. A module that says `keeps_its_start`, such as a bilinear kernel, is
    left as it was made. Sources: Glorot & Bengio 2010; He et al. 2015.
    """
    draw = DRAWS[init]
    for child in module.modules():
        weight = getattr(child, "weight", None)
        drawn = not isinstance(child, nn.LayerNorm | nn.RMSNorm) and not getattr(child, "keeps_its_start", False)
        if drawn and isinstance(weight, Tensor) and weight.dim() >= 2:
            draw(weight)
