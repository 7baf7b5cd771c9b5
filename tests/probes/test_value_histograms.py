"""Histograms over training are NumPy's, of each step's tensors, of outputs and of the gradients of autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, tasks
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from tests.probes.test_film import Frames, subject_at, weights_at
from tests.probes.test_probe_registry import NETWORKS, SomeSamples, batch_of, leaves_no_trace

STEPS = (0, 3, 6)


def series_of(subject: Subject, **options):
    (series,) = compute_probe(PROBES.get("value_histograms"), subject, options)
    return series


def same_as_numpys(series, values: list[np.ndarray]) -> None:
    every = np.concatenate(values)
    assert series.edges == pytest.approx(np.linspace(float(every.min()), float(every.max()), 41))
    for place, own in enumerate(values):
        assert series.counts[place].tolist() == np.histogram(own, series.edges)[0].tolist()
        assert series.counts[place].sum() == len(own) == series.total
        assert series.mean[place] == pytest.approx(own.mean(dtype=float), abs=1e-7)
        assert series.spread[place] == pytest.approx(own.std(dtype=float))
        assert series.percentiles[place] == pytest.approx(np.quantile(own.astype(float), series.shares))


@pytest.mark.parametrize(("name", "kind", "weight"), [
    ("lenet_relu", nn.Conv2d, "weight"), ("row_lstm", nn.LSTM, "weight_ih_l0"), ("playground", nn.Linear, "weight"),
])
def test_weights_are_counted_as_numpy_counts_them(name, kind, weight):
    recipe = NETWORKS[name]
    modules = network.build(recipe.network).named_modules()
    node = next(address for address, module in modules if isinstance(module, kind))
    series = series_of(subject_at(recipe, 3, Frames(recipe, STEPS)), node=node, what="weights")
    assert series.steps.tolist() == list(STEPS) and series.epoch.tolist() == pytest.approx([0, 0.3, 0.6])
    same_as_numpys(series, [weights_at(recipe, step)[f"{node}.{weight}"].flatten().numpy() for step in STEPS])


def test_outputs_are_those_of_a_model_with_each_steps_weights():
    recipe = NETWORKS["lenet_relu"]
    series = series_of(subject_at(recipe, 3, Frames(recipe, STEPS)), node="conv1", what="outputs")
    models = [network.build(recipe.network, seed=step) for step in STEPS]
    found = [Subject(model, batch_of(recipe)[:1], recipe).activations(["conv1"])["conv1"] for model in models]
    same_as_numpys(series, [each.flatten().numpy() for each in found])


@pytest.mark.parametrize("over", ["input", "test"])
def test_gradients_are_autograds(over):
    recipe = NETWORKS["lenet_relu"]
    samples = SomeSamples(recipe)
    subject = subject_at(recipe, 3, Frames(recipe, STEPS), target=torch.tensor([4]), samples=samples)
    series = leaves_no_trace(subject.model, lambda: series_of(subject, node="conv1", what="gradients", over=over))
    batch, targets = (batch_of(recipe)[:1], torch.tensor([4])) if over == "input" else (
        samples.inputs(slice(0, 2)), samples.targets(slice(0, 2)))
    same_as_numpys(series, [gradient_at(recipe, step, batch, targets).numpy() for step in STEPS])


def gradient_at(recipe, step: int, batch: Tensor, targets: Tensor) -> Tensor:
    model = network.build(recipe.network, seed=step).eval()
    tasks.learner(recipe).loss(model(batch), targets).backward()
    return model.conv1.weight.grad.flatten()


def test_values_that_are_not_finite_are_counted_apart():
    recipe = NETWORKS["playground"]
    frames = Frames(recipe, (0, 1))
    frames.load = lambda step: {name: torch.full_like(each, torch.nan) for name, each in weights_at(recipe, 1).items()}
    series = series_of(subject_at(recipe, 0, frames), node="linear1", what="weights")
    assert series.not_finite.tolist() == [0, series.total] and series.counts[1].sum() == 0
    assert np.isnan(series.mean[1]) and np.isfinite(series.edges).all()


def test_a_damaged_step_is_named_and_a_constant_layer_has_edges():
    recipe = NETWORKS["playground"]
    series = series_of(subject_at(recipe, 0, Frames(recipe, (0, 1, 2), damaged=1)), node="linear1", what="weights")
    assert series.damaged == (1,) and series.steps.tolist() == [0, 2]
    model = nn.Sequential(nn.Linear(3, 2))
    nn.init.constant_(model[0].weight, 2.0)
    alone = run("value_histograms", model, torch.zeros(1, 3), node="0", what="weights")
    assert alone.counts.sum() == 6 and alone.edges[0] < 2 < alone.edges[-1]


def test_of_a_large_layer_every_so_many_values_are_counted():
    model = nn.Sequential(nn.Linear(400, 500))
    series = run("value_histograms", model, torch.zeros(1, 400), node="0", what="weights")
    assert series.total == 200_000 and series.counted <= 65_521 and series.counts.sum() == series.counted
    counted = model[0].weight.detach().flatten().numpy()[::4]
    assert series.counts[0].tolist() == np.histogram(counted, series.edges)[0].tolist()


def test_a_layer_without_weights_is_refused_and_so_are_test_samples_that_are_not_known():
    recipe = NETWORKS["lenet_relu"]
    subject = subject_at(recipe, 0, Frames(recipe, (0,)))
    with pytest.raises(NotApplicable, match="relu1 has no weights"):
        series_of(subject, node="relu1", what="weights")
    with pytest.raises(NotApplicable, match="No test samples are known"):
        series_of(subject, node="conv1", what="outputs", over="test")


def test_gradients_without_a_target_are_of_the_prediction_and_the_histograms_explain_that():
    recipe = NETWORKS["lenet_relu"]
    frames = Frames(recipe, (0,))
    found = {target is None: series_of(subject_at(recipe, 0, frames, target=target), node="conv1", what="gradients")
             for target in (None, torch.tensor([4]))}
    assert "no target" in str(found[True].note) and found[False].note is None
    predicted = network.build(recipe.network, seed=0).eval()(batch_of(recipe)[:1]).argmax(-1)
    own = series_of(subject_at(recipe, 0, frames, target=predicted), node="conv1", what="gradients")
    assert found[True].counts.tolist() == own.counts.tolist()


def test_changes_by_hand_are_in_no_step_and_the_histograms_explain_that():
    recipe = NETWORKS["lenet_relu"]
    subject = subject_at(recipe, 3, Frames(recipe, STEPS), edited=True)
    with torch.no_grad():
        subject.model.get_submodule("conv1").weight.mul_(1000)
    series = series_of(subject, node="conv1", what="weights")
    same_as_numpys(series, [weights_at(recipe, step)["conv1.weight"].flatten().numpy() for step in STEPS])
    assert "as they were trained" in str(series.note)
