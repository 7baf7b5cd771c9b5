"""Kernels: the weights of convolutions and linear layers as pictures, with their biases."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from explorer.network.building import BuiltNetwork, leaf_sources_of, leaves, sources_of
from explorer.probes.probe import WEIGHTS, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import ImageGrid
from explorer.text import text

_NO_KERNELS = text("This network has no convolution and no linear layer, so there are no weights to look at.")


def has_kernels(module: Any) -> bool:
    """Check whether a module's weights make pictures."""
    return isinstance(module, nn.Conv2d | nn.Linear)


def nodes_with_kernels(model: nn.Module) -> list[str]:
    """List the nodes whose weights make pictures, convolutions and linear layers, inside blocks too, by address."""
    return [address for address, module in leaves(model) if has_kernels(module)]


def compute_kernels(subject: Subject, node: str = "") -> tuple[ImageGrid, ...]:
    """Read a node's weights as maps, (output × input channel, height, width), and its biases, (output, 1, 1).

    A convolution gives one kernel for each pair of output and input channel. A linear layer behind a Flatten gives
    each output's weights, laid out as the map that was flattened; any other its matrix, (1, output, input).
    "" takes every node of the network, or of the block walked into, that has such weights.
    Raises UnknownNode; NotApplicable where there are none. Source: Dive into Deep Learning, 7.2 and 4.1.
    """
    nodes = [node] if node else [each for each in subject.children() if has_kernels(subject.module_at(each))]
    if not nodes:
        raise NotApplicable(text("No convolution and no linear layer at this level. Choose a block to look inside.")
                            if nodes_with_kernels(subject.model) else _NO_KERNELS)
    return tuple(grid for each in nodes for grid in (_kernels_of(subject, each), _bias_of(subject, each)) if grid)


def _kernels_of(subject: Subject, node: str) -> ImageGrid:
    child = subject.module_at(node)
    if isinstance(child, nn.Conv2d):
        shape = child.weight.shape[1:]  # (input / groups, height, width)
    elif flatten := _flatten_before(subject.model, node):
        shape = _shape_into(subject, flatten)
    else:
        return ImageGrid(node, _values_of(child.weight).numpy()[None], signed=True, axis="matrix",
                         note=text("Rows are outputs, columns inputs."))
    maps = _values_of(child.weight).reshape(-1, *shape)  # (output, input, height, width)
    outputs, inputs = maps.shape[:2]
    labels = tuple(f"{o}" if inputs == 1 else f"{o} ← {i}" for o in range(outputs) for i in range(inputs))
    note = None if inputs == 1 else text("Labels: output channel ← input channel.")
    return ImageGrid(node, maps.reshape(outputs * inputs, *maps.shape[2:]).numpy(), signed=True, labels=labels,
                     note=note, axis="kernel")


def _bias_of(subject: Subject, node: str) -> ImageGrid | None:
    bias = subject.module_at(node).bias
    if not isinstance(bias, Tensor):
        return None
    return ImageGrid(f"{node}.bias", _values_of(bias).numpy().reshape(-1, 1, 1), signed=True, axis="output")


def _values_of(parameter: Tensor) -> Tensor:
    """Copy the values: a result outlives the weights of its step, which the next step's overwrite."""
    return parameter.detach().float().cpu().clone()


def _flatten_before(model: nn.Module, node: str) -> str | None:
    """Find the Flatten that feeds a node directly, also across the border of a block; None where there is none."""
    if not isinstance(model, BuiltNetwork):
        return None
    (source,) = leaf_sources_of(model, node)
    return source if isinstance(model.get_submodule(source), nn.Flatten) else None


def _shape_into(subject: Subject, flatten: str) -> tuple[int, ...]:
    """Find the (channel, height, width) that a Flatten lays out."""
    (source,) = sources_of(subject.model, flatten)
    shape = tuple(subject.activations([source])[source].shape[1:])
    return (1,) * (3 - len(shape)) + shape


KERNELS = ProbeSpec(
    name="kernels", title="Kernels", summary="The weights of convolutions and linear layers, with their biases.",
    source="Dive into Deep Learning, 7.2", compute=compute_kernels, returns=(ImageGrid,), place=WEIGHTS,
    params=(NodeParam("node", "Layer", has_kernels, every="all layers"),), term="kernel",
)
