"""The samples of a run, as the pages look at them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import data, network, zoo
from explorer.inspection.held_out import HeldOut
from explorer.recipe import Chosen
from explorer.ui.widgets import samples

RECIPE = zoo.recipe("lenet_relu")


@pytest.fixture(scope="module")
def part() -> HeldOut:
    return samples.test_part(RECIPE)


def test_the_test_part_is_the_one_that_training_never_sees(part):
    _, test = data.load("digits")
    assert len(part) == len(test)
    assert torch.equal(part.targets(slice(None)), test.targets)
    assert tuple(part.inputs([0]).shape[1:]) == (1, 28, 28)


def test_one_sample_is_a_batch_of_one_as_the_model_takes_it(part):
    batch = part.inputs([5])
    assert batch.dtype == torch.float32 and tuple(batch.shape) == (1, 1, 28, 28)
    _, test = data.load("digits")
    assert torch.equal(batch, data.to_float(data.fit(test.take([5]), (1, 28, 28), data.get("digits"))[0].inputs))
    assert network.build(RECIPE.network)(batch).shape == (1, 10)


@pytest.mark.parametrize("name", ["lenet_relu", "playground"])
def test_looking_at_a_sample_does_not_change_it(name):
    held = samples.test_part(zoo.recipe(name))
    before = held.inputs([3])
    held.inputs([3]).add_(1)
    assert torch.equal(held.inputs([3]), before)


def test_the_strip_shows_twelve_samples_with_index_and_answer(part):
    grid = samples.strip(part, 24)
    assert grid.values.shape == (12, 28, 28)
    assert np.allclose(grid.values[2], part.inputs([26])[0, 0])
    assert grid.labels[2] == f"26: {part.class_names[int(part.targets([26])[0])]}"
    assert not grid.signed


def test_the_last_strip_ends_with_the_last_sample(part):
    grid = samples.strip(part, len(part) - 5)
    assert len(grid.values) == len(grid.labels) == 5


def test_numbers_are_a_row_and_may_be_negative():
    points = samples.test_part(zoo.recipe("playground"))
    grid = samples.strip(points, 0)
    assert grid.values.shape == (12, 1, 2)
    assert grid.signed == bool((points.inputs(slice(0, 12)) < 0).any())


def test_the_answer_of_a_regression_is_its_number():
    targets = samples.test_part(zoo.recipe("linear_regression"))
    assert float(targets.target_name(0)) == pytest.approx(float(targets.targets([0]).reshape(-1)[0]), rel=1e-3)


def test_only_gray_images_take_drawings():
    takes = {name for name in data.names() if samples.takes_drawings(RECIPE.with_(data=Chosen(name)))}
    assert takes == {"digits", "mnist", "fashion_mnist", "kmnist"}
