"""Layers whose output can be attributed to: which one by default, and its output with places."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.attribution.explained import CannotAttribute, Explained
from explorer.hooks import tensors_in
from explorer.text import text


def last_with_places(explained: Explained, inputs: Tensor) -> str:
    """Return the address of the last module whose output has places, or of the last but one where none has.

    inputs: (sample, ...). A place is one of a map, (sample, channel, height, width), or of a row of tokens. Of a block
    and its last part, which end at once, it is the block. Of the modules, those count whose output leads to a number.

    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    >>> last_with_places(Explained(model, lambda outputs: outputs), torch.zeros(1, 1, 4, 4))
    '1'
    """
    called = outputs_in_order(explained, inputs[:1])
    called = [each for each in called if type(explained.module_at(each[0])) is not nn.Identity]
    fitting = [name for name, shape in called if has_places(shape)] or [name for name, _shape in called[-2:]][:1]
    if not fitting:
        raise CannotAttribute(text("This network has no layer inside. Take a method that attributes to the input."))
    return fitting[-1]


def has_places(shape: tuple[int, ...]) -> bool:
    """Check whether an output (sample, ...) is a map of more than one pixel, or a row of several tokens.

    >>> has_places((1, 8, 4, 4)), has_places((1, 8, 1, 1)), has_places((1, 17, 16)), has_places((1, 10))
    (True, False, True, False)
    """
    return (len(shape) == 4 and shape[2] * shape[3] > 1) or (len(shape) == 3 and shape[1] > 1)


def outputs_in_order(explained: Explained, inputs: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """List (address, shape of the first output) of the calls of all modules inside a model, in the order they end.

    An output that leads to no number, such as an LSTM's where only its last state is read, is left out, unless all are.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1)))
    >>> outputs_in_order(Explained(model, lambda outputs: outputs), torch.zeros(1, 2))
    [('0', (1, 3)), ('1.0', (1, 1)), ('1', (1, 1))]
    """
    called: list[tuple[str, Tensor]] = []

    def see(name: str, output: object) -> None:
        if (first := next(tensors_in(output), None)) is not None and first.is_floating_point():
            called.append((name, first))

    handles = [module.register_forward_hook(lambda _module, _inputs, output, name=name: see(name, output))
               for name, module in explained.model.named_modules() if name]
    try:
        with torch.enable_grad():
            numbers = explained(inputs.detach().requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    return [(name, tuple(output.shape)) for name, output in _leading_to(numbers, called) or called]


def _leading_to(numbers: Tensor, called: list[tuple[str, Tensor]]) -> list[tuple[str, Tensor]]:
    varying = [each for each in called if each[1].requires_grad]
    if not numbers.requires_grad or not varying:
        return []
    slopes = torch.autograd.grad(numbers.sum(), [output for _name, output in varying], allow_unused=True)
    return [each for each, slope in zip(varying, slopes, strict=True) if slope is not None]
