"""Measures of single heads: how far they look, and how evenly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer.attention.attention_finding import Attention
from explorer.attention.attention_weights import in_five_axes
from explorer.attention.token_places import TokenPlaces
from explorer.hooks import as_taken, in_mode, module_at


def entropy(weights: Tensor) -> Tensor:
    """Compute the mean entropy of the rows of each head, in nats: (head,). weights: (sample, window, head, query, key).

    Rows that are not finite, as those that a mask hides altogether, are left out; NaN where none is left.

    >>> entropy(torch.full((1, 1, 1, 2, 4), 0.25)).exp().round().tolist()
    [4.0]
    """
    return _mean_of_queries(-torch.special.xlogy(weights, weights).sum(-1))


def largest_entropy(hidden: Tensor | None, keys: int) -> float:
    """Compute the mean over queries of ln n, n the keys that each may see. hidden: (window, query, key), True if not.

    >>> round(largest_entropy(torch.tensor([[[False, True], [False, False]]]), 2), 4)
    0.3466
    """
    if hidden is None:
        return float(torch.tensor(float(keys)).log())
    seen = (~hidden).sum(-1)
    return float(seen[seen > 0].double().log().mean())


def attention_distance(weights: Tensor, distances: Tensor) -> Tensor:
    """Compute how far away the keys are that each head looks at, by weight: (head,), the mean over queries.

    weights: (sample, window, head, query, key). distances: (window, query, key), NaN where either has no place, as a
    class token; what is looked at there does not count. Source: Dosovitskiy et al. 2021, appendix D.7.

    >>> attention_distance(torch.eye(2)[None, None, None], torch.tensor([[[0.0, 4.0], [4.0, 0.0]]])).tolist()
    [0.0]
    """
    placed = ~distances.isnan()
    counted = torch.where(placed[None, :, None], weights, 0.0)
    far = (counted * distances.nan_to_num()[None, :, None]).sum(-1)  # (sample, window, head, query)
    total = counted.sum(-1)
    return _mean_of_queries(torch.where(total > 0, far / total.clamp(min=1e-12), torch.nan))


def _mean_of_queries(values: Tensor) -> Tensor:
    """Average (sample, window, head, query) over all but the heads; what is not finite is left out."""
    values = torch.where(values.isfinite(), values, torch.nan)
    return values.double().nanmean((0, 1, 3))


def distances_between(queries: Tensor, keys: Tensor) -> Tensor:
    """Measure the distance from each query to each key: (window, query, key). Places: (window, token, axis), or NaN.

    >>> distances_between(torch.tensor([[[0.0, 0.0]]]), torch.tensor([[[3.0, 4.0]]])).tolist()
    [[[5.0]]]
    """
    apart = queries[:, :, None] - keys[:, None]
    return apart.square().sum(-1).sqrt()


def places_between(pair: tuple[TokenPlaces, TokenPlaces] | None) -> Tensor | None:
    """Measure how far apart the queries and keys of an attention are in the input: (window, query, key), or None.

    In pixels, between the middles of patches; in tokens, in a text. NaN where one has no place.

    >>> places = TokenPlaces("pixels", np.array([[[0, 0, 2, 2], [0, 2, 2, 4]]]))
    >>> places_between((places, places)).tolist()
    [[[0.0, 2.0], [2.0, 0.0]]]
    """
    if pair is None:
        return None
    queries, keys = (torch.from_numpy(_middles(each)) for each in pair)
    return distances_between(queries, keys) if len(queries) == len(keys) else None


def _middles(places: TokenPlaces) -> np.ndarray:
    middles = (places.boxes[..., :2] + places.boxes[..., 2:]) / 2
    return np.where(places.is_placed[..., None], middles, np.nan).astype(np.float32)


def measure_heads(
    model: nn.Module, batch: Tensor, attentions: Sequence[Attention], distances: Mapping[str, Tensor | None],
    weights: Mapping[str, Tensor] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure entropy and distance of all heads over a batch: two arrays (layer, head), NaN where there is none.

    distances: by the attention's node. weights: take the place of the model's own.

    >>> from explorer import network, zoo
    >>> from explorer.attention.attention_finding import find_attentions
    >>> model = network.build(zoo.get("vit_digits"))
    >>> measure_heads(model, torch.zeros(2, 1, 28, 28), find_attentions(model), {})[0].shape
    (4, 4)
    """
    shape = len(attentions), max(each.heads for each in attentions)
    found = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)

    def measure(layer: int, output: Tensor) -> None:
        attention, values = attentions[layer], in_five_axes(attentions[layer], output)
        found[0][layer, :attention.heads] = entropy(values).cpu().numpy()
        if (apart := distances.get(attention.node)) is not None:
            found[1][layer, :attention.heads] = attention_distance(values, apart.to(values.device)).cpu().numpy()

    with torch.no_grad(), in_mode(model, training=False), _seen(model, attentions, measure):
        functional_call(model, dict(weights or {}), (as_taken(model, batch),))
    return found


@contextmanager
def _seen(model: nn.Module, attentions: Sequence[Attention], see: Callable[[int, Tensor], None]) -> Iterator[None]:
    def hook(layer: int) -> Callable[..., Any]:
        return lambda _module, _inputs, output: see(layer, output)

    handles = [module_at(model, each.node).register_forward_hook(hook(layer)) for layer, each in enumerate(attentions)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
