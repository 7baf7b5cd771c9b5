"""Analysis of a network: its shapes, costs and problems, as far as the graph is valid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from explorer.blocks import BLOCKS, Signal
from explorer.document import Edge, Edit, Network, Node, Problem, Shape, Within
from explorer.formatting import format_bytes
from explorer.network.definitions import MAX_NODES, Scope, open_node, ports_of, sizes_of_own
from explorer.network.measure import Measured, measure
from explorer.network.repair import offer_fix
from explorer.network.structure import MAX_PROBLEMS, Structure, examine
from explorer.text import text

MAX_PARAMETERS = 1_000_000_000
BYTES_PER_VALUE = {"float32": 4, "int64": 8}


@dataclass(frozen=True)
class Analysis:
    """Shapes, costs and problems of a network. Keys are the ids of its own nodes; nodes after a problem are missing.

    Past the limits of nodes or problems the rest is missing, and a problem explains it.
    All counts are of one node with what is inside it; multiply-adds and activation bytes are for one sample.
    `params` are checked and complete. `outputs` are the signals that come out, by port. `inside` holds, for each
    composite node, what it is made of. The addresses of `problems` lead into it, too.

    >>> from explorer import network, zoo
    >>> network.analyze(zoo.get("lenet")).total_parameters
    61706
    """

    order: tuple[str, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[Signal, ...]] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    multiply_adds: Mapping[str, int] = field(default_factory=dict)
    activation_bytes: Mapping[str, int] = field(default_factory=dict)
    inside: Mapping[str, Opened] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The signal of each node's first output port."""
        return {node_id: out[0] for node_id, out in self.outputs.items()}

    def along(self, edge: Edge) -> Signal:
        """Return the signal on an edge. Raises KeyError if its source has a problem."""
        return self.outputs[edge.source][edge.source_port]

    @property
    def shapes(self) -> dict[str, Shape]:
        """{address: shape} of every node, including those inside composite nodes."""
        found = {}
        for node_id, signal in self.signals.items():
            found[node_id] = signal.shape
            if node_id in self.inside:
                inner = self.inside[node_id].analysis.shapes
                found |= {f"{node_id}.{address}": shape for address, shape in inner.items()}
        return found

    @property
    def total_parameters(self) -> int:
        return sum(self.parameters.values())

    @property
    def total_multiply_adds(self) -> int:
        return sum(self.multiply_adds.values())

    @property
    def total_activation_bytes(self) -> int:
        """Memory of every node's output for one sample; for a composite node, of the nodes inside it.

        Inputs inside a composite node need none: they pass on what reaches it.
        """
        return sum(self.activation_bytes.values())

    @cached_property
    def node_count(self) -> int:
        """The number of nodes, including those inside the composite nodes that were opened."""
        return len(self.order) + sum(opened.analysis.node_count for opened in self.inside.values())

    def problems_at(self, address: str) -> tuple[Problem, ...]:
        """Return the problems of a node and of the nodes inside it."""
        return tuple(problem for problem in self.problems
                     if problem.address == address or (address and problem.address.startswith(f"{address}.")))

    def at(self, path: tuple[str, ...]) -> Opened | None:
        """Return the inside of the composite node at the end of a path of ids, or None."""
        opened = self.inside.get(path[0]) if path else None
        return opened if opened is None or len(path) == 1 else opened.analysis.at(path[1:])


@dataclass(frozen=True)
class Opened:
    """The inside of a composite node and its analysis. `is_own`: the user's own definition, not a ready-made block."""

    net: Network
    analysis: Analysis
    is_own: bool


@lru_cache(maxsize=64)
def analyze(net: Network) -> Analysis:
    """Find the shapes, costs and problems of a network. Never raises on a bad graph; needs no memory for weights.

    >>> from explorer import zoo
    >>> analyze(zoo.get("lenet")).total_parameters
    61706
    """
    scope = Scope.of(net)
    sizes = sizes_of_own(net, scope)
    expanded = len(net.nodes) - len(sizes) + sum(sizes.values())
    if len(net.nodes) <= MAX_NODES < expanded:
        return Analysis(problems=(_too_many(expanded, sizes),))
    analysis = _find(net, scope, None)
    return replace(analysis, problems=(*analysis.problems, *_check_size(analysis)))


