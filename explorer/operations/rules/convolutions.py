"""Rules of convolutions and transposed convolutions in one or two axes of space."""

from __future__ import annotations

from torch import nn

from explorer.operations.rules.given import Found, Given, operand, parameter
from explorer.results import Correlation, TransposedCorrelation

SPACE = {1: ("position",), 2: ("height", "width")}


def convolution(module: nn.Conv1d | nn.Conv2d, given: Given) -> Found:
    """Read a convolution."""
    before = module._reversed_padding_repeated_twice[-2::-2] if isinstance(module.padding, str) else module.padding
    rule = Correlation(module.stride, tuple(before), module.dilation, module.groups, module.padding_mode)
    return rule, _operands(module, given, ("output", "input"))


def patch_embedding(module: nn.Conv2d, given: Given) -> Found:
    """Read a convolution without overlap, whose places may be tokens."""
    rule = Correlation(module.stride, module.padding, module.dilation, as_tokens=module.as_tokens)
    return rule, _operands(module, given, ("output", "input"))


def transposed_convolution(module: nn.ConvTranspose1d | nn.ConvTranspose2d, given: Given) -> Found:
    """Read a transposed convolution."""
    rule = TransposedCorrelation(module.stride, module.padding, module.dilation, module.groups)
    return rule, _operands(module, given, ("input", "output"))


def _operands(module, given: Given, channels: tuple[str, str]):
    space = SPACE[len(module.kernel_size)]
    found = (operand("input", given.input, ("channel", *space)),
             parameter("weight", module.weight, (*channels, *space)))
    return found if module.bias is None else (*found, parameter("bias", module.bias))
