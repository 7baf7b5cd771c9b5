"""Each loss equals its formula, written out here."""

from __future__ import annotations

import math

import pytest
import torch

from explorer import tasks, training
from explorer.recipe import LOSSES, Recipe, choose
from explorer.spec import BadValue
from explorer.training import train
from explorer.training.records.metrics import read_epochs
from explorer.training.runs.store import RunStore
from tests.training.small_runs import plane_recipe

LOGITS = [[2.0, -1.0, 0.5], [0.0, 0.0, 3.0]]
CLASSES = [0, 1]


def loss_of(name: str, outputs: list[list[float]], targets: list, task: str, **params: float) -> float:
    recipe = plane_recipe().with_(task=task, loss=choose(LOSSES, name, params))
    kind = torch.int64 if task in ("classification", "binary") else torch.float32
    return tasks.learner(recipe).loss(torch.tensor(outputs), torch.tensor(targets, dtype=kind)).item()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_cross_entropy_spreads_the_smoothed_share_over_all_classes(smoothing: float) -> None:
    expected = 0.0
    for logits, right in zip(LOGITS, CLASSES, strict=True):
        total = math.log(sum(math.exp(o) for o in logits))
        target = [(1 - smoothing) * (k == right) + smoothing / 3 for k in range(3)]
        expected -= sum(q * (o - total) for q, o in zip(target, logits, strict=True)) / 2
    found = loss_of("cross_entropy", LOGITS, CLASSES, "classification", label_smoothing=smoothing)
    assert found == pytest.approx(expected, rel=1e-6)


def test_binary_cross_entropy_is_that_of_the_logistic_function() -> None:
    outputs, targets = [[0.3], [-2.0], [1.5]], [1, 0, 0]
    probabilities = [1 / (1 + math.exp(-o)) for (o,) in outputs]
    expected = -sum(math.log(p if y else 1 - p) for p, y in zip(probabilities, targets, strict=True)) / 3
    assert loss_of("binary_cross_entropy", outputs, targets, "binary") == pytest.approx(expected, rel=1e-6)


def test_the_perceptrons_loss_counts_only_what_is_on_the_wrong_side() -> None:
    outputs, targets = [[0.3], [-2.0], [1.5], [-0.5]], [1, 0, 0, 1]
    assert loss_of("perceptron", outputs, targets, "binary") == pytest.approx((1.5 + 0.5) / 4)


@pytest.mark.parametrize(("name", "params", "expected"), [
    ("mse", {}, (0.5**2 + 3**2) / 2), ("l1", {}, (0.5 + 3) / 2), ("huber", {}, (0.5 * 0.5**2 + (3 - 0.5)) / 2),
    ("huber", {"delta": 2.0}, (0.5 * 0.5**2 + 2 * (3 - 1)) / 2)])
def test_the_losses_of_numbers_are_their_formulas(name: str, params: dict[str, float], expected: float) -> None:
    assert loss_of(name, [[1.5], [-1.0]], [[1.0], [2.0]], "regression", **params) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "power"), [("mse", 2), ("l1", 1)])
def test_the_losses_of_numbers_compare_probabilities_with_one_hot_targets_for_classes(name: str, power: int) -> None:
    expected = 0.0
    for logits, right in zip(LOGITS, CLASSES, strict=True):
        total = sum(math.exp(o) for o in logits)
        expected += sum(abs(math.exp(o) / total - (k == right))**power for k, o in enumerate(logits)) / 6
    assert loss_of(name, LOGITS, CLASSES, "classification") == pytest.approx(expected, rel=1e-6)


def test_every_loss_is_computed_above() -> None:
    assert LOSSES.names() == ["cross_entropy", "binary_cross_entropy", "perceptron", "mse", "l1", "huber"]


def test_another_task_brings_its_own_loss_along() -> None:
    recipe = plane_recipe()
    assert recipe.with_(task="regression").loss.name == "mse"
    assert recipe.with_(task="regression", loss=choose(LOSSES, "huber", {})).loss.name == "huber"
    assert recipe.with_(task="binary", loss=choose(LOSSES, "perceptron", {})).with_(epochs=2).loss.name == "perceptron"
    assert recipe.with_(loss=choose(LOSSES, "mse", {})).with_(task="regression").loss.name == "mse"


def test_a_loss_given_with_a_task_that_it_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(BadValue, match="Choose Cross-entropy, Mean squared error or Mean absolute error"):
        plane_recipe().with_(loss=choose(LOSSES, "huber", {}))
    with pytest.raises(BadValue, match="Perceptron is not a loss for Regression"):
        plane_recipe().with_(task="regression", loss=choose(LOSSES, "perceptron", {}))


def test_a_document_whose_loss_does_not_fit_opens_with_a_problem_that_names_those_that_do() -> None:
    document = {**plane_recipe().to_dict(), "loss": {"name": "huber"}}
    recipe = Recipe.from_dict(document)
    assert recipe.loss.name == "huber" and recipe.with_(epochs=3).loss.name == "huber"
    (problem,) = training.problems(recipe)
    assert problem.address == "loss" and "Choose Cross-entropy" in str(problem.message)
    assert training.problems(recipe.with_(loss=choose(LOSSES, "mse", {}))) == []


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "perceptron"])
def test_one_number_separates_two_classes(tmp_path, loss: str) -> None:
    from explorer.document import chain
    from explorer.recipe import Chosen

    net = chain("One", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
    recipe = Recipe(net, data=Chosen("gaussians")).with_(task="binary", loss=choose(LOSSES, loss, {}), epochs=5)
    run, status = train(recipe.with_optimizer("sgd", lr=0.1), RunStore(tmp_path))
    assert status.state == "finished", status.reason
    assert read_epochs(run.metrics_path)[-1].value("validation", "accuracy") > 0.95
