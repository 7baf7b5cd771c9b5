"""Building of torch modules from documents; their children are named by the nodes' ids."""

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
    """An error for a network that cannot be built, with its `problems`.

    >>> from explorer.document import Network
    >>> try:
    ...     build(Network())
    ... except Invalid as error:
    ...     print(error.problems[0].fix.title)
    Start with an input
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class BuiltNetwork(nn.Module):
    """A network document as a module with one child per node, named by its id.

    A composite node's child is a BuiltNetwork itself, so that a node's address is its path in the module. forward takes
    one tensor (batch, ...) per input node and returns a tensor, or a tuple if the document has several outputs.

    >>> from explorer.document import chain
    >>> net = build(chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1})))
    >>> net(torch.zeros(8, 2)).shape
    torch.Size([8, 1])
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
    """Return the addresses that feed a node, by input port; empty for an input. Raises KeyError.

    A function, because a method's name could not be a node's id.
    """
    return tuple(source for source, _ in ports_into(model, address))


def leaf_sources_of(model: BuiltNetwork, address: str) -> tuple[str, ...]:
    """Return the leaves that feed a node, by port: across the borders of composite nodes."""
    return tuple(_leaf_behind(model, *port) for port in ports_into(model, address))


def ports_into(model: BuiltNetwork, address: str) -> tuple[_Port, ...]:
    """Return what feeds a node, by input port: (address, output port)."""
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
            address, port = ports_into(model, around)[inputs.index(name)]
        else:
            return address


def leaves(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield (address, module) of every node that is not composite, in order; of another module, its direct children.

    >>> from explorer.document import chain
    >>> net = build(chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1})))
    >>> [address for address, _ in leaves(net)]
    ['input', 'linear1']
    """
    for name, child in model.named_children():
        if isinstance(child, BuiltNetwork):
            yield from ((f"{name}.{address}", module) for address, module in leaves(child))
        else:
            yield name, child


def leaf_behind(model: nn.Module, address: str) -> str:
    """Return the node whose output an address has: inside a composite node, or before a block's own input.

    >>> from explorer import zoo
    >>> leaf_behind(build(zoo.get("resnet20")), "stage1_block1")
    'stage1_block1.relu2'
    """
    return _leaf_behind(model, address, 0) if isinstance(model, BuiltNetwork) and address else address


@dataclass(frozen=True)
class Draw:
    """Parameters of drawing weights: the seed, the initialization as written, and the version of the rule."""

    seed: int
    init: str
    version: int

    def of_node(self, node: Node) -> Draw:
        """Return the draw of a node, with its own initialization if it has one."""
        return replace(self, init=node.init or self.init)


def build(net: Network, seed: int = 0, init: str = "default", version: int | None = None) -> BuiltNetwork:
    """Build the network with random initial weights, on the CPU, in training mode. Raises Invalid.

    Each node has its own seed, derived from (seed, address), so that networks that share a node share its weights.
    init: an initialization such as `normal(std=0.01)`; a node may have its own for itself and the nodes inside it.
    version: of the recipe's rule "initialization"; None takes the newest.

    >>> from explorer.document import chain
    >>> net = chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
    >>> torch.equal(build(net, seed=1).linear1.weight, build(net, seed=1).linear1.weight)
    True
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
    """Build one node's module with random initial weights. `params` are checked and complete."""
    with seeded(draw.seed, address):
        module = BLOCKS.get(block).build(params, in_shapes)
        initialize_module(module, draw.init, draw.version)
    return module


def derive_seed(seed: int, name: str) -> int:
    """Derive the seed of `name` from a common one: the first 8 bytes of a SHA-256.

    >>> derive_seed(0, "conv1") == derive_seed(0, "conv1") != derive_seed(0, "conv2")
    True
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Seed the global CPU generator from (seed, name) inside a `with`; it is locked and restored afterwards.

    >>> with seeded(0, "conv1"):
    ...     first = torch.rand(1)
    >>> with seeded(0, "conv1"):
    ...     print(torch.equal(torch.rand(1), first))
    True
    """
    with _DRAW_LOCK, torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(derive_seed(seed, name))
        yield
