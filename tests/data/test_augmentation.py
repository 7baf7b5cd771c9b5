"""Augmentations: each does to pixels what its name promises, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torchvision.transforms.functional import InterpolationMode, rotate

from explorer.data.augmentation import AUGMENT, augment
from explorer.recipe import AUGMENTATIONS, choose


def images(count: int = 64, channels: int = 3, height: int = 9, width: int = 7) -> Tensor:
    return torch.rand(count, channels, height, width, generator=Generator().manual_seed(0))


def apply(name: str, x: Tensor, seed: int = 1, **params: Any) -> Tensor:
    chosen = choose(AUGMENTATIONS, name, params)
    return augment(x, [(name, chosen.params)], Generator().manual_seed(seed))


def test_every_augmentation_can_be_done() -> None:
    assert set(AUGMENT) == set(AUGMENTATIONS.names())


@pytest.mark.parametrize("name", AUGMENTATIONS.names())
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_shape_range_and_input_are_kept_and_the_seed_decides(name: str, channels: int) -> None:
    x = images(channels=channels)
    before = x.clone()
    first, again, other = (apply(name, x, seed) for seed in (1, 1, 2))
    assert torch.equal(x, before)
    assert first.shape == x.shape
    assert first.dtype == torch.float32
    assert first.min() >= 0 and first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, x)


def test_flipped_images_are_mirrored_whole_and_about_the_share_asked_for() -> None:
    x = images(400)
    out = apply("flip", x, share=0.25)
    mirrored = [torch.equal(o, i.flip(2)) for o, i in zip(out, x, strict=True)]
    same = [torch.equal(o, i) for o, i in zip(out, x, strict=True)]
    assert all(m != s for m, s in zip(mirrored, same, strict=True))
    assert 60 <= sum(mirrored) <= 140  # five standard deviations about 100


def test_a_crop_is_a_shift_with_black_behind() -> None:
    x = images(50) + 1  # no pixel is black
    out = apply("crop", x, padding=2)
    shifts = set()
    for after, before in zip(out, x, strict=True):
        padded = torch.nn.functional.pad(before, (2, 2, 2, 2))
        places = [(r, c) for r in range(5) for c in range(5) if torch.equal(padded[:, r:r + 9, c:c + 7], after)]
        assert len(places) == 1
        shifts.add(places[0])
    assert len(shifts) > 12
    assert torch.equal(apply("crop", x, padding=0), x)


def test_a_rotation_by_no_angle_is_nothing_and_by_any_is_torchvisions() -> None:
    x = images(8, height=9, width=9)
    assert torch.allclose(apply("rotation", x, degrees=0.0), x, atol=1e-6)
    drawn = torch.rand(8, 1, 1, 1, generator=Generator().manual_seed(5)).flatten()
    out = apply("rotation", x, seed=5, degrees=40.0)
    for index in range(8):
        angle = -40 + 80 * drawn[index].item()
        theirs = rotate(x[index], -angle, InterpolationMode.BILINEAR)  # theirs count against the clock
        inside = (slice(None), slice(3, 6), slice(3, 6))  # they cut off at the border, we fade
        assert min((out[index] - turned)[inside].abs().max() for turned in (
            theirs, rotate(x[index], angle, InterpolationMode.BILINEAR))) < 1e-4


def test_without_any_strength_colors_stay_and_a_gray_image_has_no_saturation() -> None:
    x = images()
    assert torch.allclose(apply("color_jitter", x, brightness=0.0, contrast=0.0, saturation=0.0), x, atol=1e-6)
    gray = images(channels=1).expand(-1, 3, -1, -1)
    assert torch.allclose(apply("color_jitter", gray, brightness=0.0, contrast=0.0, saturation=1.0), gray, atol=1e-5)


def test_erasing_blackens_one_rectangle_no_larger_than_allowed() -> None:
    x = images(200, height=20, width=20) + 1
    out = apply("erasing", x, share=0.5, area=0.25)
    erased = 0
    for image in out:
        black = image[0] == 0
        if not black.any():
            continue
        erased += 1
        rows, columns = black.any(1).nonzero().flatten(), black.any(0).nonzero().flatten()
        height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        assert black.sum() == height * width
        assert height * width <= (math.sqrt(0.25 * 400) + 1) ** 2 * 1.5
    assert 60 <= erased <= 140


def test_noise_has_the_spread_asked_for() -> None:
    x = torch.full((10, 1, 50, 50), 0.5)
    assert (apply("noise", x, std=0.05) - x).std() == pytest.approx(0.05, rel=0.03)
