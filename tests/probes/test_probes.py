"""What a probe reads is what the model computes, and the model is left as it was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.document import Edge, Network, Node
from explorer.hooks import UnknownNode
from explorer.probes import NotApplicable, ProbeSpec, Subject, WrongResult, compute_probe, run
from explorer.probes.probe import ANSWER
from explorer.results import Quantities
from explorer.spec import BadValue


@pytest.fixture
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


@pytest.fixture
def batch() -> torch.Tensor:
    return torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def branched() -> nn.Module:
    """Two branches that are joined, batch norm and dropout on the way: what differs between the modes."""
    nodes = (Node("input", "input", {"shape": [2, 6, 6]}),
             Node("left", "conv2d", {"out_channels": 3, "kernel_size": 3, "padding": 1}),
             Node("right", "conv2d", {"out_channels": 2, "kernel_size": 1}),
             Node("joined", "concat", {}), Node("norm", "batch_norm2d", {}), Node("drop", "dropout", {"p": 0.5}),
             Node("flat", "flatten", {}), Node("out", "linear", {"out_features": 4}))
    wires = [("input", "left", 0), ("input", "right", 0), ("left", "joined", 0), ("right", "joined", 1),
             ("joined", "norm", 0), ("norm", "drop", 0), ("drop", "flat", 0), ("flat", "out", 0)]
    edges = tuple(Edge(source, target, 0, port) for source, target, port in wires)
    return network.build(Network("Branched", nodes, edges, ("out",)), seed=2)


def test_feature_maps_equal_a_forward_pass_layer_by_layer(lenet, batch):
    grids = run("feature_maps", lenet, batch)
    value = batch[:1]
    assert [grid.title for grid in grids] == [name for name, _ in lenet.named_children()]
    for grid, module in zip(grids, lenet.children(), strict=True):
        value = module(value)
        assert np.allclose(grid.values.reshape(-1), value[0].detach().numpy().reshape(-1), atol=1e-6)
        assert grid.values.shape == (tuple(value.shape[1:]) if value.dim() == 4 else (value.shape[1], 1, 1))
        assert grid.axis == ("channel" if value.dim() == 4 else "feature")
        assert grid.signed == bool((value < 0).any())


def test_feature_maps_of_branches_are_those_of_evaluation_mode():
    model, x = branched(), torch.randn(2, 2, 6, 6)
    joined = torch.cat([model.left(x), model.right(x)], 1)
    maps = {grid.title: grid.values for grid in run("feature_maps", model, x)}
    expected = nn.functional.batch_norm(joined, model.norm.running_mean, model.norm.running_var, model.norm.weight,
                                        model.norm.bias)[0].detach().numpy()
    assert np.allclose(maps["norm"], expected, atol=1e-6)
    assert np.array_equal(maps["drop"], maps["norm"])  # dropout does nothing while one looks


def test_only_the_nodes_asked_for_are_read_in_the_order_asked(lenet, batch):
    grids = [run("feature_maps", lenet, batch, node=node) for node in ("conv2", "input")]
    assert [grid.title for grid in grids] == ["conv2", "input"]
    assert np.array_equal(grids[1].values, batch[0].numpy())


def test_tokens_are_one_map_of_token_by_feature():
    model, x = nn.Sequential(nn.Linear(4, 3)), torch.randn(2, 5, 4)
    grid = run("feature_maps", model, x)
    assert grid.values.shape == (1, 5, 3)
    assert grid.axis == "token"
    assert np.allclose(grid.values[0], model[0](x)[0].detach().numpy(), atol=1e-6)


def test_probabilities_are_the_softmax_of_the_logits_and_sum_to_one(lenet, batch):
    logits = lenet(batch)[0].detach().numpy().astype(np.float64)
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    bars = run("probabilities", lenet, batch)
    assert bars.values == pytest.approx(expected, abs=1e-6)
    assert bars.values.sum() == pytest.approx(1, abs=1e-6)
    assert bars.highlight == int(expected.argmax())
    assert bars.labels == tuple(str(i) for i in range(10))


def test_the_value_of_a_regression_is_what_the_model_computes():
    model, x = nn.Linear(3, 1), torch.randn(2, 3)
    result = run("prediction", model, x)
    assert result.values == pytest.approx(model(x)[0].detach().numpy(), abs=1e-6)


def test_what_comes_next_is_the_softmax_at_the_last_token_largest_first():
    model, tokens = nn.Sequential(nn.Embedding(12, 4), nn.Linear(4, 12)), torch.tensor([[3, 1, 4]])
    expected = model(tokens)[0, -1].softmax(0).detach().numpy()
    bars = run("next_token", model, tokens)
    assert bars.values == pytest.approx(np.sort(expected)[::-1][:8], abs=1e-6)
    assert [int(label) for label in bars.labels] == np.argsort(-expected)[:8].tolist()


def test_with_temperature_0_each_token_generated_is_the_likeliest():
    model, tokens = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 5)), torch.tensor([[3, 1, 4]])
    likeliest = model[1](model[0].weight).argmax(1).tolist()  # it looks at the last token alone
    written, last = "", 4
    for _ in range(200):
        last = likeliest[last]
        written += str(last)
    result = run("generated_text", model, tokens, temperature=0)
    assert (result.prompt, result.written) == ("314", written)


def test_a_module_that_changes_its_input_in_place_does_not_change_the_map_before_it():
    model, x = nn.Sequential(nn.Linear(4, 3), nn.ReLU(inplace=True)), torch.randn(2, 4)
    before, after = run("feature_maps", model, x)
    assert np.allclose(before.values[:, 0, 0], model[0](x)[0].detach().numpy(), atol=1e-6)
    assert np.array_equal(after.values, np.maximum(before.values, 0))


@pytest.mark.parametrize("name", ["feature_maps", "kernels"])
@pytest.mark.parametrize("node", ["nowhere", "conv1.inner"])
def test_an_unknown_node_is_named(lenet, batch, name, node):
    with pytest.raises(UnknownNode, match=node):
        run(name, lenet, batch, node=node)


@pytest.mark.parametrize(("options", "words"), [
    ({"node": "relu1"}, "Layer cannot be relu1"), ({"node": 3}, "Layer must be the address"),
    ({"nod": "conv1"}, "There is no setting called 'nod'"),
])
def test_an_option_that_does_not_fit_is_refused_in_a_sentence(lenet, batch, options, words):
    with pytest.raises(BadValue, match=words):
        run("kernels", lenet, batch, **options)


def test_a_number_out_of_range_is_refused_in_a_sentence():
    model, tokens = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 5)), torch.tensor([[3, 1, 4]])
    with pytest.raises(BadValue, match="Temperature must be between 0 and 2"):
        run("generated_text", model, tokens, temperature=3)


def test_what_is_not_there_to_be_looked_at_is_refused_in_a_sentence(lenet, batch):
    with pytest.raises(NotApplicable, match="This network has no weights"):
        run("kernels", nn.Sequential(nn.ReLU()), batch)
    with pytest.raises(NotApplicable, match="output of shape 10"):
        run("next_token", lenet, batch)


class Several(nn.Module):
    """Parts whose outputs are no single tensor, and two that forward never calls."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.attention = nn.MultiheadAttention(4, 1, batch_first=True)
        self.listed = nn.ModuleList([nn.Linear(4, 4)])
        self.unused = nn.Linear(4, 4)
        self.named = Named()
        self.loss = Mean()

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states, _last = self.lstm(x)
        attended, _weights = self.attention(states, states, states, need_weights=False)
        out = self.named(self.listed[0](attended))["out"]
        return out, self.loss(out)


