"""The place where tokens become numbers, at which they can vary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explorer.hooks import tensors_in


class TokenEntry:
    """A module that turns tokens (sample, token) into values (sample, token, feature), which are put in its place.

    tokens: of the one text that is attributed, (1, token): whatever else reads them finds them for every row.

    >>> model = nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(6, 1))
    >>> entry, embedded = find_entry(model, torch.tensor([[0, 1, 4]]))
    >>> entry.name, torch.equal(entry(model, embedded), model(torch.tensor([[0, 1, 4]])))
    ('0', True)
    """

    def __init__(self, name: str, tokens: Tensor) -> None:
        self.name, self.tokens = name, tokens

    def embed(self, model: nn.Module, tokens: Tensor) -> Tensor:
        """Turn other texts into values."""
        with torch.no_grad():
            return model.get_submodule(self.name)(tokens)

    def __call__(self, model: nn.Module, values: Tensor) -> Any:
        """Run the model with values in place of what the module makes of the tokens."""
        module = model.get_submodule(self.name)
        handle = module.register_forward_hook(lambda _module, _inputs, output: values.clone())
        try:
            return model(self.tokens.expand(len(values), -1))
        finally:
            handle.remove()


def find_entry(model: nn.Module, tokens: Tensor) -> tuple[TokenEntry, Tensor] | None:
    """Find the first module that makes a row of numbers of each token, and those numbers: (sample, token, feature).

    tokens: (sample, token), of whole numbers. None where no module does.
    """
    found: list[tuple[str, Tensor]] = []

    def see(name: str, inputs: Any, output: Any) -> None:
        first = next(tensors_in(inputs), None)
        makes_rows = isinstance(output, Tensor) and output.is_floating_point() and output.dim() == 3 and \
            output.shape[:2] == tokens.shape
        if makes_rows and first is not None and first.shape == tokens.shape and torch.equal(first, tokens):
            found.append((name, output.detach()))

    with torch.no_grad(), _each_leaf(model, see):
        model(tokens)
    return (TokenEntry(found[0][0], tokens[:1]), found[0][1].clone()) if found else None


@contextmanager
def _each_leaf(model: nn.Module, see: Any) -> Iterator[None]:
    """Call `see(name, inputs, output)` for each call of a module without children."""
    handles = [module.register_forward_hook(lambda _module, inputs, output, name=name: see(name, inputs, output))
               for name, module in model.named_modules() if name and not any(module.children())]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
