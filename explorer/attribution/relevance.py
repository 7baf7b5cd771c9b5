"""Layer-wise relevance propagation: the number that is explained, shared out backward by a rule for each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.own_calls import IN_PLACE, POINTWISE
from explorer.hooks import tensors_in
from explorer.text import text

EPSILON, GAMMA, ALPHA1_BETA0 = "epsilon", "gamma", "alpha1_beta0"

_WEIGHTED = {F.linear, torch.conv1d, torch.conv2d, torch.conv3d, torch.conv_transpose1d, torch.conv_transpose2d,
             torch.conv_transpose3d}  # (input, weight, bias, ...)
_AFFINE = _WEIGHTED | {
    F.batch_norm, F.avg_pool1d, F.avg_pool2d, F.avg_pool3d, F.adaptive_avg_pool1d, F.adaptive_avg_pool2d,
    F.adaptive_avg_pool3d, F.interpolate, Tensor.mean, torch.mean, Tensor.sum, torch.sum, Tensor.mul, torch.mul,
    Tensor.div, torch.div, Tensor.add, torch.add, Tensor.sub, torch.sub, Tensor.__rsub__, Tensor.neg}
_NAMES_OF_SAME = (
    "clone", "contiguous", "to", "float", "double", "type_as", "flatten", "reshape", "view", "view_as", "unflatten",
    "squeeze", "unsqueeze", "permute", "transpose", "movedim", "__getitem__", "narrow", "select", "chunk", "split",
    "unbind", "index_select", "expand", "cat", "concat", "concatenate", "stack", "pad", "roll", "flip", "dropout",
    "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "requires_grad_", "detach",
    "max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "amax", "pixel_shuffle", "pixel_unshuffle", "__get__")  # the same values elsewhere: relevance goes where they came from


@dataclass(frozen=True)
class Rule:
    """A rule of layers with weights. name: EPSILON, GAMMA or ALPHA1_BETA0. epsilon: what keeps divisors from zero.

    gamma: how much positive weights count beyond the others. spreads: whether the share of biases goes to the inputs.
    Source: Montavon et al. 2019, section 10.2.
    """

    name: str = EPSILON
    epsilon: float = 1e-9
    gamma: float = 0.25
    spreads: bool = False

    def of(self, function: Callable[..., Tensor], rest: tuple[Any, ...], named: Mapping[str, Any],
           ) -> Callable[[Tensor], Tensor]:
        """Make the function whose parts share out relevance, from a layer's: that with its weights changed."""
        if function in _WEIGHTED:
            weight, *more = (*rest, *named.values()) if not rest else rest
            rest = (self._changed(weight), *[self._changed(each) if isinstance(each, Tensor) else each
                                             for each in more])
        call = partial(_call, function, rest, named)
        return (lambda values: call(values) - call(torch.zeros_like(values))) if self.spreads else call

    def _changed(self, weight: Tensor) -> Tensor:
        if self.name == GAMMA:
            return weight + self.gamma * weight.clamp(min=0)
        return weight.clamp(min=0) if self.name == ALPHA1_BETA0 else weight