class Named(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor | None]:
        return {"out": x + 1, "aux": None}


class Mean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean()


def test_a_layer_without_an_output_is_left_out_of_all_and_refused_by_name():
    model, x = Several().eval(), torch.randn(2, 5, 4)
    maps = {grid.title: grid for grid in run("feature_maps", model, x)}
    assert list(maps) == ["lstm", "attention", "listed.0", "named", "loss"]
    assert np.allclose(maps["lstm"].values[0], model.lstm(x)[0][0].detach(), atol=1e-6)
    assert np.allclose(maps["named"].values[0], model(x)[0][0].detach(), atol=1e-6)
    for silent in ("listed", "unused"):
        with pytest.raises(NotApplicable, match=f"{silent} has no output for this input"):
            run("feature_maps", model, x, node=silent)
    with pytest.raises(NotApplicable, match="No layer here has an output"):
        run("feature_maps", nn.Linear(4, 4), x)


def test_a_model_that_gives_a_dict_is_read_by_its_first_tensor():
    bars = run("probabilities", nn.Sequential(nn.Linear(4, 3), Named()), torch.zeros(1, 4))
    assert bars.values.sum() == pytest.approx(1, abs=1e-6)


def test_images_may_be_bytes_and_a_batch_an_array(lenet):
    pixels = torch.randint(0, 256, (2, 1, 28, 28), dtype=torch.uint8)
    expected = run("probabilities", lenet, pixels.float() / 255).values
    for batch in (pixels, pixels.numpy(), pixels.numpy() / 255):
        assert run("probabilities", lenet, batch).values == pytest.approx(expected, abs=1e-6)


def test_a_network_with_a_state_besides_its_logits_generates_text():
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.head = nn.Embedding(5, 4), nn.Linear(4, 5)

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            embedded = self.embedding(x)
            return self.head(embedded), embedded

    assert len(run("generated_text", Pair(), torch.tensor([[3, 1, 4]])).written) == 200


@pytest.mark.cuda
@pytest.mark.parametrize("name", ["feature_maps", "kernels", "probabilities"])
def test_a_model_on_a_gpu_takes_a_batch_from_the_cpu(lenet, batch, name):
    assert run(name, lenet.cuda(), batch)


def test_a_result_that_is_not_finite_blames_the_network_only_for_its_own_output():
    def trial(subject: Subject) -> Quantities:
        return Quantities("Trial", ("ratio",), subject.outputs[0].numpy() / np.zeros(1, np.float32))

    probe = ProbeSpec("trial", "Trial", "A trial.", "nobody", trial, (Quantities,), ANSWER)
    for value, sentence in ((1.0, "the result is not a finite number"), (float("nan"), "the network's output is")):
        with np.errstate(all="ignore"), pytest.raises(WrongResult, match=sentence):
            compute_probe(probe, Subject(nn.Identity(), torch.full((1, 1), value)), {})
