"""What the canvas draws becomes the network: settings stay, outputs follow, gaps close where that makes sense."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.network.redraw import redraw, remove

LENET = zoo.get("lenet")


def without(net: Network, *ids: str) -> tuple[list[Node], list[Edge], list[tuple[str, str, int]]]:
    """What the canvas sends after these nodes of a chain were deleted: nodes, edges, and which edges close the gap."""
    nodes = [node for node in net.nodes if node.id not in ids]
    edges = [edge for edge in net.edges if edge.source not in ids and edge.target not in ids]
    closing = []
    for before, after in pairwise(nodes):
        if not any((edge.source, edge.target) == (before.id, after.id) for edge in edges):
            edges.append(Edge(before.id, after.id))
            closing.append((before.id, after.id, 0))
    return nodes, edges, closing


def bare(nodes: Collection[Node]) -> list[Node]:
    """Nodes as the canvas knows them: without settings."""
    return [Node(node.id, node.block, {}, node.at) for node in nodes]


def test_the_same_drawing_changes_nothing() -> None:
    assert redraw(LENET, LENET.nodes, LENET.edges) == LENET
    assert redraw(LENET, bare(LENET.nodes), LENET.edges) == LENET


def test_a_node_keeps_its_settings_and_takes_its_new_place() -> None:
    noted = LENET.with_(nodes=tuple(replace(node, note="mine", init="xavier_normal") for node in LENET.nodes))
    moved = redraw(noted, [replace(node, at=(i, 7.5)) for i, node in enumerate(bare(noted.nodes))], noted.edges)
    assert [node.at for node in moved.nodes] == [(i, 7.5) for i in range(len(noted.nodes))]
    assert moved.with_(nodes=tuple(replace(node, at=None) for node in moved.nodes)) == noted


def test_edges_keep_what_a_document_says_of_them() -> None:
    net = LENET.with_(edges=tuple(replace(edge, extra={"color": "red"}) for edge in LENET.edges))
    assert redraw(net, net.nodes, LENET.edges).edges == net.edges


def test_an_output_that_is_deleted_hands_on_to_what_fed_it() -> None:
    nodes, edges, closing = without(LENET, "linear3")
    assert redraw(LENET, nodes, edges, closing).outputs == ("sigmoid4",)
    nodes, edges, closing = without(LENET, "linear3", "sigmoid4")
    assert redraw(LENET, nodes, edges, closing).outputs == ("linear2",)


def test_an_output_that_feeds_a_new_node_hands_on_to_it() -> None:
    nodes, edges = [*LENET.nodes, Node("soft", "softmax")], [*LENET.edges, Edge("linear3", "soft")]
    changed = redraw(LENET, nodes, edges)
    assert changed.outputs == ("soft",)
    assert network.problems(changed) == []


def test_a_middle_output_stays_where_a_way_led_on_before() -> None:
    net = LENET.with_(outputs=("linear3", "conv2"))
    assert redraw(net, net.nodes, net.edges).outputs == ("linear3", "conv2")


def test_a_closing_edge_that_its_target_refuses_for_good_is_left_out() -> None:
    net = chain("N", ("input", "input", {"shape": [1, 8, 8]}), ("flatten", "flatten", {}), ("norm", "batch_norm1d", {}))
    for changed in (redraw(net, *without(net, "flatten")), remove(net, "flatten")):
        assert changed.edges == ()
        assert [str(p.message) for p in network.problems(changed) if p.address == "norm"] == [
            "Nothing is connected to the input of norm."]


def test_a_closing_edge_that_one_click_fixes_closes_the_gap() -> None:
    for changed in (redraw(LENET, *without(LENET, "flatten")), remove(LENET, "flatten")):
        (problem,) = network.problems(changed)
        assert (problem.address, str(problem.fix.title)) == ("linear1", "Insert Flatten")


def test_a_closing_edge_that_fits_closes_the_gap() -> None:
    nodes, edges, closing = without(LENET, "sigmoid1", "pool2")
    changed = redraw(LENET, nodes, edges, closing)
    assert network.problems(changed) == []
    assert len(changed.edges) == len(changed.nodes) - 1


def test_an_edge_drawn_by_hand_stays_though_its_target_refuses_it() -> None:
    nodes, edges, _ = without(LENET, "flatten")
    changed = redraw(LENET, nodes, edges)
    assert any(edge.target == "linear1" for edge in changed.edges)
    assert str(network.problems(changed)[0].fix.title) == "Insert Flatten"


def test_deleting_everything_leaves_an_empty_network_and_definitions() -> None:
    net = chain("x", ("input", "input", {"shape": [4]}), ("b", "composite", {"definition": "body"}),
                definitions={"body": chain("body", ("input", "input", {}), ("t", "tanh", {}))})
    changed = redraw(net, [], [])
    assert (changed.nodes, changed.edges, changed.outputs) == ((), (), ())
    assert changed.definitions == net.definitions


def test_the_first_nodes_drawn_get_an_output() -> None:
    drawn = redraw(Network(), [Node("input", "input"), Node("flatten1", "flatten")], [Edge("input", "flatten1")])
    assert drawn.outputs == ("flatten1",)
    assert network.problems(drawn) == []


@pytest.mark.parametrize("bad", ["", "forward", "a b", "../../etc", "x" * 1000, "<script>", "class", "1", "日本"])
def test_an_id_that_no_node_can_have_is_given_anew(bad: str) -> None:
    changed = redraw(LENET, [*LENET.nodes, Node(bad, "relu")], LENET.edges)
    (new,) = set(changed.by_id) - set(LENET.by_id)
    assert {problem.address for problem in network.problems(changed)} == {new}  # it is not connected
    assert changed.node(new).block == "relu"


def test_two_nodes_of_one_name_become_one_and_a_known_name_with_another_block_a_new_node() -> None:
    changed = redraw(LENET, [*LENET.nodes, LENET.nodes[1], Node("conv1", "relu")], LENET.edges)
    assert len(changed.by_id) == len(changed.nodes)
    assert changed.node("conv1") == LENET.node("conv1")


def test_edges_to_nowhere_are_left_out() -> None:
    changed = redraw(LENET, LENET.nodes, [*LENET.edges, Edge("ghost", "conv1"), Edge("conv1", "ghost")])
    assert changed == LENET


WORDS = st.sampled_from(["input", "conv1", "flatten", "linear3", "new", "class", "", "a.b", "x y"])
BLOCKS = st.sampled_from(["input", "relu", "conv2d", "nowhere", "composite", ""])
DRAWN = st.lists(st.builds(lambda name, block: Node(name, block), WORDS, BLOCKS), max_size=6)
WIRES = st.lists(st.builds(lambda a, b, port: Edge(a, b, 0, port), WORDS, WORDS, st.integers(-1, 2)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(DRAWN, WIRES, st.lists(st.tuples(WORDS, WORDS, st.integers(-1, 2)), max_size=3))
def test_no_drawing_makes_it_fail(nodes: list[Node], edges: list[Edge], closing: list[tuple[str, str, int]]) -> None:
    changed = redraw(LENET, nodes, edges, closing)
    assert len(changed.by_id) == len(changed.nodes)
    assert {end for edge in changed.edges for end in (edge.source, edge.target)} <= set(changed.by_id)
    assert set(changed.outputs) <= set(changed.by_id)
    network.problems(changed)
    assert Network.from_dict(changed.to_dict()).digest == changed.digest
