"""Attributions of many samples: those of each sample alone, remembered, within a bound, given up when canceled."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.probes import Canceled, NotApplicable, Subject, attributed_samples, run
from explorer.probes.attributed_samples import attribute_samples, samples_of, spread_places
from explorer.training.loop.parts import load_parts
from tests.probes.test_sample_probes import Source


def subject_of(name: str, count: int = 40, **known) -> Subject:
    recipe = zoo.recipe(name)
    recipe = recipe.with_(data=recipe.data.__class__("digits")) if recipe.data.name == "mnist" else recipe
    part = load_parts(recipe).test.take(slice(0, count))
    source = Source(part)
    return Subject(network.build(recipe.network, seed=2), source.inputs(slice(0, 1)), recipe, part.class_names,
                   samples=source, **{"target": part.targets[:1], **known})


@pytest.mark.parametrize("name", ["lenet", "mlp", "playground", "linear_regression", "char_rnn"])
def test_attributions_of_samples_are_those_of_each_alone(name):
    subject, places = subject_of(name), [3, 0, 7, 3]
    found = attribute_samples(subject, "input_x_gradient", places)
    for place, values in zip(places, found.values, strict=True):
        inputs, targets = subject.samples.inputs([place]), subject.samples.targets([place])
        alone = replace(subject, batch=inputs, target=targets)
        own = attributed_samples._PROBE_OF["input_x_gradient"].compute(alone).values[0]
        np.testing.assert_allclose(values, own.sum(0) if own.ndim == 3 else own, rtol=1e-4, atol=1e-6)


def test_each_sample_may_have_a_target_of_its_own():
    subject = subject_of("lenet")
    found = attribute_samples(subject, "saliency", [0, 1, 2], ["4", "", "9-4"])
    for place, target in enumerate(["4", "", "9-4"]):
        own = run("saliency", subject.model, subject.samples.inputs([place]), target=target).values
        np.testing.assert_allclose(found.values[place], own[0].sum(0), rtol=1e-4, atol=1e-6)


def passes_of(subject: Subject) -> list[int]:
    passes: list[int] = []
    replaced = attributed_samples._PROBE_OF["saliency"]

    def counted(*given, **options):
        passes.append(len(given[0].batch))
        return replaced.compute(*given, **options)

    attributed_samples._PROBE_OF["saliency"] = replace(replaced, compute=counted)
    return passes


@pytest.fixture(autouse=True)
def _restore(monkeypatch):
    monkeypatch.setattr(attributed_samples, "_PROBE_OF", dict(attributed_samples._PROBE_OF))
    monkeypatch.setattr(attributed_samples, "_memory", attributed_samples._Memory())


def test_what_was_attributed_is_remembered_for_the_same_weights_and_targets():
    subject = subject_of("lenet", weights_key="a run")
    passes = passes_of(subject)
    first = attribute_samples(subject, "saliency", [0, 1, 2, 3]).values
    again = attribute_samples(subject, "saliency", [3, 1, 5]).values
    assert passes == [4, 1]
    assert np.array_equal(again[:2], first[[3, 1]])
    attribute_samples(replace(subject, weights_key="another step"), "saliency", [0])
    attribute_samples(subject, "saliency", [0], "4")
    attribute_samples(subject, "saliency", [0])
    assert passes == [4, 1, 1, 1]


def test_nothing_is_remembered_of_weights_without_a_name():
    subject = subject_of("lenet")
    passes = passes_of(subject)
    attribute_samples(subject, "saliency", [0])
    attribute_samples(subject, "saliency", [0])
    assert passes == [1, 1]


def test_memory_stays_within_its_bound_and_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(attributed_samples, "MOST_BYTES", 10 * 28 * 28 * 4)
    subject = subject_of("lenet", weights_key="a run")
    passes = passes_of(subject)
    attribute_samples(subject, "saliency", range(20))
    attribute_samples(subject, "saliency", range(10, 20))
    assert passes == [16, 4]
    attribute_samples(subject, "saliency", [9])
    assert passes == [16, 4, 1]
    assert attributed_samples._memory._size_bytes <= attributed_samples.MOST_BYTES


def test_progress_is_reported_and_a_cancel_ends_it():
    shares: list[float] = []

    def report(share: float) -> None:
        shares.append(share)
        if share >= 0.5:
            raise Canceled

    with pytest.raises(Canceled):
        attribute_samples(subject_of("lenet", report=report), "saliency", range(40))
    assert shares == sorted(shares)
    assert 0.5 <= shares[-1] < 1


def test_a_batch_takes_the_test_parts_place_in_a_notebook():
    model, batch = nn.Linear(3, 2), torch.randn(5, 3)
    found = attribute_samples(Subject(model, batch), "input_x_gradient", [4, 1], "1")
    np.testing.assert_allclose(found.values, (batch[[4, 1]] * model.weight[1]).detach(), rtol=1e-5)


def test_a_run_without_a_test_part_is_refused_in_one_sentence():
    with pytest.raises(NotApplicable, match="No test samples"):
        samples_of(replace(subject_of("lenet"), samples=None))


@pytest.mark.parametrize("name", ["attributions", "attribution_over_samples", "method_differences", "mean_attribution",
                                  "sanity_check", "method_agreement", "infidelity_sensitivity", "deletion_insertion",
                                  "saliency", "overview", "silence", "prediction", "maximization"])
def test_a_batch_without_a_sample_is_refused_in_one_sentence(name):
    options = {"places": (0,)} if name == "attribution_over_samples" else {}
    with pytest.raises(NotApplicable, match="no sample"):
        run(name, nn.Sequential(nn.Linear(3, 2)), torch.zeros(0, 3), **options)


def test_places_are_spread_evenly_and_never_more_than_there_are():
    assert spread_places(256, 3) == [0, 1, 2]
    assert spread_places(5, 101) == [0, 25, 50, 75, 100]
    assert spread_places(1, 9) == [0]