def _analyze_inside(net: Network, scope: Scope, given: tuple[Signal, ...]) -> Analysis:
    """Analyze the inside of a composite node, with a cache: `given` are the signals that reach it."""
    return (_find_in_small if len(net.nodes) <= _SMALL else _find_in_large)(net, scope, given)


def _find(net: Network, scope: Scope, given: tuple[Signal, ...] | None) -> Analysis:
    found = _Findings(net, scope, examine(net, scope), given)
    for node_id in found.structure.order:
        if found.node_count > MAX_NODES or len(found.problems) > MAX_PROBLEMS:
            break
        found.add(node_id)
    return found.as_analysis()


_SMALL = 64  # nodes; of large insides fewer are remembered, since each edit leaves one behind
_find_in_small, _find_in_large = lru_cache(maxsize=2048)(_find), lru_cache(maxsize=32)(_find)


class _Findings:
    """Findings about a network so far, node by node."""

    def __init__(self, net: Network, scope: Scope, structure: Structure, given: tuple[Signal, ...] | None) -> None:
        self.net, self.scope, self.structure = net, scope, structure
        self.given = dict(zip(net.inputs, given, strict=False)) if given is not None else {}
        self.measured: dict[str, Measured] = {}
        self.bytes: dict[str, int] = {}
        self.inside: dict[str, Opened] = {}
        self.problems = list(structure.problems)
        self.node_count = len(structure.order)

    def add(self, node_id: str) -> None:
        """Measure one node; those that feed it have been measured."""
        inputs = self._inputs(node_id)
        if inputs is None:
            return
        node, params = self.net.node(node_id), self.structure.params[node_id]
        if node_id in self.given:
            measured = Measured((self.given[node_id],))
        elif BLOCKS.get(node.block).is_composite:
            measured = self._open(node, params, inputs)
        else:
            measured = measure(node.block, params, inputs)
        for problem in measured.problems:
            problem = problem.at(node_id)
            self.problems.append(replace(problem, fix=problem.fix or offer_fix(self.net, node_id, self._outputs())))
        if measured.signals:
            self.measured[node_id] = measured
            if node_id in self.given:
                self.bytes[node_id] = 0
            elif node_id not in self.inside:
                self.bytes[node_id] = sum(math.prod(signal.shape) * BYTES_PER_VALUE[signal.dtype]
                                          for signal in measured.signals)

    def _open(self, node: Node, params: Mapping[str, Any], inputs: tuple[Signal, ...]) -> Measured:
        """Measure a composite node by the nodes inside it."""
        check = BLOCKS.get(node.block).check
        if check and (problems := check(params, inputs)):
            return Measured(problems=tuple(problems))
        opening = open_node(node, params, tuple(signal.shape for signal in inputs), self.scope)
        analysis = _analyze_inside(opening.net, opening.scope, inputs)
        self.inside[node.id] = Opened(opening.net, analysis, opening.is_own)
        self.bytes[node.id] = analysis.total_activation_bytes
        self.node_count += analysis.node_count
        self.problems += [_lifted(problem, node.id, opening.is_own) for problem in analysis.problems]
        if analysis.problems or analysis.node_count > MAX_NODES:
            return Measured()
        return Measured(tuple(analysis.signals[output] for output in opening.net.outputs), analysis.total_parameters,
                        analysis.total_multiply_adds)

    def _inputs(self, node_id: str) -> tuple[Signal, ...] | None:
        """Return the signals that reach a node, by port, or None if it or a node that feeds it has a problem."""
        edges, node = self.net.edges_into(node_id), self.net.node(node_id)
        if node_id not in self.structure.params:
            return None
        names, variadic = ports_of(node, self.scope)
        enough = len(edges) >= len(names) if variadic else len(edges) == len(names)
        ports = [edge.target_port for edge in edges]
        if not enough or ports != list(range(len(edges))):
            return None
        if any(edge.source not in self.measured for edge in edges):
            return None
        given = [(self.measured[edge.source].signals, edge.source_port) for edge in edges]
        if any(not 0 <= port < len(signals) for signals, port in given):
            return None
        return tuple(signals[port] for signals, port in given)

    def _outputs(self) -> dict[str, tuple[Signal, ...]]:
        return {node_id: measured.signals for node_id, measured in self.measured.items()}

    def as_analysis(self) -> Analysis:
        return Analysis(
            self.structure.order, self.structure.params, self._outputs(),
            {node_id: measured.parameters for node_id, measured in self.measured.items()},
            {node_id: measured.multiply_adds for node_id, measured in self.measured.items()},
            self.bytes, self.inside, _limited(self.problems))


