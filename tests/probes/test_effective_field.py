"""The effective receptive field is the mean size of a Jacobian's entries, and lies within the theoretical one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.document import chain
from explorer.probes import PROBES, Canceled, NotApplicable, Subject, compute_probe, run
from explorer.probes.tracing import run_to
from explorer.recipe import Chosen
from explorer.results import Heatmap
from tests.probes.test_probe_registry import NETWORKS, batch_of


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def jacobian(model: nn.Module, batch: torch.Tensor, node: str, unit: tuple[int, ...]) -> np.ndarray:
    found = [torch.autograd.functional.jacobian(lambda x: run_to(model, node, x)[(0, *unit)], sample[None])[0]
             for sample in batch]
    return torch.stack(found).abs().mean(0).numpy()


class Samples:
    """Samples as the engine gives them."""

    def __init__(self, inputs: torch.Tensor) -> None:
        self.held, self.asked = inputs, []

    def __len__(self) -> int:
        return len(self.held)

    def inputs(self, places: list[int]) -> torch.Tensor:
        self.asked.append(places)
        return self.held[places].clone()


@pytest.mark.parametrize(("node", "unit"), [("conv2", (3, 4, 5)), ("pool2", (0, 4, 4)), ("linear3", (7,))])
def test_it_is_the_mean_size_of_a_jacobians_entries(node, unit):
    model, batch = network.build(zoo.get("lenet_relu"), seed=1), pictures(5)
    result = run("effective_field", model, batch, node=node, unit=unit)
    assert result.values == pytest.approx(jacobian(model, batch, node, unit)[0], abs=1e-6)
    assert "5 samples" in str(result.title)


def test_nothing_lies_outside_the_frame():
    model = network.build(zoo.get("lenet_relu"), seed=1)
    result = run("effective_field", model, pictures(40), node="conv2", unit=(3, 4, 5))
    top, left, bottom, right = result.box
    assert result.box == (6, 6 + 2, 20, 22)
    inside = result.values[top:bottom, left:right].sum()
    assert inside > 0 and result.values.sum() == pytest.approx(inside)


def test_the_test_set_is_read_evenly_and_no_more_than_is_quick():
    recipe, samples = NETWORKS["lenet_relu"], Samples(pictures(600))
    subject = Subject(network.build(recipe.network, seed=1), pictures(1), recipe, samples=samples)
    (result,) = compute_probe(PROBES.get("effective_field"), subject, {"node": "conv2", "unit": (0, 4, 5)})
    (places,) = samples.asked
    assert len(places) == 256 and places[0] == 0 and places[-1] > 590
    expected = run("effective_field", subject.model, samples.held[places], node="conv2", unit=(0, 4, 5))
    assert result.values == pytest.approx(expected.values)
    large = Subject(subject.model, pictures(1), zoo.recipe("googlenet"), samples=samples)
    compute_probe(PROBES.get("effective_field"), large, {"node": "conv2", "unit": (0, 4, 5)})
    assert len(samples.asked[1]) == 8  # by what the recipe's network costs


def test_it_ends_where_it_is_canceled():
    def cancel(share: float) -> None:
        raise Canceled

    subject = Subject(network.build(zoo.get("lenet_relu"), seed=1), pictures(200), report=cancel)
    with pytest.raises(Canceled):
        compute_probe(PROBES.get("effective_field"), subject, {"node": "conv2"})


def test_a_row_of_features_has_a_bar_for_each_by_name():
    recipe = NETWORKS["playground"]
    subject = Subject(network.build(recipe.network, seed=1), batch_of(recipe), recipe)
    (bars,) = compute_probe(PROBES.get("effective_field"), subject, {"node": recipe.network.outputs[0], "unit": (0,)})
    assert bars.labels == ("x1", "x2")
    assert bars.values == pytest.approx(jacobian(subject.model, subject.batch, recipe.network.outputs[0], (0,)),
                                        abs=1e-6)


def test_a_text_has_a_bar_for_each_token_by_the_gradient_of_its_vector():
    recipe = NETWORKS["char_rnn"]
    model, batch = network.build(recipe.network, seed=1), batch_of(recipe)[:1]
    subject = Subject(model, batch, recipe, tuple("abcdefg"))
    (bars,) = compute_probe(PROBES.get("effective_field"), subject, {"node": "linear1", "unit": (20, 3)})
    vectors = nn.functional.one_hot(batch, 28).float()
    expected = torch.autograd.functional.jacobian(lambda x: model.linear1(model.rnn1(x)[0])[0, 20, 3], vectors)
    assert bars.values == pytest.approx(expected[0].abs().sum(1).numpy(), abs=1e-6)
    assert bars.labels[:3] == ("0: a", "1: b", "2: c")
    assert not bars.values[21:].any()


def test_the_field_of_an_input_is_one_pixel():
    result = run("effective_field", network.build(zoo.get("lenet_relu"), seed=1), pictures(2), node="input",
                 unit=(0, 3, 5))
    assert result.values.sum() == result.values[3, 5] == 1 and result.box == (3, 5, 4, 6)


def test_a_dead_unit_has_no_effective_field():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU())
    nn.init.constant_(model[0].bias, -100)
    result = run("effective_field", model, pictures(3), node="1", unit=(0, 2, 2))
    assert not result.values.any() and result.box == (2, 2, 5, 5)


def test_images_that_were_flattened_have_a_field_of_rows_and_columns():
    net = chain("Row", ("input", "input", {"shape": [784]}), ("linear1", "linear", {"out_features": 10}))
    recipe, rows = NETWORKS["lenet_relu"].with_(network=net, data=Chosen("mnist")), pictures(3).flatten(1)
    model = network.build(recipe.network, seed=1)
    (result,) = compute_probe(PROBES.get("effective_field"), Subject(model, rows, recipe), {"node": "linear1",
                                                                                            "unit": (4,)})
    assert isinstance(result, Heatmap) and (result.row_axis, result.column_axis) == ("height", "width")
    weights = model.linear1.weight[4].detach().abs().reshape(28, 28)
    assert result.values == pytest.approx(weights.numpy(), rel=1e-5)


@pytest.mark.parametrize("name", ["effective_field", "maximization"])
def test_a_step_has_no_gradient_to_follow(name):
    recipe = NETWORKS["perceptron"]
    subject = Subject(network.build(recipe.network, seed=1), batch_of(recipe), recipe)
    with pytest.raises(NotApplicable, match="step1 has no gradient"):
        compute_probe(PROBES.get(name), subject, {"node": "step1", "unit": (0,)})
