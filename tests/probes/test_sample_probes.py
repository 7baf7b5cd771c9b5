"""Probes of the test samples and of the input, against the model's own answers one sample at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from explorer import data, network, tasks, zoo
from explorer.formatting import format_character
from explorer.probes import NotApplicable, Subject, samples
from explorer.probes.network_input import compute_network_input
from explorer.probes.samples import compute_samples
from explorer.probes.thumbnails import PlacesParam, compute_thumbnails, shrink
from explorer.recipe import LOSSES
from explorer.spec import BadValue
from explorer.training.loop.parts import load_parts


@dataclass(frozen=True)
class Source:
    """A test set in memory, as a run's is lent."""

    part: data.Samples

    def __len__(self) -> int:
        return len(self.part)

    def inputs(self, places: Sequence[int] | slice) -> torch.Tensor:
        return data.to_float(self.part.inputs[places].clone())

    def targets(self, places: Sequence[int] | slice) -> torch.Tensor:
        return self.part.targets[places]

    def target_name(self, place: int) -> str:
        return self.part.target_name(place)


def subject_of(recipe, count=300, **known) -> Subject:
    part = load_parts(recipe).test.take(slice(0, count))
    source = Source(part)
    model = network.build(recipe.network, seed=2)
    return Subject(model, source.inputs(slice(0, 1)), recipe, part.class_names, samples=source,
                   **{"target": part.targets[:1], **known})


def on_digits(name: str):
    recipe = zoo.recipe(name)
    return recipe.with_(data=recipe.data.__class__("digits")) if recipe.data.name == "mnist" else recipe


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch):
    monkeypatch.setattr(samples, "BUDGET_S", 600)


RECIPES = {name: on_digits(name) for name in ("lenet", "mlp", "playground", "linear_regression", "char_rnn")}


@pytest.mark.parametrize("name", RECIPES)
def test_every_row_is_what_the_model_answers_to_that_sample_alone(name):
    subject = subject_of(RECIPES[name], 40)
    table, learner = compute_samples(subject, first=0), tasks.learner(subject.recipe)
    assert table.of == len(table.loss) == len(subject.samples)
    subject.model.eval()
    for place in range(0, len(table.loss), 7):
        with torch.no_grad():
            outputs = subject.model(subject.samples.inputs([place]))
        target = subject.samples.targets([place])
        assert np.isclose(table.loss[place], learner.loss(outputs, target).item(), rtol=1e-4)
        if table.kind == "number":
            assert np.isclose(table.predicted[place], outputs[0, 0].item(), rtol=1e-4)
            assert np.isclose(table.targets[place], target[0, 0].item())
        else:
            odds = torch.tensor(tasks.answer(subject.recipe, outputs).values).reshape(-1, len(table.names))[-1]
            assert table.predicted[place] == odds.argmax()
            assert np.isclose(table.confidence[place], odds.max(), rtol=1e-4)
            assert table.names[int(table.targets[place])] == format_character(subject.samples.target_name(place))
            assert table.right[place] == (table.predicted[place] == table.targets[place])


@pytest.mark.parametrize("task", ["classification", "binary"])
def test_each_loss_of_a_task_is_known_for_each_sample(task):
    recipe = zoo.recipe("playground")
    for loss in tasks.TASKS.get(task).losses:
        tried = recipe.with_(task=task, loss=recipe.loss.__class__(loss))
        outputs = torch.randn(6, 1 if task == "binary" else 2, generator=torch.Generator().manual_seed(1))
        targets, learner = torch.tensor([0, 1, 1, 0, 1, 0]), tasks.learner(tried)
        alone = [learner.loss(outputs[i:i + 1], targets[i:i + 1]).item() for i in range(6)]
        assert np.allclose(samples.judge(tried, outputs, targets, ("a", "b")).loss, alone, atol=1e-6)
        assert LOSSES.get(loss).title


def test_where_time_is_short_the_rest_is_asked_for_in_turn(monkeypatch):
    subject = subject_of(RECIPES["lenet"])
    whole = compute_samples(subject, 0)
    monkeypatch.setattr(samples, "BUDGET_S", 0)
    first, last = compute_samples(subject, 0), compute_samples(subject, 299)
    assert (first.first, len(first.loss), last.first, len(last.loss), first.of) == (0, 1, 299, 1, 300)
    assert [first.predicted[0], last.predicted[0]] == whole.predicted[[0, 299]].tolist()
    with pytest.raises(NotApplicable):
        compute_samples(subject, 300)


