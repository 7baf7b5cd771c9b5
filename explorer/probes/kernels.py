"""The weights themselves, as pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.hooks import UnknownNode, in_mode, record_activations
from explorer.network.build import BuiltNetwork, leaf_sources_of, leaves, sources_of
from explorer.probes.probe import ProbeSpec
from explorer.results import ImageGrid
from explorer.text import text


def nodes_with_kernels(model: nn.Module) -> list[str]:
    """Addresses of the nodes whose weights make pictures: convolutions and linear layers, inside blocks too."""
    return [address for address, module in leaves(model) if isinstance(module, nn.Conv2d | nn.Linear)]


def compute_kernels(model: nn.Module, batch: Tensor, node: str) -> ImageGrid:
    """A node's weights as maps: (output × input channel, height, width), zero-centred.

    A convolution gives one kernel for each pair of output and input channel. A linear layer behind a Flatten gives
    each output's weights, laid out as the map that was flattened; any other its matrix, (1, output, input).
    batch: (sample, ...), read for its shapes only.
    Raises UnknownNode; ValueError for a node without such weights. Source: Dive into Deep Learning, 7.2 and 4.1.
    """
    child = _module_at(model, node)
    if isinstance(child, nn.Conv2d):
        shape = child.weight.shape[1:]  # (input / groups, height, width)
    elif isinstance(child, nn.Linear) and (flatten := _flatten_before(model, node)):
        shape = _shape_into(model, batch, flatten)
    elif isinstance(child, nn.Linear):
        return ImageGrid(node, child.weight.detach().float().cpu().numpy()[None], signed=True, axis="matrix",
                         note=text("Rows are outputs, columns inputs."))
    else:
        raise ValueError(f"{node} has no kernels")
    maps = child.weight.detach().float().cpu().reshape(-1, *shape)  # (output, input, height, width)
    outputs, inputs = maps.shape[:2]
    labels = tuple(f"{o}" if inputs == 1 else f"{o} ← {i}" for o in range(outputs) for i in range(inputs))
    note = None if inputs == 1 else text("Labels: output channel ← input channel.")
    return ImageGrid(node, maps.reshape(outputs * inputs, *maps.shape[2:]).numpy(), signed=True, labels=labels,
                     note=note, axis="kernel")


def compute_bias(model: nn.Module, node: str) -> ImageGrid | None:
    """A node's biases, one for each output: (output, 1, 1), or None where it has none. Raises UnknownNode."""
    bias = getattr(_module_at(model, node), "bias", None)
    if not isinstance(bias, Tensor):
        return None
    values = bias.detach().float().cpu().numpy()
    return ImageGrid(f"{node}.bias", values.reshape(-1, 1, 1), signed=True, axis="output")


def _module_at(model: nn.Module, node: str) -> nn.Module:
    try:
        return model.get_submodule(node)
    except AttributeError:
        raise UnknownNode(node) from None


def _flatten_before(model: nn.Module, node: str) -> str | None:
    """The address of the Flatten that feeds a node directly, be it across the border of a block; or None."""
    if not isinstance(model, BuiltNetwork):
        return None
    (source,) = leaf_sources_of(model, node)
    return source if isinstance(model.get_submodule(source), nn.Flatten) else None


def _shape_into(model: nn.Module, batch: Tensor, flatten: str) -> tuple[int, int, int]:
    """The (channel, height, width) that a Flatten lays out."""
    (source,) = sources_of(model, flatten)
    with in_mode(model, training=False), torch.no_grad(), record_activations(model, [source]) as recorded:
        model(batch[:1])
    shape = tuple(recorded[source].shape[1:])
    return (1,) * (3 - len(shape)) + shape


KERNELS = ProbeSpec(
    name="kernels", title="Kernels", summary="The weights of convolutions and linear layers.",
    source="Dive into Deep Learning, 7.2", compute=compute_kernels,
    is_compatible=lambda model: bool(nodes_with_kernels(model)),
)
