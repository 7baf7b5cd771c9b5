"""Each loss equals its formula, written out here."""

from __future__ import annotations

import math

import pytest
import torch
from small_runs import plane_recipe

from explorer.recipe import LOSSES, choose
from explorer.training import train
from explorer.training.loop.task import task_of
from explorer.training.records.metrics import read_epochs
from explorer.training.runs.store import RunStore

LOGITS = [[2.0, -1.0, 0.5], [0.0, 0.0, 3.0]]
CLASSES = [0, 1]


def loss_of(name: str, outputs: list[list[float]], targets: list, task: str, **params: float) -> float:
    recipe = plane_recipe(task=task).with_(loss=choose(LOSSES, name, params))
    kind = torch.int64 if task in ("classification", "binary") else torch.float32
    return task_of(recipe).loss(torch.tensor(outputs), torch.tensor(targets, dtype=kind)).item()


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


def test_every_loss_is_computed_above() -> None:
    assert LOSSES.names() == ["cross_entropy", "binary_cross_entropy", "perceptron", "mse", "l1", "huber"]


def test_another_task_brings_its_own_loss_along() -> None:
    recipe = plane_recipe()
    assert recipe.with_(task="regression").loss.name == "mse"
    assert recipe.with_(task="regression", loss=choose(LOSSES, "huber", {})).loss.name == "huber"
    assert recipe.with_(task="binary", loss=choose(LOSSES, "perceptron", {})).with_(epochs=2).loss.name == "perceptron"


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "perceptron"])
def test_one_number_separates_two_classes(tmp_path, loss: str) -> None:
    from explorer.document import chain
    from explorer.recipe import Chosen, Recipe

    net = chain("One", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
    recipe = Recipe(net, data=Chosen("gaussians")).with_(task="binary", loss=choose(LOSSES, loss, {}), epochs=5)
    run, status = train(recipe.with_optimizer("sgd", lr=0.1), RunStore(tmp_path))
    assert status.state == "finished", status.reason
    assert read_epochs(run.metrics_path)[-1].value("validation", "accuracy") > 0.95
