"""Normalization and dropout against their definitions."""

from __future__ import annotations

import math

import pytest
import torch

from tests.blocks.building import built


def test_batch_norm2d_normalizes_each_channel_over_batch_height_and_width() -> None:
    x = torch.randn(4, 3, 5, 6) * 3 + 2
    out = built("batch_norm2d", (3, 5, 6))(x)
    mean, variance = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, unbiased=False)
    assert torch.allclose(out, (x - mean) / (variance + 1e-5).sqrt(), atol=1e-5)


def test_batch_norm1d_normalizes_each_feature_and_follows_the_batches_for_later() -> None:
    norm, x = built("batch_norm1d", (3,), momentum=0.5), torch.tensor([[0.0, 1, 2], [2.0, 5, 2]])
    assert norm(x)[:, 0].tolist() == pytest.approx([-1, 1], abs=1e-4)
    assert norm.running_mean.tolist() == [0.5, 1.5, 1.0]
    norm.eval()
    assert norm(torch.tensor([[0.5, 1.5, 1.0]])).abs().max() < 1e-6


def test_layer_norm_normalizes_each_sample_on_its_own() -> None:
    x = torch.randn(4, 2, 3, 3)
    whole = built("layer_norm", (2, 3, 3), axes=3)(x)
    assert torch.allclose(whole[1], (x[1] - x[1].mean()) / (x[1].var(unbiased=False) + 1e-5).sqrt(), atol=1e-5)
    assert torch.equal(whole[:1], built("layer_norm", (2, 3, 3), axes=3)(x[:1]))
    row = built("layer_norm", (3,))(torch.tensor([[1.0, 2, 3]]))[0]
    assert row.tolist() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-3)


def test_dropout_keeps_the_expectation_and_does_nothing_after_training() -> None:
    torch.manual_seed(0)
    dropout, ones = built("dropout", (1000,), p=0.3), torch.ones(200, 1000)
    out = dropout(ones)
    assert out.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert out.mean().item() == pytest.approx(1, abs=6 * math.sqrt(0.3 / 0.7 / ones.numel()))
    assert torch.equal(dropout.eval()(ones), ones)
