"""Recurrent layers against loops written by hand, and their outputs by port."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import network
from explorer.blocks import BLOCKS
from explorer.document import Edge, Network, Node, chain
from explorer.hooks import record_activations
from explorer.network.evaluate import Evaluator

SEQUENCE = (5, 3)  # tokens, features


def built(name: str, **params: object) -> nn.Module:
    block = BLOCKS.get(name)
    return block.build({spec.name: params.get(spec.name, spec.default) for spec in block.params}, (SEQUENCE,))


def steps(layer: nn.Module, x: Tensor, step, *start: Tensor) -> Tensor:
    """(token, hidden feature): the states of a loop over the tokens of one sample."""
    state, states = start, []
    for token in x:
        a = layer.weight_ih_l0 @ token + layer.bias_ih_l0
        b = layer.weight_hh_l0 @ state[0] + layer.bias_hh_l0
        state = step(a, b, *state)
        states.append(torch.stack(state))
    return torch.stack(states, 1)  # (kind of state, token, hidden feature)


def rnn_step(a: Tensor, b: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    return ((a + b).tanh(),)


def lstm_step(a: Tensor, b: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    i, f, g, o = (a + b).chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru_step(a: Tensor, b: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    (ar, az, an), (br, bz, bn) = a.chunk(3), b.chunk(3)
    r, z = (ar + br).sigmoid(), (az + bz).sigmoid()
    return ((1 - z) * (an + r * bn).tanh() + z * h,)


@pytest.mark.parametrize(
    ("name", "step", "kinds"), [("rnn", rnn_step, 1), ("lstm", lstm_step, 2), ("gru", gru_step, 1)])
def test_it_is_a_loop_over_the_tokens_and_hands_out_the_last_states(name: str, step, kinds: int) -> None:
    torch.manual_seed(0)
    layer, x = built(name, hidden_size=4), torch.randn(2, *SEQUENCE)
    states, *ends = layer(x)
    for sample in range(2):
        wanted = steps(layer, x[sample], step, *(torch.zeros(4) for _ in range(kinds)))
        assert torch.allclose(states[sample], wanted[0], atol=1e-6)
        for end, kind in zip(ends, wanted, strict=True):
            assert torch.allclose(end[sample], kind[-1], atol=1e-6)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_both_directions_end_at_the_last_and_at_the_first_token(name: str) -> None:
    layer, x = built(name, hidden_size=4, num_layers=2, bidirectional=True), torch.randn(3, *SEQUENCE)
    states, last, *_ = layer(x)
    assert states.shape == (3, 5, 8)
    assert torch.equal(last, torch.cat([states[:, -1, :4], states[:, 0, 4:]], 1))


def reader(port: int) -> Network:
    """An LSTM whose output at `port` goes through a Tanh."""
    return Network("reader", (Node("input", "input", {"shape": list(SEQUENCE)}), Node("lstm1", "lstm", {
        "hidden_size": 4}), Node("tanh1", "tanh")), (Edge("input", "lstm1"), Edge("lstm1", "tanh1", port)), ("tanh1",))


def test_what_follows_takes_the_output_its_edge_names() -> None:
    for port, shape in ((0, (5, 4)), (1, (4,)), (2, (4,))):
        net, x = reader(port), torch.randn(2, *SEQUENCE)
        assert network.shapes(net)["tanh1"] == shape
        model = network.build(net).eval()
        with record_activations(model, ["lstm1"]) as taps:
            out = model(x)
        torch.testing.assert_close(out, taps[f"lstm1:{port}" if port else "lstm1"].tanh(), rtol=1e-5, atol=1e-6)
        # without gradients PyTorch may take another way through an LSTM, with other roundings
        torch.testing.assert_close(Evaluator().evaluate(net, x, "x")["tanh1"].tensor, out, rtol=1e-5, atol=1e-6)


def test_an_output_that_is_not_there_is_a_problem_with_a_fix() -> None:
    (problem, *_) = network.problems(reader(3))
    assert str(problem.message) == "lstm1 has outputs 0 to 2; a connection starts at port 3."
    assert str(problem.fix.title) == "Remove the connection"


def test_a_definition_with_two_outputs_hands_out_both() -> None:
    definition = Network("both", (Node("input", "input"), Node("linear1", "linear", {"out_features": 3}),
                                  Node("tanh1", "tanh")), (Edge("input", "linear1"), Edge("linear1", "tanh1")),
                         ("linear1", "tanh1"))
    net = Network("net", (Node("input", "input", {"shape": [4]}), Node("x1", "composite", {"definition": "both"}),
                          Node("add1", "add")),
                  (Edge("input", "x1"), Edge("x1", "add1"), Edge("x1", "add1", 1, 1)), ("add1",),
                  definitions={"both": definition})
    assert network.problems(net) == []
    model, x = network.build(net).eval(), torch.randn(2, 4)
    linear = model.x1.linear1(x)
    assert torch.allclose(model(x), linear + linear.tanh())
    torch.testing.assert_close(Evaluator().evaluate(net, x, "x")["add1"].tensor, model(x), rtol=1e-5, atol=1e-6)


def test_a_layer_put_behind_the_states_leaves_the_last_state_where_it_goes() -> None:
    net = reader(1)
    net = net.with_(outputs=("tanh1", "lstm1"))
    changed, new = network.edit.insert_after(net, "lstm1", "relu")
    assert [(edge.source, edge.source_port) for edge in changed.edges_into("tanh1")] == [("lstm1", 1)]
    assert [edge.source for edge in changed.edges_into(new)] == ["lstm1"]


def test_a_map_is_refused_with_a_way_out() -> None:
    (problem,) = network.problems(chain("x", ("input", "input", {"shape": [1, 28, 28]}), ("gru1", "gru", {})))
    assert "GRU reads a sequence (token × feature) but gets 1×28×28." in str(problem)
