"""The way back as a probe: values, their paths and sources, special cases, models of any origin."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.document import chain
from explorer.hooks import UnknownNode
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.results import BackwardView
from explorer.results.packing import pack, unpack
from explorer.spec import BadValue


def lenet_subject(**known: object) -> Subject:
    recipe = zoo.recipe("lenet_relu")
    image = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    return Subject(network.build(recipe.network, seed=1), image, recipe, tuple("0123456789"),
                   **{"target": torch.tensor([3]), **known})


def back(subject: Subject, **options: object) -> BackwardView:
    (view,) = compute_probe(PROBES.get("backward"), subject, options)
    return view


def test_a_gradient_is_followed_from_the_loss_to_a_weight_of_the_first_convolution() -> None:
    subject, view, chain = lenet_subject(), back(lenet_subject()), []
    assert (view.node, view.gradient, view.value) == ("loss", 1.0, pytest.approx(2.3, abs=0.3))
    while view.sources:
        onward = next(source for source in view.sources if source.node != "input" or source.parameter)
        weight = next((source for source in view.sources if source.parameter == "weight"), None)
        if view.node == "conv1":
            onward = weight
        place = f"weight[{', '.join(map(str, onward.unit))}]" if onward.parameter else ""
        view = back(subject, node=onward.node, **({"parameter": place} if place else {"unit": onward.unit}))
        assert view.gradient == pytest.approx(onward.gradient) and view.value == pytest.approx(onward.value)
        assert view.total == pytest.approx(view.gradient, rel=1e-5)
        chain.append(view.node)
    assert (chain[0], chain[-2:], view.parameter) == ("linear3", ["conv1", "conv1"], "weight")
    subject.model.zero_grad()
    nn.functional.cross_entropy(subject.model(subject.batch), subject.target).backward()
    assert view.gradient == pytest.approx(subject.model.conv1.weight.grad[view.index].item(), rel=1e-5)


def test_softmax_with_cross_entropy_is_written_as_p_minus_y() -> None:
    subject = lenet_subject()
    view, shares = back(subject, node="linear3", unit=(3,)), subject.outputs.softmax(1)[0]
    assert view.gradient == pytest.approx(shares[3].item() - 1)
    assert view.line.startswith(f"{shares[3].item():.4g} − 1 = −")
    assert back(subject, node="linear3", unit=(5,)).line.startswith(f"{shares[5].item():.4g} − 0 = ")


def test_a_units_gradient_is_what_arrives_times_the_kernel_turned_around() -> None:
    subject = lenet_subject()
    view = back(subject, node="pool1", unit=(2, 6, 7))
    (path,) = view.paths
    assert (path.node, path.grid, path.count, path.rest) == ("conv2", (16, 5, 5), 400, 0.0)
    kernel = subject.model.conv2.weight[:, 2].flip(1, 2).detach().numpy()
    assert np.allclose(path.local.reshape(16, 5, 5), kernel)
    assert np.array_equal(path.units.reshape(16, 5, 5, 3)[9, 1, 4], (9, 3, 7))
    assert np.allclose(path.arriving.reshape(16, 5, 5), path.arriving_map.values[:, 2:7, 3:8])
    assert path.gradient == pytest.approx(float((path.arriving * path.local).sum(dtype=float)), rel=1e-4)


def test_a_class_is_followed_in_the_losss_place() -> None:
    view = back(lenet_subject(), node="linear3", unit=(2,), of="2")
    assert (view.gradient, str(view.of)) == (1.0, "the logit of 2")
    assert back(lenet_subject(), node="linear3", unit=(1,), of="2").gradient == 0
    with pytest.raises(BadValue, match="no output 10"):
        back(lenet_subject(), node="linear3", of="10")


def test_gradients_sum_up_at_branches() -> None:
    recipe = zoo.recipe("googlenet")
    batch = torch.rand(1, *network.analyze(recipe.network).signals["input"].shape)
    subject = Subject(network.build(recipe.network, seed=1), batch, recipe, target=torch.tensor([0]))
    view = back(subject, node="inception1.concat")
    assert len(view.paths) == 4
    assert view.total == pytest.approx(view.gradient, rel=1e-4)
    assert view.line.endswith(f"= {view.line.rpartition('= ')[2]}") and view.line.count(" = ") == 1


def test_a_composite_block_has_the_gradient_of_the_node_that_it_ends_in() -> None:
    recipe = zoo.recipe("resnet20")
    subject = Subject(network.build(recipe.network, seed=1), torch.rand(1, 3, 32, 32), recipe,
                      target=torch.tensor([0]))
    block = next(name for name, module in subject.model.named_children() if len(list(module.children())) > 2)
    view = back(subject, node=block)
    assert view.node.startswith(f"{block}.") and len(view.paths) == 2


def test_a_frozen_layer_shows_its_gradient_and_that_it_is_not_used() -> None:
    subject = lenet_subject()
    frozen = Subject(subject.model, subject.batch, subject.recipe.with_(lr_factors={"conv2": 0}),
                     target=subject.target)
    view = back(frozen, node="conv2", parameter="weight")
    assert not view.trained and "frozen" in str(view.sentence) and view.gradient
    assert [source.trained for source in back(frozen, node="conv2").sources] == [True, False, False]
    assert back(frozen, node="pool1").gradient


def test_a_dead_relu_lets_nothing_through() -> None:
    subject = lenet_subject()
    with torch.no_grad():
        subject.model.conv1.bias[0] = -100
    view = back(subject, node="conv1", unit=(0, 2, 2))
    assert view.gradient == view.total == 0 and "nothing gets through" in str(view.sentence)
    upstream = back(subject, node="conv1", parameter="weight[0, 0, 2, 2]")
    assert "closed further toward the loss" in str(upstream.sentence)


def test_weights_that_are_not_numbers_are_said_to_be() -> None:
    subject = lenet_subject()
    with torch.no_grad():
        subject.model.conv2.weight.fill_(float("nan"))
    view = back(subject, node="linear3")
    assert np.isnan(view.gradient) and "diverged" in str(view.sentence)
    pack(view)
    closed = back(subject, node="conv1", unit=(0, 0, 0))
    assert closed.gradient == 0 and "diverged" in str(closed.sentence)  # no largest one in a window of these


@pytest.mark.parametrize(("options", "words"), [
    ({"node": "conv1", "unit": (9, 0, 0)}, "nearest one is"),
    ({"node": "conv1", "parameter": "weight[0, 0, 9, 9]"}, "The nearest one is \\(0, 0, 4, 4\\)"),
    ({"node": "conv1", "parameter": "scale"}, "it has weight, bias"),
    ({"node": "conv1", "parameter": "weight[-1]"}, "such as weight"),
    ({"node": "relu1", "parameter": "weight"}, "no parameter weight"),
])
def test_what_is_not_there_is_refused_with_what_is(options: dict, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        back(lenet_subject(), **options)


def test_an_unknown_node_and_a_difference_are_refused() -> None:
    with pytest.raises(UnknownNode):
        back(lenet_subject(), node="conv9")
    with pytest.raises(NotApplicable, match="choose A or B"):
        back(lenet_subject(against=torch.zeros(1, 1, 28, 28)), node="conv1")


def test_a_recurrent_layers_last_state_is_its_states_at_the_end() -> None:
    recipe = zoo.recipe("row_lstm")
    subject = Subject(network.build(recipe.network, seed=1), torch.rand(1, 1, 28, 28), recipe,
                      target=torch.tensor([3]))
    node = next(name for name, module in subject.model.named_children() if isinstance(module, nn.LSTM))
    view = back(subject, node=node)
    assert view.unit[0] == 27 and view.total == pytest.approx(view.gradient, rel=1e-5)
    weight = back(subject, node=node, parameter="weight_hh_l0")
    assert weight.total == pytest.approx(weight.gradient, rel=1e-4)
    assert "all later steps" in str(weight.paths[0].rule)


class Own(nn.Module):
    """A module of one's own: one part called twice, code between its modules, a change in place."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.relu, self.last = nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        once = self.twice(x)
        return self.last(self.relu(self.twice(once)) * 2 + once)


