"""Is this network sound? Its shapes, costs and problems, as far as the graph goes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from explorer.blocks import BLOCKS, Signal
from explorer.document import Network, Problem, Shape
from explorer.network.known import Numbers, key_of
from explorer.network.measure import measure, measure_anew
from explorer.network.structure import Structure, examine
from explorer.text import bytes_text, text

MAX_PARAMETERS = 1_000_000_000
BYTES_PER_VALUE = {"float32": 4, "int64": 8}


@dataclass(frozen=True)
class Analysis:
    """Everything the editor shows. Keys are node addresses; what lies behind a fault is missing.

    parameters and multiply_adds count one node; multiply_adds and activation bytes are for one sample.
    """

    order: tuple[str, ...] = ()
    signals: Mapping[str, Signal] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    multiply_adds: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def shapes(self) -> dict[str, Shape]:
        return {address: signal.shape for address, signal in self.signals.items()}

    @property
    def total_parameters(self) -> int:
        return sum(self.parameters.values())

    @property
    def total_multiply_adds(self) -> int:
        return sum(self.multiply_adds.values())

    @property
    def activation_bytes(self) -> int:
        """Memory of every node's output for one sample."""
        return sum(math.prod(s.shape) * BYTES_PER_VALUE[s.dtype] for s in self.signals.values())

    def problems_at(self, address: str) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.address == address)


@lru_cache(maxsize=64)
def analyze(net: Network) -> Analysis:
    """Shapes, costs and problems of a network. Never raises on a bad graph; takes no memory for weights."""
    structure = examine(net)
    signals, parameters, multiply_adds, problems = {}, {}, {}, list(structure.problems)
    for node_id in structure.order:
        inputs = _inputs(net, node_id, structure, signals)
        if inputs is None:
            continue
        measured = measure(net.node(node_id).block, structure.params[node_id], inputs)
        problems += [fault.at(node_id) for fault in measured.faults]
        if measured.signal:
            signals[node_id] = measured.signal
            parameters[node_id], multiply_adds[node_id] = measured.parameters, measured.multiply_adds
    problems += _check_size(parameters)
    return Analysis(structure.order, signals, parameters, multiply_adds, tuple(problems))


def problems(net: Network) -> list[Problem]:
    """What is wrong with a network; an empty list if it is sound."""
    return list(analyze(net).problems)


def shapes(net: Network) -> dict[str, Shape]:
    """{address: one sample's shape} of every node's output, as far as the graph is sound."""
    return analyze(net).shapes


def _inputs(
    net: Network, node_id: str, structure: Structure, signals: Mapping[str, Signal],
) -> tuple[Signal, ...] | None:
    """The signals that reach a node by port, or None where the node or what feeds it is at fault."""
    edges = net.edges_into(node_id)
    block = net.node(node_id).block
    if node_id not in structure.params or block not in BLOCKS:
        return None
    record = BLOCKS.get(block)
    enough = len(edges) >= len(record.inputs) if record.variadic else len(edges) == len(record.inputs)
    ports = [edge.target_port for edge in edges]
    if not enough or ports != list(range(len(edges))) or any(edge.source_port for edge in edges):
        return None
    if any(edge.source not in signals for edge in edges):
        return None
    return tuple(signals[edge.source] for edge in edges)


def measurements(net: Network) -> dict[str, Numbers]:
    """What each node of a sound network makes of its inputs, measured anew, as `known.write` takes it."""
    structure, signals, found = examine(net), {}, {}
    for node_id in structure.order:
        block, params = net.node(node_id).block, structure.params[node_id]
        inputs = tuple(signals[edge.source] for edge in net.edges_into(node_id))
        measured = measure_anew(block, tuple(params.items()), inputs)
        signals[node_id] = measured.signal
        found[key_of(block, params, inputs)] = (measured.signal, measured.parameters, measured.multiply_adds)
    return found


def _check_size(parameters: Mapping[str, int]) -> list[Problem]:
    """Problems where the weights would take absurd memory; said before any is taken."""
    total = sum(parameters.values())
    if total <= MAX_PARAMETERS:
        return []
    largest = max(parameters, key=parameters.get)
    return [Problem(largest, text(
        "{name} has {count:,} of the network's {total:,} parameters, {size} in all; at most {limit:,} are allowed.",
        name=largest, count=parameters[largest], total=total, size=bytes_text(4 * total), limit=MAX_PARAMETERS))]
