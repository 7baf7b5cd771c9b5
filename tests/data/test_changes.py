"""Changes to an input, against what is computed by hand."""

import math

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as torchvision

from explorer import data
from explorer.data.changes import CHANGES, apply, changes_for
from explorer.spec import BadValue, defaults

IMAGES = torch.rand(2, 3, 9, 12, generator=torch.Generator().manual_seed(1))


def gray(images: torch.Tensor) -> torch.Tensor:
    return (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)


@pytest.mark.parametrize("changes", [{}, defaults(CHANGES), {"gamma": 1, "rotate": 0.0}], ids=["none", "all", "some"])
def test_neutral_changes_give_the_batch_itself(changes):
    assert apply(IMAGES, changes) is IMAGES


def test_whole_pixels_of_shift_move_every_pixel_by_as_many_and_black_follows():
    shifted = apply(IMAGES, {"shift_x": 3, "shift_y": -2}).numpy()
    assert np.allclose(shifted[:, :, :-2, 3:], IMAGES[:, :, 2:, :-3].numpy(), atol=1e-5)
    assert shifted[:, :, -2:].max() < 1e-5 and shifted[:, :, :, :3].max() < 1e-5


@pytest.mark.parametrize(("degrees", "turns"), [(90, -1), (-90, 1), (180, 2)])
def test_quarter_turns_are_exact(degrees, turns):
    square = IMAGES[..., :9]
    assert torch.allclose(apply(square, {"rotate": degrees}), torch.rot90(square, turns, (2, 3)), atol=1e-5)


@pytest.mark.parametrize("values", [(17, 3, -2, 1.3), (-140, 0, 0.5, 0.6), (0, 1.25, 2.5, 1)], ids=str)
def test_every_move_is_torchvisions(values):
    degrees, right, down, scale = values
    expected = torchvision.affine(IMAGES, degrees, [right, down], scale, [0.0, 0.0],
                                  interpolation=torchvision.InterpolationMode.BILINEAR)
    moved = apply(IMAGES, {"rotate": degrees, "shift_x": right, "shift_y": down, "scale": scale})
    assert torch.allclose(moved, expected, atol=1e-4)


@pytest.mark.parametrize("sigma", [0.4, 1, 2.3])
def test_blur_is_torchvisions(sigma):
    size = 2 * math.ceil(3 * sigma) + 1
    assert torch.allclose(apply(IMAGES, {"blur": sigma}), torchvision.gaussian_blur(IMAGES, [size, size], [sigma] * 2),
                          atol=1e-5)


@pytest.mark.parametrize("sigma", [0.0, 1e-30, 0.04])
def test_a_blur_that_reaches_no_neighbor_changes_nothing(sigma):
    image = torch.rand(1, 1, 5, 5)
    assert torch.equal(apply(image, {"blur": sigma}), image)


def test_scale_two_shows_the_middle_at_twice_its_size():
    even = torch.zeros(1, 1, 8, 8)
    even[..., 2:6, 2:6] = 1
    assert torch.allclose(apply(even, {"scale": 2})[..., 1:-1, 1:-1], torch.ones(6, 6))


def test_blur_is_a_sum_weighted_by_the_normal_density():
    point = torch.zeros(1, 1, 15, 15)
    point[..., 7, 7] = 1
    weights = np.exp(-np.arange(-7, 8) ** 2 / 2 / 1.5**2) * (abs(np.arange(-7, 8)) <= 5)
    expected = np.outer(weights, weights) / weights.sum() ** 2
    assert np.allclose(apply(point, {"blur": 1.5})[0, 0], expected, atol=1e-6)


@pytest.mark.parametrize("factor", [0, 0.4, 1.7])
def test_brightness_contrast_and_gamma_are_their_formulas(factor):
    assert torch.allclose(apply(IMAGES, {"brightness": factor}), (factor * IMAGES).clamp(0, 1))
    mean = gray(IMAGES).mean((1, 2, 3), keepdim=True)
    assert torch.allclose(apply(IMAGES, {"contrast": factor}), (mean + factor * (IMAGES - mean)).clamp(0, 1), atol=1e-6)
    power = factor or 0.2
    assert torch.allclose(apply(IMAGES, {"gamma": power}), IMAGES**power)


def test_clahe_evens_out_the_histogram_of_a_dim_gradient_and_keeps_its_order():
    dim = (0.4 + 0.1 * torch.arange(64.0) / 64).expand(1, 1, 64, 64).contiguous()
    done = apply(dim, {"clahe": 0.02})[0, 0]
    assert done.max() - done.min() > 0.9
    assert (done.mean(0).diff() > -0.02).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (28, 28)], ids=str)
def test_every_change_of_every_size_stays_an_image(channels, size):
    images = torch.rand(1, channels, *size)
    for change in CHANGES:
        for value in {max(change.low, -5), min(change.high, 5)}:
            changed = apply(images, {change.name: value})
            assert changed.shape == images.shape and changed.dtype == images.dtype
            assert changed.isfinite().all() and changed.min() >= 0 and changed.max() <= 1


def test_noise_has_the_standard_deviation_asked_for_and_stays_where_it_is():
    numbers = torch.zeros(1, 4000)
    noise = apply(numbers, {"noise": 0.5})
    assert math.isclose(noise.std().item(), 0.5, rel_tol=0.05)
    assert torch.allclose(apply(numbers, {"noise": 0.25}), noise / 2)
    drawn = torch.get_rng_state()
    apply(numbers, {"noise": 0.5})
    assert torch.equal(torch.get_rng_state(), drawn)


def test_numbers_take_noise_alone_and_tokens_nothing():
    numbers, tokens = torch.rand(1, 5), torch.tensor([[1, 2]])
    assert torch.equal(apply(numbers, {"shift_x": 2, "gamma": 3}), numbers)
    assert apply(tokens, {"noise": 1}) is tokens


def test_flattened_images_change_as_images_do():
    flat = IMAGES.flatten(1)
    assert torch.equal(apply(flat, {"rotate": 30, "noise": 0.1}, (3, 9, 12)),
                       apply(IMAGES, {"rotate": 30, "noise": 0.1}).flatten(1))


def test_geometry_comes_before_light_and_noise_comes_last():
    both = apply(IMAGES, {"noise": 0.3, "brightness": 0.5, "shift_x": 2})
    in_steps = apply(apply(apply(IMAGES, {"shift_x": 2}), {"brightness": 0.5}), {"noise": 0.3})
    assert torch.equal(both, in_steps)


@pytest.mark.parametrize("changes", [{"rotate": 181}, {"gamma": "x"}, {"zoom": 2}, {"noise": float("nan")}])
def test_a_change_out_of_range_or_unknown_is_one_sentence(changes):
    with pytest.raises(BadValue) as caught:
        apply(IMAGES, changes)
    assert str(caught.value.sentence).endswith(".")


def test_the_limits_of_a_shift_are_half_the_image():
    offered = {change.name: change for change in changes_for(data.get("cifar10"), (3, 40, 20))}
    assert (offered["shift_x"].high, offered["shift_y"].low) == (10, -20)
    assert changes_for(data.get("alice"), (64,)) == ()