def test_a_users_own_module_is_followed_too() -> None:
    torch.manual_seed(0)
    model, x = Own().eval(), torch.randn(1, 4)
    view = run("backward", model, x, node="twice", parameter="weight[1, 2]")
    assert len(view.paths) == 2 and view.total == pytest.approx(view.gradient, rel=1e-5)
    outputs = model(x)
    nn.functional.cross_entropy(outputs, outputs.argmax(1)).backward()
    assert view.gradient == pytest.approx(model.twice.weight.grad[1, 2].item(), rel=1e-4)
    own = run("backward", model, x, node="relu")
    assert [path.node for path in own.paths] == [""] and own.total == pytest.approx(own.gradient)


class Sequences(nn.Module):
    """Layers of sequences that have the tokens in front of the samples, some of them blocks of blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.encoder, self.last = nn.LSTM(3, 4), nn.TransformerEncoderLayer(4, 2, 8), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        states, _last = self.lstm(x.transpose(0, 1))
        return self.last(self.encoder(states)[-1])


@pytest.mark.parametrize("node", ["lstm", "encoder.linear1", "encoder.norm1", "last"])
def test_what_has_its_tokens_in_front_is_followed_too(node: str) -> None:
    torch.manual_seed(0)
    view = run("backward", Sequences().eval(), torch.randn(1, 5, 3), node=node)
    assert view.gradient and view.total == pytest.approx(view.gradient, rel=1e-3)


def test_a_score_of_a_window_names_the_row_of_the_table_that_it_looks_up() -> None:
    recipe = zoo.recipe("swin_digits")
    model = network.build(recipe.network, seed=1)
    image = torch.rand(1, *recipe.network.nodes[0].params["shape"], generator=torch.Generator().manual_seed(0))
    subject = Subject(model, image, recipe, target=torch.tensor([3]))
    node = next(name for name, module in model.named_modules() if type(module).__name__ == "RelativePositionBias")
    index, shape = model.get_submodule(node).index, back(subject, node=node).gradient_map.values.shape
    for unit in [(0,) * len(shape), tuple(size - 1 for size in shape), (1, 1, 7, 3)]:
        table = next(each for each in back(subject, node=node, unit=unit).sources if each.parameter == "table")
        assert table.unit == (index[unit[-2:]].item(), unit[-3])


def test_paths_add_up_behind_an_instance_norm_whose_gradient_has_its_channels_last() -> None:
    document = chain("Norms", ("input", "input", {"shape": [1, 8, 8]}),
                     ("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}), ("norm1", "group_norm", {}),
                     ("norm2", "instance_norm2d", {}), ("norm3", "layer_norm2d", {}), ("flat", "flatten", {}),
                     ("head", "linear", {"out_features": 10}))
    torch.manual_seed(0)
    subject = Subject(network.build(document, seed=1), torch.randn(1, 1, 8, 8), target=torch.tensor([3]))
    for node in ("conv", "norm1", "norm2"):
        view = back(subject, node=node)
        assert view.total == pytest.approx(view.gradient, rel=1e-5)


def test_a_view_travels() -> None:
    view = back(lenet_subject(), node="conv2", unit=(3, 4, 5))
    again = unpack(*pack(view))
    assert again.line == view.line and np.array_equal(again.paths[0].units, view.paths[0].units)
