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
    torch.testing.assert_close(whole[:1], built("layer_norm", (2, 3, 3), axes=3)(x[:1]), rtol=1e-5, atol=1e-6)
    row = built("layer_norm", (3,))(torch.tensor([[1.0, 2, 3]]))[0]
    assert row.tolist() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-3)


def test_dropout_keeps_the_expectation_and_does_nothing_after_training() -> None:
    torch.manual_seed(0)
    dropout, ones = built("dropout", (1000,), p=0.3), torch.ones(200, 1000)
    out = dropout(ones)
    assert out.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert out.mean().item() == pytest.approx(1, abs=6 * math.sqrt(0.3 / 0.7 / ones.numel()))
    assert torch.equal(dropout.eval()(ones), ones)


def test_layer_norm2d_normalizes_the_channels_at_each_pixel() -> None:
    x = torch.randn(2, 5, 3, 4) * 2 + 1
    mean, variance = x.mean(1, keepdim=True), x.var(1, keepdim=True, unbiased=False)
    norm = built("layer_norm2d", (5, 3, 4))
    assert torch.allclose(norm(x), (x - mean) / (variance + 1e-6).sqrt(), atol=1e-5)
    assert [p.shape for p in norm.parameters()] == [(5,), (5,)]


def test_rms_norm_divides_by_the_root_of_the_mean_square() -> None:
    out = built("rms_norm", (4,))(torch.tensor([[1.0, -1, 7, -7]]))
    assert out[0].tolist() == pytest.approx([0.2, -0.2, 1.4, -1.4])  # the mean square is 25
    both = built("rms_norm", (2, 2), axes=2)(torch.tensor([[[1.0, -1], [7, -7]]]))
    assert both.flatten().tolist() == pytest.approx(out.flatten().tolist())


def test_group_norm_normalizes_groups_of_channels_within_a_sample() -> None:
    x = torch.tensor([[[1.0, 3], [5, 7], [0, 0], [2, 2]]])  # two groups: mean 4, variance 5; mean 1, variance 1
    out = built("group_norm", (4, 2), num_groups=2)(x)
    wanted = [[-3 / 5**0.5, -1 / 5**0.5], [1 / 5**0.5, 3 / 5**0.5], [-1, -1], [1, 1]]
    assert torch.allclose(out[0], torch.tensor(wanted), atol=1e-4)


def test_instance_norm2d_forgets_contrast_and_brightness_of_each_channel_of_each_sample() -> None:
    norm, x = built("instance_norm2d", (2, 3, 3)), torch.randn(2, 2, 3, 3)
    changed = x * torch.tensor([[2.0, 3], [4, 5]])[..., None, None] + torch.tensor([[1.0, -1], [0, 9]])[..., None, None]
    assert torch.allclose(norm(x), norm(changed), atol=1e-4)
    row = norm(torch.tensor([[[[0.0, 2.0]], [[5.0, 5.0]]]]))
    assert torch.allclose(row, torch.tensor([[[[-1.0, 1.0]], [[0.0, 0.0]]]]), atol=1e-4)


@pytest.mark.parametrize(("name", "axes"), [("dropout2d", (2, 3)), ("stochastic_depth", (1, 2, 3))])
def test_what_is_dropped_together_is_zero_together_and_the_mean_stays(name: str, axes: tuple[int, ...]) -> None:
    """A channel of a map, or a sample's whole branch."""
    torch.manual_seed(0)
    dropout, ones = built(name, (8, 3, 3), p=0.25), torch.ones(4000, 8, 3, 3)
    out = dropout(ones)
    assert torch.equal(out.amin(axes), out.amax(axes))
    kept = out.amax(axes).flatten()
    assert kept.unique().tolist() == pytest.approx([0, 4 / 3])
    assert kept.mean().item() == pytest.approx(1, abs=6 * math.sqrt(0.25 / 0.75 / kept.numel()))
    assert torch.equal(dropout.eval()(ones), ones)


@pytest.mark.parametrize("is_training", [True, False])
def test_instance_norm_trains_by_its_jacobian_also_where_the_gradient_has_its_channels_last(is_training: bool) -> None:
    torch.manual_seed(0)
    norm, x = built("instance_norm2d", (3, 4, 5), affine=True).double().train(is_training), torch.randn(1, 3, 4, 5)
    x = x.double().requires_grad_()
    arriving = torch.randn(1, 4, 5, 3).double().permute(0, 3, 1, 2)
    jacobian = torch.autograd.functional.jacobian(lambda x: norm(x), x).reshape(60, 60)
    (found,) = torch.autograd.grad(norm(x), x, arriving)
    assert torch.allclose(found.flatten(), arriving.flatten() @ jacobian)
