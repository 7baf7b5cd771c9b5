"""The networks that canvas.py shows: (nodes, edges) as the canvas takes them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from explorer import zoo
from explorer.document import Edge, Network, Node, chain
from explorer.ui.canvas.component.picture import DrawnEdge, DrawnNode

HOSTILE_NAME = "<img src=x onerror=alert(1)>‮evil" + "x" * 10_000

Graph = tuple[tuple[DrawnNode, ...], tuple[DrawnEdge, ...]]


def graph_of(net: Network) -> Graph:
    return (tuple(DrawnNode(node.id, node.block, dict(node.params), node.at) for node in net.nodes),
            tuple(DrawnEdge(edge.source, edge.target, edge.target_port) for edge in net.edges))


def network_of(nodes: tuple[DrawnNode, ...], edges: tuple[DrawnEdge, ...]) -> Network:
    ends = {node.id for node in nodes} - {edge.source for edge in edges}
    return Network("test", tuple(Node(n.id, n.block, n.params, n.at) for n in nodes),
                   tuple(Edge(e.source, e.target, 0, e.port) for e in edges), tuple(sorted(ends)))


def residual(blocks: int = 2) -> Network:
    """A stem and blocks of two convolutions with a skip connection."""
    nodes = [("input", "input", {"shape": [3, 32, 32]}), ("conv0", "conv2d", {"out_channels": 16, "kernel_size": 3,
                                                                             "padding": 1})]
    edges = [("input", "conv0", 0)]
    last = "conv0"
    for i in range(1, blocks + 1):
        conv = {"out_channels": 16, "kernel_size": 3, "padding": 1}
        names = [f"conv{i}a", f"norm{i}", f"relu{i}", f"conv{i}b", f"add{i}"]
        kinds = [("conv2d", conv), ("batch_norm2d", {}), ("relu", {}), ("conv2d", conv), ("add", {})]
        nodes += [(name, block, params) for name, (block, params) in zip(names, kinds, strict=True)]
        edges += [(a, b, 0) for a, b in zip([last, *names], names, strict=False)]
        edges.append((last, f"add{i}", 1))
        last = f"add{i}"
    return _network(nodes, edges)


def inception() -> Network:
    """Four parallel branches that are laid behind one another."""
    nodes, edges = [("input", "input", {"shape": [192, 28, 28]}), ("concat", "concat", {})], []
    branches = [[(64, 1)], [(96, 1), (128, 3)], [(16, 1), (32, 5)], [None, (32, 1)]]
    for b, layers in enumerate(branches):
        last = "input"
        for i, layer in enumerate(layers):
            name = f"branch{b}_{i}"
            size = layer and {"out_channels": layer[0], "kernel_size": layer[1], "padding": layer[1] // 2}
            pool = {"kernel_size": 3, "stride": 1, "padding": 1}
            nodes.append((name, "conv2d", size) if layer else (name, "max_pool2d", pool))
            edges.append((last, name, 0))
            last = name
        edges.append((last, "concat", b))
    return _network(nodes, edges)


def invalid() -> Network:
    """A convolution larger than its input, and a linear layer on a map."""
    return chain("invalid", ("input", "input", {"shape": [1, 28, 28]}), ("conv1", "conv2d", {"kernel_size": 5}),
                 ("linear1", "linear", {"out_features": 10}), ("relu1", "relu", {}), ("relu2", "relu", {}))


def line(length: int, at: Callable[[int], Any] = lambda i: None) -> Network:
    nodes = [Node("input", "input", {"shape": [1, 28, 28]}, at(0))]
    nodes += [Node(f"relu{i}", "relu", {}, at(i)) for i in range(1, length)]
    return Network("line", tuple(nodes), tuple(Edge(a.id, b.id) for a, b in pairwise(nodes)))


def ended_by_linear(net: Network) -> Network:
    """The network with a linear layer as its last node, which cannot take a map."""
    last = net.nodes[-1]
    return net.with_(nodes=(*net.nodes[:-1], Node(last.id, "linear", {"out_features": 10}, last.at)))


def fork() -> Network:
    """Two ways that lead on from one input, and end."""
    nodes = [("input", "input", {"shape": [4]}), ("relu1", "relu"), ("relu2", "relu")]
    return _network(nodes, [("input", "relu1", 0), ("input", "relu2", 0)])


def _network(nodes: list, edges: list) -> Network:
    return Network("test", tuple(Node(*node) for node in nodes), tuple(Edge(s, t, 0, p) for s, t, p in edges))


GRAPHS: dict[str, Callable[[], Network]] = {
    "lenet": lambda: zoo.get("lenet_relu"), "empty": Network, "residual": residual, "inception": inception,
    "wide": lambda: ended_by_linear(line(32, lambda i: (i % 8 * 330.0, i // 8 * 330.0))),
    "invalid": invalid, "deep": lambda: residual(30), "placed": lambda: line(4, lambda i: (i * 260.0, (i % 2) * 60.0)),
    "pair": lambda: line(2), "fork": fork, "huge": lambda: line(5000), "compare": residual, "hostile": lambda: line(3),
    "hand": lambda: line(150, lambda i: (i % 15 * 250.0, i // 15 * 200.0)),
}
