"""A model made ready to be attributed."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from explorer.attribution.token_entry import TokenEntry
from explorer.hooks import module_at, tensors_in
from explorer.text import Text, text

Report = Callable[[float], None]
_FORTH = 1 / 3  # of a pass forth and back


class CannotAttribute(ValueError):
    """An attribution that is not possible; `sentence` explains why, and what to take instead.

    >>> raise CannotAttribute(text("Choose another layer."))
    Traceback (most recent call last):
    explorer.attribution.explained.CannotAttribute: Choose another layer.
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def ignore(share: float) -> None:
    """Nobody waits for progress."""


class Explained(nn.Module):
    """A model from values that vary to the numbers that can be explained: (sample, ...) to (sample, number).

    model: private to it, in evaluation mode. numbers: takes them from the model's first output. entry: where tokens
    become the values that vary; None where the inputs vary themselves. prepared: whether the model was prepared for
    rules of modules. Each pass of the model reports the share of `passes`, those that are expected, and may raise what
    `report` raises.

    >>> import torch
    >>> Explained(nn.Linear(3, 2), lambda outputs: outputs)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, model: nn.Module, numbers: Callable[[Tensor], Tensor], entry: TokenEntry | None = None,
                 prepared: bool = False, report: Report = ignore, passes: float = 1.0) -> None:
        super().__init__()
        self.model, self.numbers, self.entry, self.prepared = model, numbers, entry, prepared
        self.report, self.passes, self.done = report, passes, 0.0
        self.rows: int | None = None  # that fit into memory at once, once they are known

    @property
    def takes_tokens(self) -> bool:
        """True where a sample is a text: its values are (token, feature), and a token's features belong together."""
        return self.entry is not None

    def module_at(self, address: str) -> nn.Module:
        """Return the module of a node. Raises UnknownNode."""
        return module_at(self.model, address)

    def forward(self, values: Tensor) -> Tensor:
        self.report(min(self.done / max(self.passes, 1.0), 1.0))
        found = self.entry(self.model, values) if self.entry else self.model(values.clone())  # may change it in place
        output = next(tensors_in(found), None)
        if output is None:
            raise CannotAttribute(text("The model's output has no tensor, so there is no number to explain."))
        self.done += len(values) * (1.0 if output.requires_grad else _FORTH)
        return self.numbers(output)

    def picked(self, values: Tensor, targets: Tensor) -> Tensor:
        """Compute the number of each sample that is explained: (sample,)."""
        return self(values).gather(1, targets[:, None])[:, 0]
