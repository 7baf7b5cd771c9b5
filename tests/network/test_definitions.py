"""Blocks of one's own: what they expand to is known before anything is expanded, and no definition makes it fail."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
import torch

from explorer import network
from explorer.document import DocumentError, Edge, Network, Node, chain
from explorer.network.definitions import MAX_NESTING, Scope, ports_of, sizes_of_own
from tests.counted import within_calls

ROW = ("input", "input", {"shape": [4]})
INSIDE = ("input", "input", {})


def made_of(name: str, node_id: str = "x1", **params: Any) -> tuple[str, str, dict[str, Any]]:
    return node_id, "composite", {"definition": name, **params}


def using(definitions: dict[str, Network], *steps: tuple[str, str, dict[str, Any]]) -> Network:
    return chain("Net", ROW, *steps, definitions=definitions)


def definition(*steps: tuple[str, str, dict[str, Any]], **more: Any) -> Network:
    return chain("definition", INSIDE, *steps, **more)


TANH = definition(("tanh1", "tanh", {}))


def found(net: Network) -> list[tuple[str, str]]:
    return [(problem.address, str(problem.message)) for problem in network.problems(net)]


def test_a_block_computes_what_is_inside_it_and_shows_its_addresses() -> None:
    net = using({"two": definition(("a", "linear", {"out_features": 3}), ("b", "tanh", {}))}, made_of("two"))
    model, x = network.build(net), torch.randn(5, 4)
    torch.testing.assert_close(model(x), model.x1.a(x).tanh(), rtol=1e-5, atol=1e-6)
    assert network.shapes(net) == {"input": (4,), "x1": (3,), "x1.input": (4,), "x1.a": (3,), "x1.b": (3,)}
    assert set(model.state_dict()) == {"x1.a.weight", "x1.a.bias"}


def test_copies_have_weights_of_their_own_and_follow_one_another() -> None:
    net = using({"one": definition(("a", "linear", {"out_features": 4}))}, made_of("one", repeat=3))
    model, x = network.build(net), torch.randn(5, 4)
    copies = [model.get_submodule(f"x1.r{i}.a") for i in range(3)]
    torch.testing.assert_close(model(x), copies[2](copies[1](copies[0](x))), rtol=1e-5, atol=1e-6)
    assert len({tuple(copy.weight.flatten().tolist()) for copy in copies}) == 3
    assert network.analyze(net).total_parameters == 3 * 20


def test_a_block_with_two_inputs_takes_them_in_the_order_of_its_input_nodes() -> None:
    joined = Network("joined", (Node("b", "input"), Node("a", "input"), Node("cat", "concat")),
                     (Edge("a", "cat", 0, 0), Edge("b", "cat", 0, 1)), ("cat",))
    net = Network("Net", (Node("one", "input", {"shape": [2]}), Node("two", "input", {"shape": [3]}),
                          Node("x1", "composite", {"definition": "joined"})),
                  (Edge("one", "x1", 0, 0), Edge("two", "x1", 0, 1)), ("x1",), {"joined": joined})
    one, two = torch.randn(4, 2), torch.randn(4, 3)
    assert torch.equal(network.build(net)(one, two), torch.cat([two, one], 1))
    assert ports_of(net.node("x1"), Scope.of(net)) == (("b", "a"), False)


def test_a_definition_inside_a_definition_hides_one_of_the_same_name_outside() -> None:
    outer = definition(made_of("act"), definitions={"act": definition(("s", "sigmoid", {}))})
    net = using({"outer": outer, "act": TANH}, made_of("outer", "a"), made_of("act", "b"))
    x = torch.randn(3, 4)
    torch.testing.assert_close(network.build(net)(x), x.sigmoid().tanh(), rtol=1e-5, atol=1e-6)


def doubling(levels: int, times: int, repeat: int = 1) -> dict[str, Network]:
    """d0 is made of `times` d1, and so on; the last of a tanh."""
    definitions = {f"d{level}": definition(*(made_of(f"d{level + 1}", f"x{i}", repeat=repeat) for i in range(times)))
                   for level in range(levels)}
    return {**definitions, f"d{levels}": TANH}


MANY = {f"own{i}": definition(*((f"n{j}", "tanh", {}) for j in range(i + 1))) for i in range(60)}
TOO_MANY = {
    "repeats in repeats": (using(doubling(7, 1, repeat=1_000_000), made_of("d0")), "x1 would expand to 3e+42 nodes"),
    "twice as many each time": (using(doubling(7, 20), made_of("d0")), "x1 would expand to 3."),
    "one repeat": (using({"t": TANH}, made_of("t", repeat=1_000_000)), "x1 would expand to 3.00 M nodes"),
    "many blocks of many": (using(MANY, *(made_of(name, name, repeat=1_000 // (i + 1) * 2)
                                          for i, name in enumerate(MANY))), "The network would expand to 1"),
    "taken back by a repeat below nothing": (
        using({**MANY, "all": definition(*(made_of(name, name, repeat=1_000 // (i + 1) * 2)
                                           for i, name in enumerate(MANY)), made_of("own0", "minus", repeat=-10**6))},
              made_of("all")), "x1 would expand to 0.1"),
}


@pytest.mark.parametrize(("net", "sentence"), TOO_MANY.values(), ids=TOO_MANY)
def test_what_would_expand_to_millions_is_refused_at_once_with_the_figure(net: Network, sentence: str) -> None:
    before = psutil.Process().memory_info().rss
    ((_, message),) = within_calls(100_000, lambda: found(net))
    assert message.startswith(sentence)
    assert "5,000" in message
    assert psutil.Process().memory_info().rss - before < 20e6


def test_a_definition_of_thousands_used_by_thousands_is_refused_without_going_through_it_each_time() -> None:
    long = definition(*((f"n{i}", "tanh", {}) for i in range(4_900)))
    net = using({"long": long}, *(made_of("long", f"x{i}") for i in range(4_900)))
    ((_, message),) = found(net)
    assert message.startswith("The network would expand to 24,0")


def test_the_nodes_that_are_counted_are_those_that_are_built() -> None:
    inner = definition(("a", "linear", {"out_features": 4}), made_of("t", "b", repeat=2.0))
    net = using({"t": TANH, "inner": inner}, made_of("inner", "x", repeat=3), made_of("inner", "y"), made_of("t", "z"))
    built = [name for name, _ in network.build(net).named_modules() if name]
    assert network.analyze(net).node_count == len(built) == len(network.shapes(net)) == 50
    assert sizes_of_own(net, Scope.of(net)) == {
        name: sum(address == name or address.startswith(f"{name}.") for address in built) for name in "xyz"}


def test_a_definition_that_stands_in_two_places_is_counted_in_each_with_what_it_means_there() -> None:
    user = definition(made_of("act", "i"))  # one object, whose "act" is another in the two networks that hold it
    long = definition(*((f"n{i}", "tanh", {}) for i in range(100)))
    outer = definition(made_of("user", "d"), definitions={"user": user, "act": long})
    net = using({"user": user, "outer": outer, "act": TANH}, made_of("user", "a"), made_of("outer", "b"))
    assert sizes_of_own(net, Scope.of(net)) == {"a": 5, "b": 106}
    assert network.analyze(net).node_count == 112


def test_equal_scopes_are_equal_whoever_read_them() -> None:
    net = using({"t": TANH, "outer": definition(made_of("t"), definitions={"t": TANH})}, made_of("outer"))
    again = Network.from_dict(net.to_dict())
    scopes = [Scope.of(n).find("outer")[1] for n in (net, again)]
    assert scopes[0] == scopes[1] and hash(scopes[0]) == hash(scopes[1])
    assert scopes[0] != Scope.of(net) and Scope.of(net) != "x"


LOOPS = {
    "itself": ({"a": definition(made_of("a"))}, "a", "a contains itself: a → a."),
    "through another": ({"a": definition(made_of("b")), "b": definition(made_of("a"))}, "a",
                        "a contains itself: a → b → a."),
    "behind another": ({"start": definition(made_of("a")), "a": definition(made_of("a"))}, "start",
                       "a contains itself: a → a."),
    "many times": ({"a": definition(*(made_of("b", f"x{i}") for i in range(50))),
                    "b": definition(*(made_of("a", f"x{i}") for i in range(50)))}, "a",
                   "a contains itself: a → b → a."),
}


@pytest.mark.parametrize(("definitions", "start", "sentence"), LOOPS.values(), ids=LOOPS)
def test_the_problem_of_a_block_that_contains_itself_shows_the_cycle(
    definitions: dict[str, Network], start: str, sentence: str,
) -> None:
    assert found(using(definitions, made_of(start))) == [("x1", f"{sentence} A block can only contain other blocks.")]


def test_eight_levels_are_opened_and_nine_refused() -> None:
    assert found(using(doubling(MAX_NESTING - 1, 1), made_of("d0"))) == []
    assert found(using(doubling(MAX_NESTING, 1), made_of("d0"))) == [("x1", "Blocks are nested more than 8 deep.")]


def nested(levels: int) -> Network:
    """A definition that brings its own definition, and so on."""
    inner = TANH
    for _ in range(levels - 1):
        inner = definition(made_of("inner"), definitions={"inner": inner})
    return using({"inner": inner}, made_of("inner"))


def test_definitions_within_definitions_are_read_eight_deep() -> None:
    assert found(Network.from_dict(nested(8).to_dict())) == []
    with pytest.raises(DocumentError, match="nested more than 8 deep"):
        Network.from_dict(nested(9).to_dict())


HOSTILE = [None, True, 0, -1, 10**30, 0.5, float("nan"), float("inf"), "", "nowhere", "x" * 10_000, [], ["t"], {},
           {"t": 1}, [[[]]]]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("name", ["definition", "repeat"])
@pytest.mark.parametrize("depth", [0, 1])
def test_no_value_of_a_setting_makes_it_fail(name: str, value: Any, depth: int) -> None:
    bad = ("bad", "composite", {"definition": "t", name: value})
    net = using({"t": TANH, "outer": definition(bad)}, bad if depth == 0 else made_of("outer"))
    (problem,) = network.problems(net)
    assert problem.address in (("bad",) if depth == 0 else ("x1", "x1.bad"))  # x1 where it would grow too large
    if problem.fix:
        network.problems(network.apply(net, problem.fix))


BAD = {
    "missing": ({}, made_of("nowhere"), "There is no block of your own named nowhere in this network."),
    "misspelled": ({"encoder": TANH}, made_of("encodre"),
                   "There is no block of your own named encodre in this network. Did you mean encoder?"),
    "no output": ({"t": TANH.with_(outputs=())}, made_of("t"),
                  "t has no output. Open it and add one."),
    "two outputs repeated": ({"t": TANH.with_(outputs=("tanh1", "input"))}, made_of("t", repeat=2),
                             "Only a block with one input and one output can be repeated; t has 2 outputs."),
    "no input": ({"t": Network("t", (Node("a", "tanh"),), (), ("a",))}, made_of("t"),
                 "t has no input. Open it and add one."),
    "two inputs repeated": (
        {"t": Network("t", (Node("a", "input"), Node("b", "input"), Node("s", "add")),
                      (Edge("a", "s"), Edge("b", "s", 0, 1)), ("s",))}, made_of("t", repeat=2),
        "Only a block with one input and one output can be repeated; t has 2 inputs."),
}


@pytest.mark.parametrize(("definitions", "node", "sentence"), BAD.values(), ids=BAD)
def test_a_definition_that_makes_no_block_is_refused_in_words(
    definitions: dict[str, Network], node: Any, sentence: str,
) -> None:
    problems = found(using(definitions, node))
    assert ("x1", sentence) in problems
    assert {address for address, _ in problems} == {"x1"}


def test_a_problem_inside_is_shown_at_its_address_and_fixed_in_the_definition() -> None:
    net = chain("Net", ("input", "input", {"shape": [2, 4, 4]}), made_of("head", "a"),
                definitions={"head": definition(("linear1", "linear", {}))})
    (problem,) = network.problems(net)
    assert (problem.address, str(problem.fix.title)) == ("a.linear1", "Insert Flatten")
    fixed = network.apply(net, problem.fix)
    assert network.problems(fixed) == []
    assert [node.block for node in fixed.definitions["head"].nodes] == ["input", "flatten", "linear"]


def test_a_problem_inside_a_copy_is_shown_once_and_fixed_for_all() -> None:
    net = using({"d": definition(("drop", "dropout", {"p": 3}))}, made_of("d", repeat=4))
    (problem,) = network.problems(net)
    assert problem.address == "x1.r0.drop"
    assert network.problems(network.apply(net, problem.fix)) == []
