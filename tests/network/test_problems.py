"""Each fault is said once, where it is, in words; and what is offered against it helps."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psutil
import pytest

from explorer import network, zoo
from explorer.document import Edge, InsertBefore, Network, Node, Problem, chain

START = ("input", "input", {"shape": [1, 28, 28]})
ROW = ("input", "input", {"shape": [8]})


def found(net: Network) -> list[tuple[str, str]]:
    return [(problem.address, str(problem.message)) for problem in network.problems(net)]


def graph(nodes: dict[str, str], *edges: tuple[Any, ...], outputs: tuple[str, ...] = ()) -> Network:
    """A graph of blocks with their defaults; the input is a row of 8."""
    params = {"input": {"shape": [8]}, "linear": {"out_features": 4}}
    return Network("x", tuple(Node(name, block, params.get(block, {})) for name, block in nodes.items()),
                   tuple(Edge(*edge) for edge in edges), outputs)


MERGE = Network("x",
                (Node("a", "input", {"shape": [2, 4, 4]}), Node("b", "input", {"shape": [3, 4, 4]}), Node("m", "add")),
                (Edge("a", "m", 0, 0), Edge("b", "m", 0, 1)), ("m",))
CHAIN = graph({"input": "input", "a": "tanh", "b": "relu"}, ("input", "a"), ("a", "b"), outputs=("b",))
BAD = {
    "unknown block": (chain("x", ROW, ("c", "conv2", {})), "c", "There is no block called conv2. Did you mean conv2d?"),
    "reserved id": (chain("x", ROW, ("type", "tanh", {})), "type", "The name type is reserved by Python or PyTorch."),
    "keyword id": (chain("x", ROW, ("class", "tanh", {})), "class", "The name class is reserved by Python or PyTorch."),
    "path as id": (chain("x", ROW, ("../x", "tanh", {})), "../x",
                   "A node's name starts with a letter and has only letters, digits and _, at most 63 characters."),
    "twins": (Network("x", (Node("a", "input"), Node("a", "tanh")), (Edge("a", "a"),), ("a",)), "a",
              "Two nodes are named a; every node needs its own name."),
    "unknown setting": (chain("x", ROW, ("l", "linear", {"out_feature": 3})), "l",
                        "Linear has no setting called out_feature. Did you mean out_features?"),
    "wrong type": (chain("x", ROW, ("l", "linear", {"out_features": "many"})), "l",
                   "Output features must be a number, not 'many'."),
    "wrong type in a list": (chain("x", START, ("c", "conv2d", {"kernel_size": [3, None]})), "c",
                             "Kernel size must be a number, not None."),
    "too small": (chain("x", ROW, ("l", "linear", {"out_features": 0})), "l",
                  "Output features must be between 1 and 10,000,000, not 0."),
    "no flatten": (chain("x", START, ("l", "linear", {})), "l", "Linear needs a flat input but gets 1×28×28."),
    "no map": (chain("x", ROW, ("c", "conv2d", {})), "c", "Conv2d needs a map (channel × height × width) but gets 8."),
    "window": (chain("x", START, ("c", "conv2d", {"kernel_size": 31})), "c",
               "Conv2d's window covers 31×31 but the padded map is only 28×28."),
    "pool window": (chain("x", START, ("p", "max_pool2d", {"kernel_size": 30})), "p",
                    "MaxPool2d's window covers 30×30 but the padded map is only 28×28."),
    "pool padding": (chain("x", START, ("p", "avg_pool2d", {"padding": 2})), "p",
                     "AvgPool2d's padding can be at most half its window."),
    "groups": (chain("x", START, ("c", "conv2d", {"groups": 2})), "c",
               "2 groups must divide both the 1 input channels and the 16 output channels."),
    "same and stride": (chain("x", START, ("c", "conv2d", {"padding": "same", "stride": 2})), "c",
                        'Padding "same" keeps the size, so the stride must be 1.'),
    "softmax axis": (chain("x", ROW, ("s", "softmax", {"dim": 3})), "s",
                     "Softmax works along axis 3, but its input 8 has only 1."),
    "layer norm axes": (chain("x", ROW, ("n", "layer_norm", {"axes": 2})), "n",
                        "LayerNorm normalizes over 2 axes, but its input 8 has only 1."),
    "batch norm 1d": (chain("x", START, ("n", "batch_norm1d", {})), "n",
                      "BatchNorm1d needs a row of features but gets 1×28×28. Use BatchNorm2d for maps."),
    "tokens": (chain("x", ("input", "input", {"shape": [8], "dtype": "int64"}), ("l", "linear", {})), "l",
               "Linear works on numbers, but gets indices (int64)."),
    "add": (MERGE, "m", "Add needs equal shapes but gets 2×4×4 and 3×4×4."),
    "concat": (MERGE.with_(nodes=(*MERGE.nodes[:2], Node("m", "concat", {"dim": 2}))), "m",
               "Concat needs equal shapes except along axis 2, but gets 2×4×4 and 3×4×4."),
    "concat axis": (MERGE.with_(nodes=(*MERGE.nodes[:2], Node("m", "concat", {"dim": 4}))), "m",
                    "Concat along axis 4 is not possible for 2×4×4 and 3×4×4."),
    "missing node": (CHAIN.with_(edges=(*CHAIN.edges, Edge("ghost", "a"))), "a",
                     "A connection leads to a node named ghost, which does not exist."),
    "one port twice": (CHAIN.with_(edges=(*CHAIN.edges, Edge("input", "b"))), "b",
                       "Two connections reach the same input of b. Remove one of them."),
    "no such port": (CHAIN.with_(edges=(*CHAIN.edges, Edge("input", "b", 0, 1))), "b", "ReLU has no input port 1."),
    "into an input": (CHAIN.with_(nodes=(*CHAIN.nodes, Node("late", "input")), edges=(*CHAIN.edges, Edge("b", "late")),
                                  outputs=("late",)), "late", "Input has no input port 0."),
    "no such output port": (CHAIN.with_(edges=(CHAIN.edges[0], Edge("a", "b", 1))), "a",
                            "a has one output, port 0; a connection starts at port 1."),
    "nothing connected": (CHAIN.with_(edges=CHAIN.edges[:1], outputs=("a", "b")), "b",
                          "Nothing is connected to the input of b."),
    "unused": (CHAIN.with_(outputs=("a",)), "b", "The result of b reaches no output. Connect it or remove it."),
    "no output": (CHAIN.with_(outputs=()), "", "The network has no output."),
    "ghost output": (CHAIN.with_(outputs=("b", "ghost")), "", "The output ghost is not a node of the network."),
    "output twice": (CHAIN.with_(outputs=("b", "b")), "b", "b is listed as an output twice."),
    "empty": (Network(), "", "The network is empty. Start with an input, or open one of the ready-made networks."),
    "cycle": (graph({"input": "input", "a": "add", "b": "tanh"}, ("input", "a", 0, 0), ("b", "a", 0, 1), ("a", "b"),
                    outputs=("b",)),
              "a", "The connections form a cycle: a → b → a. Data must flow one way through a network."),
    "huge layer": (chain("x", ("input", "input", {"shape": [100_000]}), ("l", "linear", {"out_features": 100_000})),
                   "l",
                   "l has 10,000,100,000 of the network's 10,000,100,000 parameters, 40.0 GB in all; "
                   "at most 1,000,000,000 are allowed."),
    "huge map": (chain("x", START, ("c", "conv2d", {"out_channels": 1_000_000, "padding": 1})), "c",
                 "One sample's output would be 1,000,000×28×28, 784.0 M numbers; at most 100.0 M are allowed."),
    "huge input": (chain("x", ("input", "input", {"shape": [100_000] * 3})), "input",
                   "One sample's output would be 100,000×100,000×100,000, 1e+15 numbers; at most 100.0 M are allowed."),
}


@pytest.mark.parametrize(("net", "address", "sentence"), BAD.values(), ids=BAD)
def test_a_problem_is_stated_in_one_sentence_where_it_is(net: Network, address: str, sentence: str) -> None:
    assert (address, sentence) in found(net)
    assert len(found(net)) == 1 or all(where == address for where, _ in found(net)), found(net)


@pytest.mark.parametrize(("net", "address", "sentence"), BAD.values(), ids=BAD)
def test_every_fix_removes_the_problem_it_is_offered_for(net: Network, address: str, sentence: str) -> None:
    assert_fixes_help(net)


def assert_fixes_help(net: Network) -> None:
    before = Counter(found(net))
    for problem in network.problems(net):
        if problem.fix:
            key = (problem.address, str(problem.message))
            assert Counter(found(network.apply(net, problem.fix)))[key] < before[key], str(problem)


def test_a_map_that_reaches_linear_is_flattened_on_one_click() -> None:
    net = chain("x", START, ("linear1", "linear", {}))
    (problem,) = network.problems(net)
    assert str(problem.fix.title) == "Insert Flatten"
    assert problem.fix.edits == (InsertBefore("linear1", 0, "flatten"),)
    fixed = network.apply(net, problem.fix)
    assert [node.block for node in fixed.nodes] == ["input", "flatten", "linear"]
    assert network.shapes(fixed) == {"input": (1, 28, 28), "flatten1": (784,), "linear1": (10,)}


def test_a_problem_reads_as_place_sentence_and_offer() -> None:
    (problem,) = network.problems(BAD["no flatten"][0])
    assert str(problem) == "l: Linear needs a flat input but gets 1×28×28. (Insert Flatten)"
    assert str(Problem(problem.message)) == str(problem.message)


def test_shapes_are_given_up_to_the_problem_and_not_behind_it() -> None:
    net = chain("x", START, ("conv1", "conv2d", {}), ("linear1", "linear", {}), ("relu1", "relu", {}))
    assert network.shapes(net) == {"input": (1, 28, 28), "conv1": (16, 26, 26)}
    assert [problem.address for problem in network.problems(net)] == ["linear1"]


def test_a_layer_of_ten_billion_parameters_is_refused_before_any_memory_is_taken() -> None:
    network.analyze(zoo.get("mlp"))
    before = psutil.Process().memory_info().rss
    net = chain("x", ("input", "input", {"shape": [50_000]}), ("l", "linear", {"out_features": 200_000}))
    with pytest.raises(network.Invalid, match="10,000,200,000"):
        network.build(net)
    assert psutil.Process().memory_info().rss - before < 50e6


def deep(count: int) -> Network:
    return chain("Deep", ROW, *((f"n{i}", "tanh", {}) for i in range(count - 1)))


def test_five_thousand_nodes_in_a_row_are_analyzed_built_and_run() -> None:
    import torch

    net = deep(5_000)
    assert network.problems(net) == []
    x = torch.ones(2, 8, requires_grad=True)
    network.build(net)(x).sum().backward()
    assert x.grad is not None


def test_one_node_more_is_refused() -> None:
    assert found(deep(5_001)) == [("", "The network has 5,001 nodes; at most 5,000 are allowed.")]


def test_a_ring_of_five_thousand_nodes_is_one_cycle() -> None:
    net = deep(5_000)
    ring = net.with_(edges=(*net.edges[1:], Edge("n4998", "n0")), outputs=())
    assert [m for _, m in found(ring) if "cycle" in m] == [
        "The connections form a cycle: n0 → n1 → n2 → n3 → n4 → n5 → …. Data must flow one way through a network."]