def test_a_slow_network_is_held_for_the_budget_and_not_for_a_large_batch(monkeypatch):
    subject, clock, passes = subject_of(RECIPES["lenet"]), [0.0], []

    def forward(_module, inputs, _output):  # a network that takes almost 50 ms a sample, on a clock of its own
        passes.append(len(inputs[0]))
        clock[0] += 0.0499 * len(inputs[0])

    subject.model.register_forward_hook(forward)
    monkeypatch.setattr(samples, "BUDGET_S", 0.15)
    monkeypatch.setattr(samples.time, "monotonic", lambda: clock[0])
    assert len(compute_samples(subject, 0).loss) == 3
    assert passes == [1, 2]


def test_a_network_whose_outputs_are_no_numbers_has_a_table_all_the_same():
    subject = subject_of(RECIPES["lenet"], 5)
    for parameter in subject.model.parameters():
        parameter.data.fill_(torch.nan)
    assert np.isnan(compute_samples(subject, first=0).loss).all()


def test_pieces_are_the_ends_of_the_texts():
    table = compute_samples(subject_of(RECIPES["char_rnn"], 3), first=0)
    assert table.kind == "character"
    opening = "".join(data.load("alice")[1].class_names[token] for token in data.load("alice")[1].inputs[0].tolist())
    assert table.pieces[0] in opening


def test_rows_of_numbers_are_written_out_and_images_are_not():
    subject = subject_of(RECIPES["linear_regression"], 3)
    written = compute_samples(subject, first=0).pieces[1].replace("−", "-").split(", ")
    assert np.allclose([float(number) for number in written], subject.samples.inputs([1])[0], rtol=1e-2)
    assert compute_samples(subject_of(RECIPES["mlp"], 3), first=0).pieces == ()


def test_thumbnails_are_the_samples_themselves_where_these_are_small():
    subject = subject_of(RECIPES["lenet"], 9)
    found = compute_thumbnails(subject, (7, 2, 99))
    assert found.places.tolist() == [7, 2]
    assert np.array_equal(found.pixels[:, :, :, 0], subject.samples.part.inputs[[7, 2], 0].numpy())


def test_thumbnails_of_a_flattened_input_are_pictures():
    assert compute_thumbnails(subject_of(RECIPES["mlp"], 9), (0,)).pixels.shape[1:] == (28, 28, 1)


def test_large_pictures_are_shrunk_in_proportion():
    assert shrink(torch.ones(1, 3, 224, 112)).shape == (1, 3, 32, 16)
    assert (shrink(torch.ones(1, 3, 224, 112)) == 255).all()


def test_what_has_no_samples_or_no_pictures_is_one_sentence():
    without = Subject(torch.nn.Linear(2, 2), torch.zeros(1, 2))
    for compute, option in ((compute_samples, 0), (compute_thumbnails, (0,))):
        with pytest.raises(NotApplicable):
            compute(without, option)
    with pytest.raises(NotApplicable):
        compute_thumbnails(subject_of(RECIPES["playground"]), (0,))


@pytest.mark.parametrize("places", [[], 3, [-1], ["1"], [True], list(range(257))], ids=str)
def test_places_that_are_none_are_refused(places):
    with pytest.raises(BadValue):
        PlacesParam("places", "Samples").parse(places)


@pytest.mark.parametrize("name", RECIPES)
def test_the_input_is_what_the_model_takes_with_its_target_and_answer(name):
    subject = subject_of(RECIPES[name], 40)
    table, found = compute_samples(subject, first=0), compute_network_input(subject)
    assert np.array_equal(found.values, subject.batch[0].numpy())
    if table.kind == "number":
        assert (found.right, found.confidence) == (None, None)
        assert float(found.target.replace("−", "-")) == pytest.approx(table.targets[0], rel=1e-3)
    else:
        assert found.right == bool(table.right[0])
        assert found.confidence == pytest.approx(table.confidence[0], rel=1e-5)


def test_a_text_typed_in_part_is_compared_where_it_ends():
    subject = subject_of(RECIPES["char_rnn"], 4, tokens=5)
    found = compute_network_input(subject)
    names, piece = subject.class_names, subject.samples.targets([0])[0]
    assert found.tokens == 5
    assert found.target == format_character(names[piece[4]])


def test_an_input_of_ones_own_has_no_target():
    for recipe in RECIPES.values():
        found = compute_network_input(subject_of(recipe, 4, target=None))
        assert (found.target, found.right) == ("", None)
        assert found.predicted


def test_of_two_inputs_the_difference_is_shown():
    subject = subject_of(RECIPES["lenet"], 4)
    second = subject.samples.inputs([3])
    found = compute_network_input(Subject(subject.model, subject.batch, subject.recipe, against=second))
    assert found.is_difference
    assert np.array_equal(found.values, (subject.batch - second)[0].numpy())
