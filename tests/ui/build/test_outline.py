"""How far the outline indents a node: by the branches it lies on."""

from __future__ import annotations

from explorer import zoo
from explorer.document import Edge, Network, Node
from explorer.network import analyze
from explorer.ui.build.outline import branch_depths


def wired(*wires: str) -> Network:
    """A network of bare nodes from "a b", an edge each; a second edge into a node goes to its next port."""
    names, edges = [], []
    for wire in wires:
        source, target = wire.split()
        names += [name for name in (source, target) if name not in names]
        edges.append(Edge(source, target, 0, sum(edge.target == target for edge in edges)))
    return Network("Wired", tuple(Node(name, "add", {}) for name in names), tuple(edges), (names[-1],))


def depths(net: Network, order: str) -> dict[str, int]:
    return branch_depths(net, tuple(order.split()))


def test_a_chain_is_not_indented():
    net = zoo.get("lenet")
    order = analyze(net).order
    assert set(branch_depths(net, order).values()) == {0}
    assert set(branch_depths(net, order)) == set(net.by_id)


def test_a_shortcut_leaves_the_main_path_where_it_is():
    net = wired("input conv", "conv relu", "relu sum", "input sum", "sum out")
    assert set(depths(net, "input conv relu sum out").values()) == {0}


def test_a_projection_on_the_shortcut_is_indented_and_the_sum_is_not():
    net = wired("input conv", "conv sum", "input project", "project sum", "sum out")
    assert depths(net, "input conv project sum out") == {"input": 0, "conv": 0, "project": 1, "sum": 0, "out": 0}


def test_each_branch_of_an_inception_block_but_the_first_is_indented_as_a_whole():
    net = wired("input a1", "input b1", "b1 b2", "input c1", "c1 c2", "input d1", "d1 d2",
                "a1 joined", "b2 joined", "c2 joined", "d2 joined", "joined out")
    found = depths(net, "input a1 b1 b2 c1 c2 d1 d2 joined out")
    indented = {name: depth for name, depth in found.items() if depth}
    assert indented == dict.fromkeys(("b1", "b2", "c1", "c2", "d1", "d2"), 1)


def test_a_branch_of_a_branch_is_indented_twice():
    net = wired("input a", "input b", "b c", "b d", "a sum", "c sum", "d sum")
    assert depths(net, "input a b c d sum") == {"input": 0, "a": 0, "b": 1, "c": 1, "d": 2, "sum": 0}


def test_nodes_that_stand_alone_or_in_a_cycle_have_a_depth_too():
    net = wired("a b", "b a", "c d")
    assert depths(net, "a b c d") == {"a": 0, "b": 0, "c": 0, "d": 0}
    assert branch_depths(net.with_(edges=()), ("d", "a")) == {"d": 0, "a": 0}
