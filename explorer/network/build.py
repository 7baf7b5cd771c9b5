"""From a document to a torch module whose children carry the nodes' ids."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from explorer.blocks import BLOCKS
from explorer.document import Network, Problem
from explorer.network.check import analyze
from explorer.network.initialize import initialize_module
from explorer.network.structure import examine

# torch has one global generator; two builds at once would draw from each other's seeds.
_DRAW_LOCK = threading.RLock()


class Invalid(ValueError):
    """A network that cannot be built; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class BuiltNetwork(nn.Module):
    """A network document as a module: one child a node, named by its id, run in the document's order.

    forward takes one tensor an input node, batch first; it returns a tensor, or a tuple where the
    document names several outputs.
    """

    def __init__(
        self, modules: dict[str, nn.Module], plan: list[tuple[str, tuple[str, ...]]], outputs: tuple[str, ...],
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
        values: dict[str, Tensor] = {}
        children = self._modules
        for address, sources in self._plan:
            given = [values[source] for source in sources] if sources else [next(waiting)]
            values[address] = children[address](*given)
        outputs = tuple(values[name] for name in self._outputs)
        return outputs[0] if len(outputs) == 1 else outputs


def sources_of(model: BuiltNetwork, address: str) -> tuple[str, ...]:
    """The addresses that feed a node, by input port; empty for an input. Raises KeyError.

    A function and no method, since a method's name would be forbidden to nodes.
    """
    return dict(model._plan)[address]


def build(net: Network, seed: int = 0, init: str = "default") -> BuiltNetwork:
    """The network with freshly drawn weights, on the CPU, in training mode. Raises Invalid.

    Each node draws under a seed of its own, derived from (seed, address): two networks that share a node
    share its draw. `init` names an entry of recipe.INITIALIZATIONS.
    """
    analysis = analyze(net)
    if analysis.problems:
        raise Invalid(list(analysis.problems))
    params = examine(net).params
    modules, plan = {}, []
    for node_id in analysis.order:
        sources = tuple(edge.source for edge in net.edges_into(node_id))
        in_shapes = tuple(analysis.signals[source].shape for source in sources)
        with seeded(seed, node_id):
            module = BLOCKS.get(net.node(node_id).block).build(params[node_id], in_shapes)
            initialize_module(module, init)
        modules[node_id] = module
        plan.append((node_id, sources))
    return BuiltNetwork(modules, plan, net.outputs)


def derive_seed(seed: int, name: str) -> int:
    """A seed of its own for `name` under a common one: the first 8 bytes of a SHA-256."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big") >> 1


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Draw under (seed, name) alone: the global CPU generator is locked, and given back as it was."""
    with _DRAW_LOCK, torch.random.fork_rng(devices=[]):
        torch.random.default_generator.manual_seed(derive_seed(seed, name))
        yield
