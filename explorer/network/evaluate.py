"""Evaluation of a network on one batch while it is edited: an edit recomputes only what comes after it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from explorer.document import Network, Node
from explorer.network.building import Draw, build_node
from explorer.network.check import Analysis, analyze
from explorer.network.initialize import DRAWN_WEIGHTS

Weights = Mapping[str, Tensor]
_Key = tuple[Any, ...]
_WORTH_THREADS = 50_000_000
_THREADS_LOCK = threading.Lock()


@dataclass(frozen=True)
class Value:
    """A node's results for the batch, by output port. Equal `key`s mean equal values."""

    key: str
    tensor: Tensor  # (batch, ...)
    further: tuple[Value, ...] = ()

    def at(self, port: int) -> Value:
        return self.further[port - 1] if port else self


@dataclass(frozen=True)
class _Weights:
    """The source of weights: random, unless they are `given` in a state dict with a unique name."""

    draw: Draw
    given: Weights
    key: str


class Evaluator:
    """Cache of the modules and values of the last evaluation. One per user; not thread-safe."""

    def __init__(self) -> None:
        self._modules: dict[_Key, nn.Module] = {}
        self._values: dict[str, Value] = {}
        self._used_modules: dict[_Key, nn.Module] = {}
        self._used_values: dict[str, Value] = {}

    def evaluate(
        self, net: Network, batch: Tensor, batch_key: str, seed: int = 0, init: str = "default",
        weights: Weights | None = None, weights_key: str = "", version: int | None = None,
    ) -> dict[str, Value]:
        """Compute {address: value} of every node, also inside composite nodes, as far as the graph is valid.

        batch: (batch, ...), for the first input; the network is in evaluation mode. weights: a state dict by address;
        a node without fitting weights in it gets random initial ones. batch_key, weights_key: names that are unique to
        this batch and state dict. version: as for `build`.
        """
        own = _Weights(Draw(seed, init, version or max(DRAWN_WEIGHTS)), weights or {}, weights_key)
        self._used_modules, self._used_values = {}, {}
        found: dict[str, Value] = {}
        analysis = analyze(net)
        with torch.no_grad(), _threads_for(analysis.total_multiply_adds * len(batch)):
            self._run(net, analysis, [Value(batch_key, batch)], own, "", found)
        self._modules, self._values = self._used_modules, self._used_values
        return found

    def _run(
        self, net: Network, analysis: Analysis, given: list[Value], weights: _Weights, prefix: str,
        found: dict[str, Value],
    ) -> None:
        inputs = dict(zip(net.inputs, given, strict=False))
        for node_id in analysis.order:
            address, node = prefix + node_id, net.node(node_id)
            sources = [found[prefix + edge.source].at(edge.source_port) if prefix + edge.source in found else None
                       for edge in net.edges_into(node_id)]
            if node_id in inputs:
                found[address] = inputs[node_id]
            elif node_id not in analysis.signals or not sources or None in sources:
                continue
            elif opened := analysis.inside.get(node_id):
                inner = replace(weights, draw=weights.draw.of_node(node))
                self._run(opened.net, opened.analysis, sources, inner, f"{address}.", found)
                first, *others = (found[f"{address}.{output}"] for output in opened.net.outputs)
                found[address] = replace(first, further=tuple(others))
            else:
                found[address] = self._apply(node, analysis.params[node_id], sources, weights, address)

    def _apply(
        self, node: Node, params: Mapping[str, Any], sources: list[Value], weights: _Weights, address: str,
    ) -> Value:
        in_shapes = tuple(tuple(source.tensor.shape[1:]) for source in sources)
        recipe = (node.block, repr(sorted(params.items())), in_shapes, weights.draw.of_node(node), address,
                  weights.key)
        key = hashlib.sha256(repr((recipe, [source.key for source in sources])).encode()).hexdigest()
        if (value := self._values.get(key)) is None:
            out = self._module(recipe, node, params, in_shapes, weights, address)(*(s.tensor for s in sources))
            first, *others = out if isinstance(out, tuple) else (out,)
            value = Value(key, first, tuple(Value(f"{key}/{port}", one) for port, one in enumerate(others, 1)))
        elif recipe in self._modules:
            self._used_modules[recipe] = self._modules[recipe]
        self._used_values[key] = value
        return value

    def _module(
        self, recipe: _Key, node: Node, params: Mapping[str, Any], in_shapes: tuple, weights: _Weights, address: str,
    ) -> nn.Module:
        module = self._modules.get(recipe)
        if module is None:
            module = build_node(node.block, params, in_shapes, weights.draw.of_node(node), address).eval()
            _load_own(module, weights.given, address)
        self._used_modules[recipe] = module
        return module


@contextmanager
def _threads_for(work: int) -> Iterator[None]:
    """Choose the number of threads: one for little work, since several would mostly wait. work: multiply-adds."""
    if work >= _WORTH_THREADS:
        yield
        return
    with _THREADS_LOCK:  # the number is the whole process's: two at once would give back each other's
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _load_own(module: nn.Module, weights: Weights, address: str) -> None:
    """Load a module's weights from a state dict, if all exist and fit."""
    own = {name: weights.get(f"{address}.{name}") for name in module.state_dict()}
    if own and all(own[name] is not None and own[name].shape == tensor.shape
                   for name, tensor in module.state_dict().items()):
        module.load_state_dict(own)
