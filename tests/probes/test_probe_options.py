"""Nodes and classes among the options of a probe, and the examples in its docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from explorer import hooks, network, probes, zoo
from explorer.probes import NotApplicable, ProbeSpec, Subject, UnknownNode, offer, resolve
from explorer.probes.probe import ANSWER
from explorer.probes.probe_params import ClassParam, NodeParam
from explorer.spec import BadValue

CONV = NodeParam("node", "Convolution", lambda module: isinstance(module, nn.Conv2d))
ANY = NodeParam("node", "Layer", every="all layers")
CLASS = ClassParam("cls", "Class")


def subject_of(name="lenet", batch=None, **more):
    recipe = zoo.recipe(name)
    return Subject(network.build(recipe.network, seed=1), torch.rand(1, 1, 28, 28) if batch is None else batch, recipe,
                   **more)


def resolved(spec, subject, **given):
    probe = ProbeSpec("x", "X", "X.", "x", lambda subject: None, (), ANSWER, params=(spec,))
    return resolve(probe, subject, given)[spec.name]


def test_the_nodes_that_fit_are_offered_and_the_first_is_the_default():
    subject = subject_of()
    assert offer(CONV, subject).options == ("conv1", "conv2")
    assert resolved(CONV, subject) == "conv1"
    assert resolved(CONV, subject, node="conv2") == "conv2"


def test_a_default_that_is_there_is_kept_and_all_may_be_taken():
    assert resolved(NodeParam("node", "Layer", default="conv2"), subject_of()) == "conv2"
    assert resolved(NodeParam("node", "Layer", default="elsewhere"), subject_of()) == "input"
    assert resolved(ANY, subject_of()) == ""
    assert offer(ANY, subject_of()).title_of("") == "all layers"


def test_nodes_are_offered_at_the_level_that_is_looked_at_and_taken_from_any():
    recipe = zoo.recipe("resnet20")
    model = network.build(recipe.network)
    block = next(name for name, module in model.named_children() if isinstance(module, network.BuiltNetwork))
    subject = Subject(model, torch.rand(1, 3, 32, 32), recipe, inside=block)
    options = offer(CONV, subject).options
    assert options and all(option.startswith(f"{block}.") for option in options)
    outside = next(name for name, module in model.named_children() if isinstance(module, nn.Conv2d))
    assert outside not in options and resolved(CONV, subject, node=outside) == outside


@pytest.mark.parametrize(("given", "error"), [
    ("relu9", UnknownNode), ("conv1.weight", UnknownNode), ("linear1", BadValue), (None, BadValue), ("", BadValue)])
def test_a_node_that_is_not_there_or_does_not_fit_is_refused(given, error):
    with pytest.raises(error):
        resolved(CONV, subject_of(), node=given)


def test_where_no_node_fits_there_is_nothing_to_offer():
    with pytest.raises(NotApplicable):
        offer(CONV, Subject(nn.Sequential(nn.ReLU()), torch.zeros(1, 2)))


def test_a_class_is_the_predicted_one_or_one_by_name_or_index():
    names = tuple("abcdefghij")
    subject = subject_of(class_names=names)
    predicted = int(subject.model.eval()(subject.batch).argmax())
    assert offer(CLASS, subject).titles == ("predicted class", *names)
    assert resolved(CLASS, subject) == resolved(CLASS, subject, cls="predicted") == predicted
    assert [resolved(CLASS, subject, cls=value) for value in ("c", 2)] == [2, 2]
    for wrong in ("z", "2", 10, -1, True, None, 1.5):
        with pytest.raises(BadValue, match="from 0 to 9"):
            resolved(CLASS, subject, cls=wrong)


def test_what_a_form_sends_for_a_class_is_that_class_also_where_names_are_numbers():
    names = ("1", "10", "2", "predicted")
    subject = Subject(nn.Linear(2, 4), torch.ones(1, 2), class_names=names)
    choice = offer(CLASS, subject)
    sent = [choice.parse(option) for option in choice.options if choice.title_of(option) in names]
    assert [names[resolved(CLASS, subject, cls=option)] for option in sent] == list(names)
    assert [resolved(CLASS, subject, cls=name) for name in names[:3]] == [0, 1, 2]


def test_a_binary_network_has_two_classes_and_a_regression_none():
    binary = zoo.recipe("playground").with_(task="binary")
    subject = Subject(nn.Linear(2, 1), torch.ones(1, 2), binary, class_names=("out", "in"))
    assert offer(CLASS, subject).options == ("predicted", 0, 1)
    assert resolved(CLASS, subject) == int(subject.model(subject.batch).item() > 0)
    with pytest.raises(NotApplicable, match="so there is no class to choose"):
        offer(CLASS, Subject(nn.Linear(2, 1), torch.ones(1, 2), zoo.recipe("linear_regression")))


def test_a_binary_network_shows_the_probabilities_of_its_two_classes():
    binary = zoo.recipe("playground").with_(task="binary")
    subject = Subject(nn.Linear(2, 1), torch.ones(1, 2), binary, class_names=("out", "in"))
    (bars,) = probes.compute_probe(probes.PROBES.get("probabilities"), subject, {})
    second = torch.sigmoid(subject.model(subject.batch)).item()
    assert bars.labels == ("out", "in")
    assert bars.values == pytest.approx([1 - second, second], abs=1e-6)


def test_a_new_kind_of_answer_is_read_by_its_own_axes_and_meaning():
    @dataclass(frozen=True)
    class Mask:
        values: np.ndarray
        axes: ClassVar = ("sample", "class", "height", "width")

        @classmethod
        def from_outputs(cls, outputs: np.ndarray, names: Sequence[str] = ()) -> Mask:
            return cls(outputs > 0)

    images = torch.tensor([[[[1.0, -1.0]]]])
    assert Subject(nn.Identity(), images).answer(Mask).values.tolist() == [[[[True, False]]]]
    with pytest.raises(NotApplicable, match="output of shape 2 does not fit this probe"):
        Subject(nn.Identity(), images.reshape(1, 2)).answer(Mask)


@pytest.mark.parametrize("module", [hooks, probes, *(
    importlib.import_module(f"explorer.probes.{module.name}") for module in pkgutil.iter_modules(probes.__path__))],
    ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0
