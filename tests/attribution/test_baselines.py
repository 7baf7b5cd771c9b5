"""Baselines: what each of them is, and arrays in their place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.attribution import METHODS, CannotAttribute, attribute
from explorer.attribution.baselines import BASELINE, make_baseline
from explorer.spec import BadValue

PICTURES = torch.rand(3, 2, 16, 16, generator=torch.Generator().manual_seed(0))


def test_zero_mean_and_white_are_made_of_the_data() -> None:
    others = torch.stack([torch.zeros(2, 16, 16), torch.ones(2, 16, 16) * 3])
    assert not make_baseline("zero", PICTURES).any()
    assert (make_baseline("mean", PICTURES, lambda: others) == 1.5).all()
    assert (make_baseline("white", PICTURES, lambda: others) == 3).all()
    assert torch.allclose(make_baseline("mean", PICTURES)[0, 0], PICTURES.mean(0))


def test_noise_lies_within_the_data_and_is_the_same_again() -> None:
    first, again = (make_baseline("noise", PICTURES) for _ in range(2))
    assert torch.equal(first, again)
    assert PICTURES.min() <= first.min() <= first.max() <= PICTURES.max()
    assert first.std() > 0.2


def test_a_blurred_input_keeps_its_brightness_and_little_else() -> None:
    flat = torch.full((1, 2, 16, 16), 0.7)
    assert torch.allclose(make_baseline("blur", flat)[0], flat)
    blurred = make_baseline("blur", PICTURES)[0]
    assert blurred.shape == PICTURES.shape
    assert blurred.std() < PICTURES.std() / 4
    assert (blurred.mean((2, 3)) - PICTURES.mean((2, 3))).abs().max() < 0.1


def test_only_pictures_are_blurred() -> None:
    with pytest.raises(CannotAttribute, match="Only a picture"):
        make_baseline("blur", torch.zeros(1, 5))


def test_the_mean_of_a_single_input_is_refused() -> None:
    with pytest.raises(CannotAttribute, match="mean of one input"):
        make_baseline("mean", PICTURES[:1])


@pytest.mark.parametrize("shape", [(2, 16, 16), (1, 2, 16, 16), (3, 2, 16, 16)])
def test_an_array_of_the_inputs_shape_is_taken_as_it_is(shape: tuple[int, ...]) -> None:
    chosen = BASELINE.parse(np.full(shape, 0.25))
    assert (make_baseline(chosen, PICTURES) == 0.25).all()


@pytest.mark.parametrize("shape", [(16, 16), (2, 2, 16, 16), (2, 16, 17)])
def test_an_array_of_another_shape_is_refused_in_one_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match=r"The baseline has the shape .* but an input has 2×16×16"):
        make_baseline(torch.zeros(shape), PICTURES)


@pytest.mark.parametrize("name", BASELINE.options)
def test_differences_are_measured_from_the_baseline_that_was_chosen(name: str) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(512, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    found = attribute(METHODS.get("integrated_gradients"), model, PICTURES, lambda outputs: outputs,
                      torch.tensor([0, 1, 0]), {"baseline": name})
    start = make_baseline(name, PICTURES)[0].expand_as(PICTURES)
    with torch.no_grad():
        expected = (model(PICTURES) - model(start))[torch.arange(3), torch.tensor([0, 1, 0])]
    assert torch.allclose(found.differences.float(), expected, atol=1e-6)
    assert found.error < 0.01
