"""Any graph at all either has problems, or builds and runs forward and backward; nothing else happens."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import torch
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from explorer import network
from explorer.blocks import BLOCKS
from explorer.document import Edge, Network, Node, chain
from explorer.spec import Choice, Expression, Flag, Name, Number, Sizes

LOOPED = chain("looped", ("input", "input", {}), ("again", "composite", {"definition": "looped"}))
NAMES = [block.name for block in BLOCKS if block.name != "input"]
INPUTS = st.sampled_from([[1], [6], [3, 4], [1, 6, 6], [2, 5, 7], [4, 8, 8]])
NONSENSE = st.sampled_from([None, True, -1, 0, 10**12, "same", "x", float("nan"), [1, 2, 3], {}, 0.5])


def is_json(net: Network) -> bool:
    """Whether JSON can hold a network: a definition that nothing uses may have a setting that is no number."""
    try:
        json.dumps(net.to_dict(), allow_nan=False)
    except ValueError:
        return False
    return True


def legal_values(spec: Any) -> st.SearchStrategy[Any]:
    """Mostly small legal values of a setting."""
    match spec:
        case Flag():
            return st.booleans()
        case Choice():
            return st.sampled_from(spec.options)
        case Number(integer=True):
            return st.integers(int(spec.low), int(min(spec.high, spec.low + 5)))
        case Number():
            return st.floats(spec.low, min(spec.high, spec.low + 2))
        case Sizes():
            one = st.integers(spec.low, spec.low + 2)
            words = [st.sampled_from(spec.words)] if spec.words else []
            return st.one_of(one, st.lists(one, min_size=2, max_size=2), *words)
        case Name():
            return st.sampled_from(["inner", "inner", "inner", "looped", "missing"])
        case Expression():
            return st.sampled_from([spec.default, "max(0, x)", "tanh(x) / 2", "log(x)", "x *"])
    raise TypeError(spec)


@st.composite
def nodes(draw: st.DrawFn, index: int) -> Node:
    block = BLOCKS.get(draw(st.sampled_from(NAMES)))
    wild = draw(st.integers(0, 40)) == 0
    params = {spec.name: draw(NONSENSE if wild else legal_values(spec)) for spec in block.params if draw(st.booleans())}
    return Node(f"n{index}", block.name, params)


@st.composite
def graphs(draw: st.DrawFn, nested: int = 1) -> Network:
    """Up to eight nodes that take from earlier ones, now and then with a wire or an output out of place."""
    definitions = {"inner": draw(graphs(nested=nested - 1)), "looped": LOOPED} if nested else {}
    drawn = [Node("n0", "input", {"shape": draw(INPUTS)})]
    edges: list[Edge] = []
    for i in range(1, draw(st.integers(2, 8))):
        drawn.append(draw(nodes(i)))
        ports = draw(st.integers(2, 3)) if BLOCKS.get(drawn[i].block).variadic else 1
        for port in range(ports):
            nearest = draw(st.integers(0, 3)) > 0 and port == 0
            edges.append(Edge(f"n{i - 1 if nearest else draw(st.integers(0, i - 1))}", f"n{i}", 0, port))
    if draw(st.integers(0, 15)) == 0:
        ends = st.sampled_from([*(node.id for node in drawn), "ghost"])
        edges.append(Edge(draw(ends), draw(ends), draw(st.integers(-1, 1)), draw(st.integers(-1, 2))))
    unused = {node.id for node in drawn} - {edge.source for edge in edges}
    outputs = tuple(sorted(unused)) if draw(st.integers(0, 15)) else (draw(st.sampled_from(["n0", "n1", "ghost"])),)
    return Network("Random", tuple(drawn), tuple(edges), outputs, definitions)


def run_both_ways(net: Network) -> None:
    model = network.build(net)
    x = torch.randn(2, *network.shapes(net)["n0"], requires_grad=True)
    outputs = model(x)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    for name, out in zip(net.outputs, outputs, strict=True):
        assert out.shape == (2, *network.shapes(net)[name])
    if any(type(module).__name__ == "Step" for module in model.modules()):  # no gradient passes it
        return
    sum(out.sum() for out in outputs).backward()
    assert x.grad is not None


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graphs())
def test_a_graph_has_problems_or_builds_and_runs_forward_and_backward(net: Network) -> None:
    problems = network.problems(net)
    event("problems" if problems else "sound")
    if not problems:
        run_both_ways(net)
        return
    before = Counter((problem.address, str(problem.message)) for problem in problems)
    for problem in problems:
        assert str(problem.message)
        assert problem.address.partition(".")[0] in {"", *net.by_id}
        if problem.fix:
            after = network.problems(network.apply(net, problem.fix))
            key = (problem.address, str(problem.message))
            assert sum((p.address, str(p.message)) == key for p in after) < before[key], str(problem)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graphs())
def test_a_graph_survives_its_document(net: Network) -> None:
    clean = network.problems(net) == []
    if clean and is_json(net):
        again = Network.from_dict(net.to_dict())
        assert again.digest == net.digest
        assert network.shapes(again) == network.shapes(net)
