"""Cost of attention within windows, beside that of attention over the whole map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from explorer.attention.attention_finding import Attention
from explorer.hooks import predictor, record_activations


@dataclass(frozen=True)
class Cost:
    """Multiply-adds of one attention block for one input, by Liu et al. 2021, eq. 1 and 2.

    tokens: hw, over all windows; window: M², the tokens of one window; features: C.

    >>> cost = Cost("w", tokens=196, window=49, features=24)
    >>> cost.in_windows, cost.over_all
    (912576, 2295552)
    """

    node: str
    tokens: int
    window: int
    features: int

    @property
    def projections(self) -> int:
        """Queries, keys, values and the output: 4 hw C²."""
        return 4 * self.tokens * self.features**2

    @property
    def in_windows(self) -> int:
        """4 hw C² + 2 M² hw C."""
        return self.projections + 2 * self.window * self.tokens * self.features

    @property
    def over_all(self) -> int:
        """4 hw C² + 2 (hw)² C."""
        return self.projections + 2 * self.tokens**2 * self.features


def costs_of(model: nn.Module, batch: Tensor, attentions: Sequence[Attention]) -> list[Cost]:
    """Read the cost of each attention in windows from the shapes of its values for this input.

    >>> import torch
    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("swin_digits"))
    >>> [cost.tokens for cost in costs_of(model, torch.zeros(1, 1, 28, 28), find_attentions(model))]
    [196, 196, 49, 49]
    """
    windowed = [each for each in attentions if each.is_windowed]
    with record_activations(model, [each.mix for each in windowed]) as recorded:
        predictor(model)(batch[:1])
    return [_cost(each, tuple(recorded[each.mix].shape[1:])) for each in windowed if each.mix in recorded]


def _cost(attention: Attention, shape: tuple[int, ...]) -> Cost:
    windows, tokens, features = shape[0], shape[-2], shape[-1]
    return Cost(attention.node, windows * tokens, tokens, attention.heads * features)
