"""Making a block of nodes changes what the document says and nothing of what it computes; taking it apart undoes it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.network import edit
from explorer.network.addresses import translate_state
from explorer.network.grouping import CannotGroup, group, ungroup

SKIP = Network("Skip", (
    Node("input", "input", {"shape": [4]}, at=(0, 0)), Node("a", "linear", {"out_features": 4}, at=(100, 0)),
    Node("b", "tanh", at=(200, 0)), Node("c", "linear", {"out_features": 4}, at=(300, 50)),
    Node("s", "add", at=(400, 0)), Node("d", "sigmoid", at=(500, 0)),
), (Edge("input", "a"), Edge("a", "b"), Edge("b", "c"), Edge("c", "s"), Edge("a", "s", 0, 1), Edge("s", "d")), ("d",))


def run(model: torch.nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    outputs = model(*inputs)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def canonical(net: Network) -> Any:
    """What a network says whatever the order of its nodes and edges, and what its addresses were before."""
    return ({node.id: node for node in net.nodes}, {(e.source, e.target, e.source_port, e.target_port)
                                                    for e in net.edges}, net.outputs, net.definitions)


def test_a_skip_connection_becomes_a_block_and_comes_back() -> None:
    net, new = group(SKIP, ["b", "c", "s"], "My block")
    assert [node.id for node in net.nodes] == ["input", "a", new, "d"]
    assert net.node(new).params == {"definition": "My block"}
    inside = net.definitions["My block"]
    assert [(node.id, node.block) for node in inside.nodes] == [
        ("input", "input"), ("b", "tanh"), ("c", "linear"), ("s", "add")]
    assert inside.node("input").params == {"shape": [4], "dtype": "float32"}
    assert inside.outputs == ("s",)
    assert net.moves == ({"b": f"{new}.b", "c": f"{new}.c", "s": f"{new}.s"},)
    back, opened = ungroup(net, new)
    assert set(opened) == {"b", "c", "s"}
    assert canonical(back.with_(definitions={})) == canonical(SKIP)  # each in its place, too


def test_a_block_with_two_inputs_keeps_which_is_which() -> None:
    net, new = group(SKIP, ["s", "d"], "join")
    assert [edge.source for edge in net.edges_into(new)] == ["c", "a"]
    assert len(net.definitions["join"].inputs) == 2
    assert_computes_the_same(SKIP, net)


def assert_computes_the_same(then: Network, now: Network) -> None:
    """`now` computes what `then` does with its weights, found by the moves."""
    before, after = network.build(then, seed=3), network.build(now, seed=9)
    after.load_state_dict(translate_state(before.state_dict(), then, now))
    inputs = [torch.rand(3, *network.shapes(then)[name]) for name in then.inputs]
    for mine, theirs in zip(run(after.eval(), *inputs), run(before.eval(), *inputs), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)


def test_weights_follow_through_grouping_renaming_repeating_and_back() -> None:
    then = SKIP
    grouped, new = group(then, ["b", "c", "s"], "My block")
    assert_computes_the_same(then, grouped)
    renamed = edit.rename(grouped, new, "middle")
    assert_computes_the_same(then, renamed)
    twice, outer = group(renamed, ["middle", "d"], "outer")
    assert_computes_the_same(then, twice)
    flat, _ = ungroup(twice, outer)
    flatter, _ = ungroup(flat, "middle")
    assert_computes_the_same(then, flatter)
    assert_computes_the_same(twice, flatter)


def test_the_first_copy_of_a_repeated_block_keeps_the_weights_and_gives_them_back() -> None:
    net, new = group(SKIP, ["b", "c"], "body")
    state = network.build(net, seed=3).state_dict()
    tripled = edit.set_param(net, new, "repeat", 3)
    moved = translate_state(state, net, tripled)
    assert torch.equal(moved[f"{new}.r0.c.weight"], state[f"{new}.c.weight"])
    assert set(moved) <= set(network.build(tripled).state_dict())
    assert set(network.build(tripled).state_dict()) - set(moved) == {
        f"{new}.r{i}.c.{kind}" for i in (1, 2) for kind in ("weight", "bias")}
    assert_computes_the_same(net, edit.set_param(tripled, new, "repeat", 1))
    doubled = edit.set_param(tripled, new, "repeat", 2)
    again = translate_state(network.build(tripled, seed=3).state_dict(), tripled, doubled)
    assert set(network.build(doubled).state_dict()) <= set(again)


def test_taking_a_repeated_block_apart_gives_its_copies_and_keeps_their_weights() -> None:
    net, new = group(chain("x", ("input", "input", {"shape": [4]}), ("a", "linear", {"out_features": 4}),
                           ("b", "tanh", {})), ["a", "b"], "body")
    tripled = edit.set_param(net, new, "repeat", 3)
    opened, copies = ungroup(tripled, new)
    assert copies == ("r0", "r1", "r2")
    assert_computes_the_same(tripled, opened)
    assert_computes_the_same(tripled, ungroup(opened, "r1")[0])


@pytest.mark.parametrize(("name", "node"), [("resnet18", "stage2_block1"), ("googlenet", "inception1")])
def test_a_ready_made_block_opens_into_what_it_is_made_of(name: str, node: str) -> None:
    net = zoo.get(name)
    opened, _ = ungroup(net, node)
    assert network.problems(opened) == []
    assert node not in opened.by_id
    assert_computes_the_same(net, opened)


def test_the_nodes_of_an_opened_block_keep_its_initialization() -> None:
    net, new = group(SKIP, ["b", "c"], "body")
    opened, _ = ungroup(edit.change_node(net, new, init="kaiming_normal"), new)
    assert {opened.node(name).init for name in "bc"} == {"kaiming_normal"}


def test_names_that_are_taken_are_given_anew() -> None:
    net, new = group(SKIP, ["b", "c"], "body")
    net, _ = edit.insert_after(net, "d", "tanh")
    net = edit.rename(net, "tanh1", "b")
    opened, ids = ungroup(net, new)
    assert set(ids) == {f"{new}_b", "c"}
    assert_computes_the_same(net, opened)


def test_grouping_the_same_twice_uses_one_definition_and_another_of_that_name_gets_a_number() -> None:
    net = chain("x", ("input", "input", {"shape": [4]}), ("a", "linear", {"out_features": 4}), ("b", "tanh", {}),
                ("c", "linear", {"out_features": 4}))
    once, first = group(net, ["a"], "body")
    second, other = group(once, ["b"], "body")
    assert set(second.definitions) == {"body", "body 2"}
    again, _ = ungroup(once, first)
    third, _ = group(again, ["a"], "body")
    assert set(third.definitions) == {"body"}
    assert other != first


def test_definitions_that_a_block_brings_along_come_out_with_it() -> None:
    inner = chain("inner", ("input", "input", {}), ("t", "tanh", {}))
    outer = chain("outer", ("input", "input", {}), ("x", "composite", {"definition": "inner"}),
                  definitions={"inner": inner})
    net = chain("net", ("input", "input", {"shape": [4]}), ("o", "composite", {"definition": "outer"}),
                ("i", "composite", {"definition": "inner"}),
                definitions={"outer": outer, "inner": chain("other", ("input", "input", {}), ("s", "sigmoid", {}))})
    opened, _ = ungroup(net, "o")
    assert [opened.node(name).params["definition"] for name in ("x", "i")] == ["inner 2", "inner"]
    assert_computes_the_same(net, opened)


def own(node_id: str, definition: str) -> tuple[str, str, dict[str, str]]:
    return node_id, "composite", {"definition": definition}


def test_definitions_that_come_out_under_another_name_are_still_made_of_their_own() -> None:
    def inner(block: str) -> Network:
        return chain("inner", ("input", "input", {}), ("t", block, {}))

    user = chain("user", ("input", "input", {}), own("i", "inner"))
    outer = chain("outer", ("input", "input", {}), own("u", "user"), ("s", "softplus", {}),
                  definitions={"user": user, "inner": inner("tanh")})
    net = chain("net", ("input", "input", {"shape": [4]}), own("o", "outer"), own("v", "user"), own("w", "outer"),
                definitions={"outer": outer, "user": user, "inner": inner("sigmoid")})
    opened, _ = ungroup(net, "o")
    assert_computes_the_same(net, opened)
    assert {node.id: node.params.get("definition") for node in opened.nodes}["u"] == "user 2"
    again, _ = ungroup(opened, "w")
    assert_computes_the_same(net, again)
    assert set(again.definitions) == {"outer", "user", "inner", "inner 2", "user 2"}  # the second time they are there


@pytest.mark.parametrize("repeat", [1, 3])
def test_a_block_that_only_hands_on_its_input_is_taken_apart_into_a_connection(repeat: int) -> None:
    through = Network("through", (Node("input", "input"),), (), ("input",))
    net = chain("net", ("input", "input", {"shape": [4]}), ("x", "composite", {"definition": "through",
                                                                              "repeat": repeat}),
                ("l", "linear", {"out_features": 2}), definitions={"through": through})
    opened = ungroup(net, "x")[0]
    while composites := [node.id for node in opened.nodes if node.block == "composite"]:
        opened = ungroup(opened, composites[0])[0]
    assert [node.id for node in opened.nodes] == ["input", "l"]
    assert [(edge.source, edge.target) for edge in opened.edges] == [("input", "l")]
    assert_computes_the_same(net, opened)


CANNOT = {
    "nothing": ([], "Select the nodes to group first."),
    "an input": (["input", "a"], "input is an input of the network and cannot be inside a block."),
    "a gap": (["a", "c"], "b is on a path between the selected nodes. Select it, too."),
    "unknown": (["nowhere"], "Select the nodes to group first."),
}


def test_two_results_leave_a_block_by_two_ports() -> None:
    grouped, new = group(SKIP, ["a", "b"], "both")
    assert {edge.source_port for edge in grouped.edges_out_of(new)} == {0, 1}
    assert_computes_the_same(SKIP, grouped)
    assert_computes_the_same(grouped, ungroup(grouped, new)[0])


def test_a_block_takes_one_output_of_the_network_and_first_ports_only() -> None:
    two = SKIP.with_(outputs=(*SKIP.outputs, "a"))
    with pytest.raises(CannotGroup, match="are outputs of the network; a block can contain only one"):
        group(two, [node.id for node in two.nodes if node.block != "input"], "x")
    rnn = chain("x", ("input", "input", {"shape": [5, 3]}), ("rnn", "lstm", {}), ("tanh", "tanh", {}))
    rnn = rnn.with_(edges=(rnn.edges[0], Edge("rnn", "tanh", 1)))
    with pytest.raises(CannotGroup, match="Several outputs of rnn are used outside"):
        group(rnn, ["rnn"], "x")


@pytest.mark.parametrize(("ids", "sentence"), CANNOT.values(), ids=CANNOT)
def test_what_makes_no_block_is_refused_in_words(ids: list[str], sentence: str) -> None:
    with pytest.raises(CannotGroup) as error:
        group(SKIP, ids, "x")
    assert str(error.value) == sentence


def test_a_ring_and_what_is_no_block_are_refused_in_words() -> None:
    ring = Network("x", (Node("a", "tanh"), Node("b", "tanh")), (Edge("a", "b"), Edge("b", "a")))
    with pytest.raises(CannotGroup, match="cycle"):
        group(ring, ["a", "b"], "x")
    for node in ("a", "nowhere"):
        with pytest.raises(CannotGroup, match="cannot be ungrouped"):
            ungroup(SKIP, node)


def test_a_name_of_nothing_and_one_without_end_are_made_usable() -> None:
    for name in ("", "   ", "x" * 500, "日本語", "a.b/c", "class"):
        net, new = group(SKIP, ["b"], name)
        assert network.problems(net) == []
        assert_computes_the_same(SKIP, ungroup(net, new)[0])


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Rows of four through linear layers, activations and merges, one or two inputs, one or two outputs."""
    count = draw(st.integers(1, 2))
    nodes = [Node(f"in{i}", "input", {"shape": [4]}) for i in range(count)]
    edges = []
    for i in range(draw(st.integers(2, 8))):
        block = draw(st.sampled_from(["linear", "tanh", "relu", "add", "layer_norm"]))
        for port in range(2 if block == "add" else 1):
            edges.append(Edge(draw(st.sampled_from([node.id for node in nodes])), f"n{i}", 0, port))
        nodes.append(Node(f"n{i}", block, {"out_features": 4} if block == "linear" else {}))
    unused = [node.id for node in nodes if node.id not in {edge.source for edge in edges}]
    assume(unused)
    return Network("x", tuple(nodes), tuple(edges), tuple(unused))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.data())
def test_whatever_can_be_grouped_computes_the_same_and_can_be_taken_apart(net: Network, data: st.DataObject) -> None:
    assert network.problems(net) == []
    ids = data.draw(st.lists(st.sampled_from([node.id for node in net.nodes]), min_size=1, unique=True))
    try:
        grouped, new = group(net, ids, data.draw(st.sampled_from(["body", "n1", "in0", "x y"])))
    except CannotGroup:
        event("refused")
        return
    event("grouped")
    assert network.problems(grouped) == []
    assert_computes_the_same(net, grouped)
    assert Network.from_dict(grouped.to_dict()) == grouped
    back, _ = ungroup(grouped, new)
    assert canonical(back.with_(definitions={})) == canonical(net)
    assert_computes_the_same(grouped, back)
