"""Networks made to take forever are answered at once, and no memory is kept for what is past."""

from __future__ import annotations

import gc
import itertools
import weakref

import pytest

from explorer import network
from explorer.document import Edge, Network, Node, chain
from explorer.network import edit
from tests.counted import within_calls

MERGE = Network("x", (Node("a", "input", {"shape": [4]}), Node("b", "input", {"shape": [4]}), Node("m", "add")),
                (Edge("a", "m", 0, 0), Edge("b", "m", 0, 1)), ("m",))


@pytest.mark.parametrize("ports", [lambda i: 0, lambda i: i + 60_000, lambda i: -i], ids=["one", "many", "negative"])
def test_of_fifty_thousand_wrong_connections_the_first_are_shown_at_once_and_each_can_be_removed(ports) -> None:
    net = MERGE.with_(edges=tuple(Edge("a", "m", 0, ports(i)) for i in range(50_000)))
    problems = within_calls(3_000_000, lambda: network.problems(net))
    assert len(problems) == 201
    assert str(problems[-1].message) == "There are more problems than these 200. Fix some of them first."
    for problem in problems[:3]:
        assert len(network.apply(net, problem.fix).edges) in (49_999, 50_001)  # removed, or the open input connected


def test_a_hundred_thousand_connections_are_too_many() -> None:
    edges = tuple(Edge("a", "m", 0, 0) for _ in range(100_000))
    (problem,) = network.problems(MERGE.with_(edges=edges))
    assert str(problem) == "The network has 100,000 connections; at most 50,000 are allowed."


WIDE = {
    "names": lambda i: Node(f"é{i}", "tanh"),
    "blocks": lambda i: Node(f"n{i}", f"conv2{i}d"),
    "settings": lambda i: Node(f"n{i}", "linear", {f"out_feature{i}": 1}),
    "definitions": lambda i: Node(f"n{i}", "composite", {"definition": f"definiton{i}"}),
    "ends": lambda i: Node(f"n{i}", "tanh"),
    "shapes": lambda i: Node(f"n{i}", "max_pool2d"),
}
LIMITS = {"definitions": 20_000_000}  # each of two hundred names is looked for among five thousand alike


@pytest.mark.parametrize("kind", WIDE)
def test_of_thousands_of_problems_the_first_are_shown_at_once(kind: str) -> None:
    nodes = (Node("input", "input", {"shape": [4]}), *(WIDE[kind](i) for i in range(4_990)))
    own = {f"definition{i}": chain("x", ("input", "input", {}), ("a", "tanh", {})) for i in range(4_990)}
    outputs = (nodes[1].id,) if kind == "ends" else tuple(node.id for node in nodes[1:])
    net = Network("x", nodes, tuple(Edge("input", node.id) for node in nodes[1:]), outputs,
                  own if kind == "definitions" else {})
    assert len(within_calls(LIMITS.get(kind, 1_500_000), lambda: network.problems(net))) == 201


def test_thousands_of_settings_that_are_not_there_are_shown_at_once() -> None:
    net = chain("x", ("input", "input", {"shape": [4]}), ("a", "tanh", {f"size{i}": 1 for i in range(100_000)}))
    assert len(within_calls(1_500_000, lambda: network.problems(net))) == 201


def test_a_chain_of_sums_that_all_lack_an_input_is_offered_the_one_loose_end_at_once() -> None:
    names = [f"n{i}" for i in range(4_900)]
    net = Network("x", (Node("a", "input", {"shape": [4]}), Node("loose", "input", {"shape": [4]}),
                        *(Node(name, "add") for name in names)),
                  tuple(Edge(source, name) for source, name in zip(["a", *names], names)), (names[-1],))
    problems = within_calls(1_000_000, lambda: network.problems(net))
    assert {str(problem.fix.title) for problem in problems[:-1]} == {"Connect loose"}


def test_thousands_of_branches_that_all_lost_pixels_are_gone_back_once() -> None:
    image, count = Node("image", "input", {"shape": [1, 9_999, 3]}), 2_400
    convs = [Node(f"c{i}", "conv2d", {"out_channels": 1, "kernel_size": [3, 1]}) for i in range(count)]
    sums = [Node(f"s{i}", "add") for i in range(count)]
    edges = [Edge(a.id, b.id) for a, b in itertools.pairwise([image, *convs])]
    edges += [Edge(conv.id, end.id) for conv, end in zip(convs, sums)] + [Edge("image", s.id, 0, 1) for s in sums]
    net = Network("x", (image, *convs, *sums), tuple(edges), tuple(node.id for node in sums))
    assert len(within_calls(10_000_000, lambda: network.problems(net))) == 201


