"""Layers inside attention whose output is apart by heads or windows, so that its axes are no places of the input."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from explorer.network.building import BuiltNetwork, leaf_behind, leaf_sources_of

_APART = (("SplitHeads", "MergeHeads"), ("WindowPartition", "WindowMerge"))  # what takes apart, what puts together


def is_split(model: nn.Module, layer: str) -> bool:
    """Check whether the output of a node is apart by heads or windows; of a model not built here, never.

    >>> from explorer import network, zoo
    >>> vit = network.build(zoo.get("vit_digits"))
    >>> is_split(vit, "block4.attention.mix"), is_split(vit, "block4.attention")
    (True, False)
    """
    kinds = [type(module).__name__ for module in _way_back(model, layer)]
    return any(next((kind for kind in kinds if kind in pair), "") == pair[0] for pair in _APART)


def _way_back(model: nn.Module, address: str) -> Iterator[nn.Module]:
    """Yield the leaf whose output a node has and those before it, along first inputs."""
    if not _is_built(model, address):
        return
    address = leaf_behind(model, address)
    while True:
        yield model.get_submodule(address)
        sources = leaf_sources_of(model, address)
        if not sources:
            return
        address = sources[0]


def _is_built(model: nn.Module, address: str) -> bool:
    around = address.rpartition(".")[0]
    return isinstance(model, BuiltNetwork) and isinstance(model.get_submodule(around), BuiltNetwork)
