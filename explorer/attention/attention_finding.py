"""Places where a network attends: weights from scores mix values, or a linear rule does as if they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from explorer.hooks import module_at
from explorer.network.building import BuiltNetwork, leaf_sources_of, leaves

# Kinds of attention: with scores, without any, and nn.MultiheadAttention.
SOFTMAX, LINEAR, TORCH = "softmax", "linear", "torch"

_MASKS = {"AttentionMask", "WindowMask"}
_BIASES = {"RelativePositionBias", "Add", "Multiply"}
_ON_SCORES = _MASKS | _BIASES | {"Dropout", "Identity"}
_ON_WEIGHTS = {"Dropout", "Identity"}
_SCORES = {"AttentionScores", "AdditiveScores"}


@dataclass(frozen=True)
class Attention:
    """A place where weights mix values, by the addresses of its nodes.

    node: whose output the weights are; of linear attention, and of torch's own layer, the module that attends.
    block: the composite block around it, "" for the network itself. kind: SOFTMAX, LINEAR or TORCH.
    scores: before the weights; biases, masks: between the two, in order. mix: where the weights meet the values.
    query, key, value: what is compared and mixed, a row of features for each token. A name is "" where there is none.
    heads: 1 where they were not split; has_heads: whether they have an axis. is_windowed: whether windows have one, the
    first.
    """

    node: str
    block: str
    kind: str = SOFTMAX
    scores: str = ""
    biases: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    mix: str = ""
    query: str = ""
    key: str = ""
    value: str = ""
    heads: int = 1
    has_heads: bool = False
    is_windowed: bool = False


def find_attentions(model: nn.Module) -> tuple[Attention, ...]:
    """Find every place where a network attends, in the order of the pass.

    Of a model that was not built here: torch's own layers of attention.

    >>> from explorer import network, zoo
    >>> found = find_attentions(network.build(zoo.get("vit_digits")))
    >>> [attention.node for attention in found][:2], found[0].heads
    (['block1.attention.weights', 'block2.attention.weights'], 4)
    """
    if not isinstance(model, BuiltNetwork):
        return tuple(Attention(name, name.rpartition(".")[0], TORCH, mix=name, heads=module.num_heads,
                               has_heads=True)
                     for name, module in model.named_modules() if isinstance(module, nn.MultiheadAttention))
    found = [_attention_at(model, address, module) for address, module in leaves(model)]
    return tuple(attention for attention in found if attention)


def find_attention(model: nn.Module, node: str) -> Attention | None:
    """Find the attention that a node is part of, by any of its addresses, or the last one of a block.

    >>> from explorer import network, zoo
    >>> find_attention(network.build(zoo.get("vit_digits")), "block2.attention.scores").node
    'block2.attention.weights'
    """
    every = find_attentions(model) if node else ()
    exact = [each for each in every if node in (each.node, each.scores, *each.biases, *each.masks, each.mix)]
    near = [each for each in every if node in (each.query, each.key, each.value)]
    around = [each for each in every if f"{each.node}.".startswith(f"{node}.")]
    beside = [each for each in every if each.block and node.startswith(f"{each.block}.")]
    return next(iter([*exact, *near, *around[-1:], *beside]), None)


def _attention_at(model: BuiltNetwork, address: str, module: nn.Module) -> Attention | None:
    """Read the attention that ends in this module; None where none does."""
    match _kind(module):
        case "AttentionMix":
            weights, value = leaf_sources_of(model, address)
            weights = _behind(model, weights, {"Softmax"}, _ON_WEIGHTS)
            return _of_softmax(model, weights, address, value) if weights else None
        case "LinearAttention":
            query, key, value = leaf_sources_of(model, address)
            return Attention(address, _around(address), LINEAR, mix=address, query=query, key=key, value=value,
                             **_axes(model, query))
    return None


def _of_softmax(model: BuiltNetwork, weights: str, mix: str, value: str) -> Attention:
    before = leaf_sources_of(model, weights)[0]
    scores = _behind(model, before, _SCORES, _ON_SCORES)
    query, key = leaf_sources_of(model, scores) if scores else ("", "")
    between = list(_way_back(model, before, _ON_SCORES))[::-1] if scores else []
    biases, masks = (tuple(node for node in between if _kind_at(model, node) in kinds) for kinds in (_BIASES, _MASKS))
    return Attention(weights, _around(mix), SOFTMAX, scores, biases, masks, mix, query, key, value,
                     **_axes(model, query or value))


def _behind(model: BuiltNetwork, address: str, wanted: set[str], passing: set[str]) -> str:
    """Find the nearest node of a wanted kind at or before this one, through those of passing kinds; "" for none."""
    return next((node for node in _way_back(model, address, passing) if _kind_at(model, node) in wanted), "")


def _way_back(model: BuiltNetwork, address: str, passing: set[str]) -> Iterator[str]:
    """Yield a node and those before it, breadth first, each once; nothing behind a node that is of no passing kind."""
    waiting, seen = [address], {address}
    while waiting:
        node = waiting.pop(0)
        yield node
        for source in leaf_sources_of(model, node) if _kind_at(model, node) in passing else ():
            if source not in seen:
                seen.add(source)
                waiting.append(source)


def _main_way(model: BuiltNetwork, address: str) -> Iterator[str]:
    """Yield a node and those before it, along first inputs."""
    while True:
        yield address
        sources = leaf_sources_of(model, address)
        if not sources:
            return
        address = sources[0]


def _axes(model: BuiltNetwork, address: str) -> dict[str, Any]:
    """Read heads and windows off the nearest nodes before the queries that split or merge them."""
    split = _nearest(model, address, ("SplitHeads", "MergeHeads"))
    windows = _nearest(model, address, ("WindowPartition", "WindowMerge"))
    has_heads = bool(split) and _kind_at(model, split) == "SplitHeads"
    return {"heads": module_at(model, split).heads if has_heads else 1, "has_heads": has_heads,
            "is_windowed": bool(windows) and _kind_at(model, windows) == "WindowPartition"}


def _nearest(model: BuiltNetwork, address: str, kinds: tuple[str, ...]) -> str:
    return next((node for node in _main_way(model, address) if _kind_at(model, node) in kinds), "")


def _around(address: str) -> str:
    return address.rpartition(".")[0]


def _kind_at(model: nn.Module, address: str) -> str:
    return _kind(module_at(model, address))


def _kind(module: nn.Module) -> str:
    return type(module).__name__