def test_a_repeat_written_as_a_fraction_is_counted_before_anything_is_expanded() -> None:
    body = chain("body", ("input", "input", {}), ("a", "tanh", {}))
    net = chain("x", ("input", "input", {"shape": [4]}), ("b", "composite", {"definition": "body", "repeat": 1e6}),
                definitions={"body": body})
    (problem,) = within_calls(100_000, lambda: network.problems(net))
    assert str(problem) == "b: b would expand to 3.00 M nodes; a network has at most 5,000."


def test_thousands_of_large_blocks_that_are_each_too_large_are_gone_through_once() -> None:
    wide = Network("wide", (Node("input", "input"), *(Node(f"n{i}", "tanh") for i in range(4_990))), (), ("n0",))
    nodes = (Node(f"x{i}", "composite", {"definition": "wide", "repeat": 10}) for i in range(4_990))
    net = Network("x", (Node("input", "input", {"shape": [4]}), *nodes), (), ("x0",), {"wide": wide})
    assert len(within_calls(1_000_000, lambda: network.problems(net))) == 201


def test_thousands_of_blocks_that_contain_themselves_are_gone_through_once() -> None:
    ring = Network("ring", (Node("input", "input"), *(Node(f"n{i}", "tanh") for i in range(4_990)),
                            Node("again", "composite", {"definition": "ring"})), (), ("n0",))
    nodes = (Node(f"x{i}", "composite", {"definition": "ring"}) for i in range(4_990))
    net = Network("x", (Node("input", "input", {"shape": [4]}), *nodes), (), ("x0",), {"ring": ring})
    assert len(within_calls(1_000_000, lambda: network.problems(net))) == 201


def ready_made(count: int) -> list[Node]:
    return [Node(f"r{i}", "inception", {"out_1x1": i + 1}) for i in range(count)]


def test_ready_made_blocks_are_opened_only_until_there_are_too_many_nodes() -> None:
    nodes = ready_made(4_990)
    net = Network("x", (Node("input", "input", {"shape": [3, 8, 8]}), *nodes),
                  tuple(Edge("input", node.id) for node in nodes), tuple(node.id for node in nodes))
    analysis = network.analyze(net)
    assert len(analysis.inside) == 1  # 4,991 nodes, and the first block's 15 inside
    (problem,) = analysis.problems
    assert str(problem) == ("r0: The network would expand to 5,006 nodes or more, 15 of them inside r0; at most 5,000 "
                            "are allowed.")


def test_ready_made_blocks_within_blocks_are_opened_only_until_there_are_too_many_nodes() -> None:
    nodes = ready_made(600)
    row = Network("row", (Node("input", "input"), *nodes, Node("c", "concat")),
                  (*(Edge("input", node.id) for node in nodes), *(Edge(n.id, "c", 0, i) for i, n in enumerate(nodes))),
                  ("c",))
    net = chain("x", ("input", "input", {"shape": [3, 8, 8]}), ("a", "composite", {"definition": "row"}),
                ("b", "tanh", {}), definitions={"row": row})
    analysis = network.analyze(net)
    assert len(analysis.inside["a"].analysis.inside) < 300
    assert [problem.address for problem in analysis.problems] == ["a"]
    assert set(analysis.signals) == {"input"}


@pytest.mark.parametrize("is_inside", [False, True], ids=["the network", "a block in it"])
def test_analyses_of_what_is_large_are_not_kept_for_every_edit(is_inside: bool) -> None:
    large, kept = chain("large", ("input", "input", {}), *((f"n{i}", "tanh", {}) for i in range(500))), []
    for i in range(40):
        large = edit.change_node(large, "n1", note=str(i))
        around = chain("x", ("input", "input", {}), ("b", "composite", {"definition": "large"}),
                       definitions={"large": large})
        analysis = network.analyze(around).inside["b"].analysis if is_inside else network.analyze(large)
        kept.append(weakref.ref(analysis))
        network.analyze.cache_clear()
    del analysis
    gc.collect()
    assert sum(one() is not None for one in kept) == (32 if is_inside else 0)
