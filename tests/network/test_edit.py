"""Edits close the gaps they make, and undo one another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import network, zoo
from explorer.document import Edge, Network, Node, RemoveOutput, chain
from explorer.network import edit

SKIP = Network("Skip", (
    Node("input", "input", {"shape": [4]}), Node("a", "tanh"), Node("b", "relu"), Node("sum1", "add"),
    Node("c", "sigmoid"),
), (
    Edge("input", "a"), Edge("a", "b", extra={"note": 1}), Edge("a", "sum1", 0, 0), Edge("b", "sum1", 0, 1),
    Edge("sum1", "c"),
),
    ("c", "b"))
NETS = st.sampled_from([SKIP, *(zoo.get(name) for name in zoo.names())])


@st.composite
def net_and_node(draw: st.DrawFn) -> tuple[Network, str]:
    net = draw(NETS)
    return net, draw(st.sampled_from([node.id for node in net.nodes]))


def assert_wired(net: Network) -> None:
    """Every edge and output leads to a node that is there, and no two nodes share a name."""
    assert len(net.by_id) == len(net.nodes)
    assert {end for edge in net.edges for end in (edge.source, edge.target)} | set(net.outputs) <= set(net.by_id)


@settings(max_examples=60, deadline=None)
@given(net_and_node(), st.sampled_from(["identity", "flatten", "dropout"]))
def test_removing_a_node_inserted_behind_another_restores_the_network(case: tuple[Network, str], block: str) -> None:
    net, node_id = case
    larger, new = edit.insert_after(net, node_id, block, {})
    assert_wired(larger)
    assert new not in net.by_id
    assert larger.nodes.index(larger.node(new)) == larger.nodes.index(larger.node(node_id)) + 1
    restored = edit.remove(larger, new)
    assert restored == net


@settings(max_examples=60, deadline=None)
@given(net_and_node(), st.integers(0, 1))
def test_removing_a_node_inserted_before_another_restores_the_network(case: tuple[Network, str], port: int) -> None:
    net, node_id = case
    if not any(edge.target_port == port for edge in net.edges_into(node_id)):
        return
    larger = edit.insert_before(net, node_id, port, "identity", {})
    reaching = next(edge for edge in net.edges_into(node_id) if edge.target_port == port)
    is_number = network.analyze(net).along(reaching).dtype == "float32"  # identity refuses indices
    assert (network.problems(larger) == []) == is_number
    (new,) = set(larger.by_id) - set(net.by_id)
    assert edit.remove(larger, new) == net


@settings(max_examples=60, deadline=None)
@given(net_and_node(), st.sampled_from([-1, 1]))
def test_moving_a_node_there_and_back_restores_the_network(case: tuple[Network, str], by: int) -> None:
    net, node_id = case
    moved = edit.move(net, node_id, by)
    assert_wired(moved)
    assert (moved != net) == edit.can_move(net, node_id, by)
    if moved != net:
        assert edit.move(moved, node_id, -by) == net


@settings(max_examples=60, deadline=None)
@given(net_and_node())
def test_removing_a_node_leaves_no_loose_end(case: tuple[Network, str]) -> None:
    net, node_id = case
    smaller = edit.remove(net, node_id)
    assert_wired(smaller)
    assert node_id not in smaller.by_id
    assert len(smaller.nodes) == len(net.nodes) - 1


@settings(max_examples=60, deadline=None)
@given(net_and_node())
def test_renaming_there_and_back_restores_the_network(case: tuple[Network, str]) -> None:
    net, node_id = case
    renamed = edit.rename(net, node_id, "renamed")
    assert_wired(renamed)
    assert network.problems(renamed) == []
    assert list(network.shapes(renamed).values()) == list(network.shapes(net).values())
    back = edit.rename(renamed, "renamed", node_id)
    assert back.moves == ({node_id: "renamed"}, {"renamed": node_id})
    assert back.with_(moves=()) == net


@settings(max_examples=150, deadline=None)
@given(NETS, st.data())
def test_after_any_edits_a_network_can_be_checked_and_saved(net: Network, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 6))):
        if not net.nodes:
            break
        node_id, other = (data.draw(st.sampled_from([node.id for node in net.nodes])) for _ in range(2))
        net = data.draw(st.sampled_from([
            lambda n, a, b: edit.remove(n, a), lambda n, a, b: edit.insert_after(n, a, "add", {})[0],
            lambda n, a, b: edit.insert_after(n, a, "tanh")[0], lambda n, a, b: edit.move(n, a, 1),
            lambda n, a, b: edit.connect(n, a, b, 0), lambda n, a, b: edit.connect(n, a, b, 1),
            lambda n, a, b: edit.disconnect(n, a, 0), lambda n, a, b: edit.add_input(n, (4,)),
            lambda n, a, b: edit.set_param(n, a, "out_features", 3)]))(net, node_id, other)
        assert_wired(net)
    network.problems(net)
    assert Network.from_dict(net.to_dict()).digest == net.digest


def test_moving_a_layer_exchanges_it_with_its_neighbor_in_wires_nodes_and_outputs() -> None:
    net = chain("x", ("input", "input", {"shape": [4]}), ("a", "tanh", {}), ("b", "relu", {}))
    moved = edit.move(net, "b", -1)
    assert [node.id for node in moved.nodes] == ["input", "b", "a"]
    assert {(edge.source, edge.target) for edge in moved.edges} == {("input", "b"), ("b", "a")}
    assert moved.outputs == ("a",)
    assert not edit.can_move(net, "a", -1), "it would move before the input"
    assert not edit.can_move(SKIP, "b", 1), "a merge stays where it is"


def test_connecting_replaces_what_fed_the_port_and_disconnecting_closes_the_gap_of_a_merge() -> None:
    net = edit.connect(SKIP, "input", "sum1", 2)
    assert [edge.source for edge in net.edges_into("sum1")] == ["a", "b", "input"]
    net = edit.disconnect(net, "sum1", 0)
    assert [(edge.source, edge.target_port) for edge in net.edges_into("sum1")] == [("b", 0), ("input", 1)]
    assert [edge.source for edge in edit.connect(net, "a", "sum1", 1).edges_into("sum1")] == ["b", "a"]


def test_removing_what_has_no_input_closes_the_ports_it_fed() -> None:
    net = edit.connect(edit.add_input(SKIP, (4,)), "input1", "sum1", 0)
    net = edit.connect(net, "a", "sum1", 2)
    smaller = edit.remove(net, "input1")
    assert [(edge.source, edge.target_port) for edge in smaller.edges_into("sum1")] == [("b", 0), ("a", 1)]


def test_an_output_can_be_taken_away_and_an_edit_of_nothing_raises() -> None:
    assert edit.apply_edit(SKIP, RemoveOutput(1)).outputs == ("c",)
    with pytest.raises(KeyError):
        edit.remove(SKIP, "nowhere")
    with pytest.raises(KeyError):
        edit.set_param(SKIP, "nowhere", "p", 1)


def test_a_first_node_is_placed_in_an_empty_network() -> None:
    net, new = edit.insert_after(Network(), None, "input", {"shape": [2]})
    assert (new, net.outputs, network.problems(net)) == ("input", ("input",), [])