def _limited(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the first MAX_PROBLEMS, followed by one that there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return tuple(problems)
    more = Problem(text("There are more problems than these {limit}. Fix some of them first.", limit=MAX_PROBLEMS))
    return (*problems[:MAX_PROBLEMS], more)


def _lifted(problem: Problem, node_id: str, is_own: bool) -> Problem:
    """Return a problem inside a composite node as one of the network around it.

    The inside of a ready-made block cannot be edited, so there is no fix for it.
    """
    address = f"{node_id}.{problem.address}" if problem.address else node_id
    fix = problem.fix if is_own else None
    if fix:
        fix = replace(fix, edits=tuple(_within(node_id, edit) for edit in fix.edits))
    return replace(problem, address=address, fix=fix)


def _within(node_id: str, edit: Edit) -> Within:
    return Within((node_id, *edit.path), edit.edit) if isinstance(edit, Within) else Within((node_id,), edit)


def problems(net: Network) -> list[Problem]:
    """List the problems of a network; the list is empty if it is valid.

    >>> from explorer.document import chain
    >>> net = chain("x", ("input", "input", {"shape": [1, 8, 8]}), ("linear1", "linear", {"out_features": 10}))
    >>> [str(problem) for problem in problems(net)]
    ['linear1: Linear needs a flat input but gets 1×8×8. (Insert Flatten)']
    """
    return list(analyze(net).problems)


def shapes(net: Network) -> dict[str, Shape]:
    """Find {address: one sample's shape} of every node's output, as far as the graph is valid.

    >>> from explorer import zoo
    >>> shapes(zoo.get("lenet"))["conv1"]
    (6, 28, 28)
    """
    return analyze(net).shapes


def _check_size(analysis: Analysis) -> list[Problem]:
    """Return a problem if there are too many nodes or parameters, before any memory is needed."""
    if analysis.node_count > MAX_NODES:
        sizes = {node_id: opened.analysis.node_count for node_id, opened in analysis.inside.items()}
        return [_too_many(analysis.node_count, sizes)]
    parameters, total = analysis.parameters, analysis.total_parameters
    if total <= MAX_PARAMETERS:
        return []
    largest = max(parameters, key=parameters.get)
    message = text(
        "{name} has {count:,} of the network's {total:,} parameters, {size} in all; at most {limit:,} are allowed.",
        name=largest, count=parameters[largest], total=total, size=format_bytes(4 * total), limit=MAX_PARAMETERS)
    return [Problem(message, address=largest)]


def _too_many(count: int, sizes: Mapping[str, int]) -> Problem:
    """Make the problem of a network that expands to `count` nodes or more. sizes: nodes by composite node."""
    largest = max(sizes, key=sizes.get)
    return Problem(text(
        "The network would expand to {count:,} nodes or more, {inside:,} of them inside {name}; at most {limit:,} are "
        "allowed.",
        count=count, name=largest, limit=MAX_NODES, inside=sizes[largest]), address=largest)
