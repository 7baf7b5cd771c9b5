"""Corruption: each by degrees, none at severity 0, the same at every call."""

from __future__ import annotations

import pytest
import torch

from explorer.data import changes
from explorer.intervention.corruption import CORRUPTIONS, InputKind, corrupt, corruptions_of

IMAGES = torch.rand(5, 1, 12, 16, generator=torch.Generator().manual_seed(0))
ROWS = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 10.0, 0.1])
TEXTS = torch.arange(40).reshape(4, 10) % 7
KINDS = {"image": (IMAGES, InputKind(shape=(1, 12, 16))),
         "numbers": (ROWS, InputKind(means=ROWS.mean(0), stds=ROWS.std(0))),
         "tokens": (TEXTS, InputKind(vocabulary=7))}


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
def test_severity_zero_changes_nothing_and_the_largest_changes_the_same_at_every_call(corruption):
    batch, kind = KINDS[corruption.kind]
    before = batch.clone()
    assert torch.equal(corrupt(corruption, batch, 0, kind), batch)
    worst = corrupt(corruption, batch, corruption.most(kind), kind)
    assert worst.shape == batch.shape and worst.dtype == batch.dtype
    assert not torch.equal(worst, batch) and torch.equal(batch, before)
    assert torch.equal(corrupt(corruption, batch, corruption.most(kind), kind), worst)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
def test_a_corruption_draws_from_no_global_generator(corruption):
    batch, kind = KINDS[corruption.kind]
    before = torch.get_rng_state()
    corrupt(corruption, batch, corruption.most(kind), kind)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("corruption", corruptions_of(KINDS["image"][1]), ids=lambda corruption: corruption.name)
def test_flattened_images_are_corrupted_as_images_are_and_stay_within_their_range(corruption):
    kind = KINDS["image"][1]
    whole = corrupt(corruption, IMAGES, corruption.most(kind) / 2, kind)
    flat = corrupt(corruption, IMAGES.flatten(1), corruption.most(kind) / 2, kind)
    assert torch.equal(flat, whole.flatten(1))
    assert whole.min() >= 0 and whole.max() <= 1


def test_noise_is_the_noise_of_the_pages_own_slider():
    kind = KINDS["image"][1]
    assert torch.equal(corrupt(CORRUPTIONS.get("noise"), IMAGES, 0.3, kind), changes.apply(IMAGES, {"noise": 0.3}))


def test_a_patch_covers_its_share_of_the_area_and_a_larger_one_covers_a_smaller_one():
    bright, kind = torch.ones(64, 3, 20, 20), InputKind(shape=(3, 20, 20))
    patches = [corrupt(CORRUPTIONS.get("occlusion"), bright, share, kind) == 0 for share in (4, 25, 49)]
    assert [patch.float().mean((1, 2, 3)).unique().tolist() for patch in patches] == [
        [pytest.approx(0.04)], [pytest.approx(0.25)], [pytest.approx(0.49)]]
    centers = patches[0].flatten(1).float().argmax(1)
    assert len(centers.unique()) > 10  # not at one place
    assert bool((patches[2] >= patches[0]).all())


def test_noise_of_a_table_is_measured_in_each_features_own_standard_deviation():
    kind = KINDS["numbers"][1]
    noise = corrupt(CORRUPTIONS.get("table_noise"), ROWS, 2.0, kind) - ROWS
    assert torch.allclose(noise.std(0) / kind.stds, torch.full((3,), 2.0), rtol=0.15)


def test_dropped_features_have_the_mean_and_are_as_many_as_asked_for_in_each_sample():
    kind = KINDS["numbers"][1]
    dropped = corrupt(CORRUPTIONS.get("dropped"), ROWS, 2, kind) == kind.means
    assert dropped.sum(1).unique().tolist() == [2]
    assert dropped.any(0).all()


def test_replaced_characters_are_others_in_the_vocabulary_and_stay_replaced_at_a_larger_share():
    texts, kind = torch.zeros(50, 100, dtype=torch.int64), InputKind(vocabulary=7)
    few, many = (corrupt(CORRUPTIONS.get("replaced"), texts, share, kind) for share in (10, 40))
    assert 0.08 < (few != 0).float().mean() < 0.12 and 0.37 < (many != 0).float().mean() < 0.43
    assert bool(((many != 0) >= (few != 0)).all()) and many.max() == 6
    assert torch.equal(many[few != 0], few[few != 0])
