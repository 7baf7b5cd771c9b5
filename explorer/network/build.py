"""From a document to a torch module whose children carry the nodes' ids."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from explorer.blocks import BLOCKS
from explorer.document import Network, Node, Problem, Shape
from explorer.network.check import Analysis, analyze
from explorer.network.initialize import DRAWN_WEIGHTS, initialize_module

# torch has one global generator; two builds at once would draw from each other's seeds.
_DRAW_LOCK = threading.RLock()

_Port = tuple[str, int]  # a node's id and the number of one of its outputs


class Invalid(ValueError):
    """A network that cannot be built; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class BuiltNetwork(nn.Module):
    """A network document as a module: one child a node, named by its id, run in the document's order.

    A composite node's child is a BuiltNetwork itself, so that a node's address is its path in the module.

    forward takes one tensor an input node, batch first; it returns a tensor, or a tuple where the
    document names several outputs.
    """

    def __init__(
        self, modules: dict[str, nn.Module], plan: list[tuple[str, tuple[_Port, ...]]], outputs: tuple[str, ...],
    ) -> None:
        super().__init__()
        for address, module in modules.items():
            self.add_module(address, module)
        self._plan = tuple(plan)
        self._outputs = outputs

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        wanted = sum(not sources for _, sources in self._plan)
        if len(inputs) != wanted:
            raise TypeError(f"this network takes {wanted} inputs, not {len(inputs)}")
        waiting = iter(inputs)
        values: dict[_Port, Tensor] = {}
        children = self._modules
        for address, sources in self._plan:
            given = [values[source] for source in sources] if sources else [next(waiting)]
            out = children[address](*given)
            if isinstance(out, tuple):
                values.update(((address, port), tensor) for port, tensor in enumerate(out))
            else:
                values[address, 0] = out
        outputs = tuple(values[name, 0] for name in self._outputs)
        return outputs[0] if len(outputs) == 1 else outputs


def sources_of(model: BuiltNetwork, address: str) -> tuple[str, ...]:
    """The addresses that feed a node, by input port; empty for an input. Raises KeyError.

    A function and no method, since a method's name would be forbidden to nodes.
    """
    return tuple(source for source, _ in _ports_into(model, address))


def leaf_sources_of(model: BuiltNetwork, address: str) -> tuple[str, ...]:
    """The same, but the leaves: what feeds a composite node from outside, and what a composite node ends in."""
    return tuple(_leaf_behind(model, *port) for port in _ports_into(model, address))


def _ports_into(model: BuiltNetwork, address: str) -> tuple[_Port, ...]:
    around, _, name = address.rpartition(".")
    prefix = f"{around}." if around else ""
    return tuple((prefix + source, port) for source, port in dict(model.get_submodule(around)._plan)[name])


def _leaf_behind(model: BuiltNetwork, address: str, port: int) -> str:
    while True:
        around, _, name = address.rpartition(".")
        module = model.get_submodule(address)
        if isinstance(module, BuiltNetwork):
            address, port = f"{address}.{module._outputs[port]}", 0
        elif around and not sources_of(model, address):
            inputs = [node_id for node_id, sources in model.get_submodule(around)._plan if not sources]
            address, port = _ports_into(model, around)[inputs.index(name)]
        else:
            return address


def leaves(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """(address, module) of every node that is made of no others, in order; a foreign module's direct children."""
    for name, child in model.named_children():
        if isinstance(child, BuiltNetwork):
            yield from ((f"{name}.{address}", module) for address, module in leaves(child))
        else:
            yield name, child


@dataclass(frozen=True)
class Draw:
    """How weights are drawn: the seed, the initialization as it is spelled, and the version of the rule."""

    seed: int
    init: str
    version: int

    def of_node(self, node: Node) -> Draw:
        """Take the initialization that a node names for itself and what is inside it, if it names one."""
        return replace(self, init=node.init or self.init)


def build(net: Network, seed: int = 0, init: str = "default", version: int | None = None) -> BuiltNetwork:
    """The network with freshly drawn weights, on the CPU, in training mode. Raises Invalid.

    Each node draws under a seed of its own, derived from (seed, address): two networks that share a node
    share its draw. `init` names an entry of recipe.INITIALIZATIONS; a node may name another for itself and
    what is inside it. `version` is that of the recipe's rule "initialization"; the newest where none is given.
    """
    analysis = analyze(net)
    if analysis.problems:
        raise Invalid(list(analysis.problems))
    return _assemble(net, analysis, Draw(seed, init, version or max(DRAWN_WEIGHTS)), "")


def _assemble(net: Network, analysis: Analysis, draw: Draw, prefix: str) -> BuiltNetwork:
    modules, plan = {}, []
    for node_id in analysis.order:
        node, edges = net.node(node_id), net.edges_into(node_id)
        if opened := analysis.inside.get(node_id):
            module = _assemble(opened.net, opened.analysis, draw.of_node(node), f"{prefix}{node_id}.")
        else:
            in_shapes = tuple(analysis.along(edge).shape for edge in edges)
            module = build_node(node.block, analysis.params[node_id], in_shapes, draw.of_node(node), prefix + node_id)
        modules[node_id] = module
        plan.append((node_id, tuple((edge.source, edge.source_port) for edge in edges)))
    return BuiltNetwork(modules, plan, net.outputs)


def build_node(
    block: str, params: Mapping[str, Any], in_shapes: tuple[Shape, ...], draw: Draw, address: str,
) -> nn.Module:
    """One node's module with freshly drawn weights. `params` are checked and complete."""
    with seeded(draw.seed, address):
        module = BLOCKS.get(block).build(params, in_shapes)
        initialize_module(module, draw.init, draw.version)
    return module


def derive_seed(seed: int, name: str) -> int:
    """A seed of its own for `name` under a common one: the first 8 bytes of a SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Draw under (seed, name) alone: the global CPU generator is locked, and given back as it was."""
    with _DRAW_LOCK, torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(derive_seed(seed, name))
        yield
