"""Convolutions' numbers against ones computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.blocks.building import built

STRIPES = torch.ones(6, 8)
STRIPES[:, 2:6] = 0


def convolved(image: Tensor, kernel: list[list[float]], **params: Any) -> Tensor:
    """A Conv2d with this kernel on a (height, width) image."""
    conv = built("conv2d", (1, *image.shape), out_channels=1, bias=False, kernel_size=(len(kernel), len(kernel[0])),
                 **params)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(kernel)[None, None])
        return conv(image[None, None])[0, 0]


def test_conv2d_is_the_cross_correlation_of_the_book() -> None:
    out = convolved(torch.arange(9.0).reshape(3, 3), [[0.0, 1.0], [2.0, 3.0]])
    assert out.tolist() == [[19, 25], [37, 43]]


def test_conv2d_with_the_edge_kernel_finds_both_edges_of_the_stripe() -> None:
    out = convolved(STRIPES, [[1.0, -1.0]])
    wanted = torch.zeros(6, 7)
    wanted[:, 1], wanted[:, 5] = 1, -1
    assert torch.equal(out, wanted)
    assert not convolved(STRIPES.T, [[1.0, -1.0]]).any()


def test_conv2d_learns_the_edge_kernel_by_gradient_descent() -> None:
    target = convolved(STRIPES, [[1.0, -1.0]])
    for seed in range(3):
        torch.manual_seed(seed)
        conv = built("conv2d", (1, 6, 8), out_channels=1, kernel_size=(1, 2), bias=False)
        for _ in range(10):
            (gradient,) = torch.autograd.grad(((conv(STRIPES[None, None])[0, 0] - target) ** 2).sum(), conv.weight)
            with torch.no_grad():
                conv.weight -= 3e-2 * gradient
        assert torch.allclose(conv.weight.flatten(), torch.tensor([1.0, -1.0]), atol=0.1)


def test_conv2d_sums_over_input_channels_and_adds_its_bias() -> None:
    conv = built("conv2d", (2, 3, 3), out_channels=1, kernel_size=2)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([[[[0.0, 1], [2, 3]], [[1, 2], [3, 4]]]]))
        conv.bias.fill_(0.5)
    x = torch.stack([torch.arange(9.0).reshape(3, 3), torch.arange(1.0, 10).reshape(3, 3)])[None]
    assert conv(x)[0, 0].tolist() == [[56.5, 72.5], [104.5, 120.5]]


@pytest.mark.parametrize("n", [5, 8, 32])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("side", [0, 1, 2])
@pytest.mark.parametrize("s", [1, 2, 3])
def test_a_window_gives_the_books_output_size(n: int, k: int, side: int, s: int) -> None:
    wanted = (n - k + 2 * side + s) // s
    conv = built("conv2d", (1, n, n), kernel_size=k, padding=side, stride=s)
    assert conv(torch.zeros(1, 1, n, n)).shape[2:] == (wanted, wanted)
    if 2 * side <= k:
        pool = built("max_pool2d", (1, n, n), kernel_size=k, padding=side, stride=s)
        assert pool(torch.zeros(1, 1, n, n)).shape[2:] == (wanted, wanted)


def test_seven_5x5_convolutions_without_padding_take_32_to_4() -> None:
    x = torch.zeros(1, 1, 32, 32)
    for _ in range(7):
        x = built("conv2d", tuple(x.shape[1:]), out_channels=1, kernel_size=5)(x)
    assert x.shape[2:] == (4, 4)


def test_padding_same_keeps_the_size_and_groups_keep_channels_apart() -> None:
    assert built("conv2d", (1, 5, 7), padding="same", kernel_size=4)(torch.zeros(1, 1, 5, 7)).shape[2:] == (5, 7)
    conv = built("conv2d", (2, 4, 4), out_channels=2, groups=2, bias=False)
    x = torch.randn(1, 2, 4, 4)
    changed = x.clone()
    changed[:, 1] += 1
    torch.testing.assert_close(conv(x)[:, 0], conv(changed)[:, 0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mode", "row"), [
    ("zeros", [0, 0, 1, 2, 3, 0, 0]), ("reflect", [3, 2, 1, 2, 3, 2, 1]),
    ("replicate", [1, 1, 1, 2, 3, 3, 3]), ("circular", [2, 3, 1, 2, 3, 1, 2])])
def test_a_padding_mode_says_what_lies_around_the_map(mode: str, row: list[float]) -> None:
    out = convolved(torch.tensor([[1.0, 2, 3]]), [[1.0]], padding=(0, 2), padding_mode=mode)
    assert out.tolist() == [row]


def test_conv1d_slides_along_a_signal_of_several_channels() -> None:
    conv = built("conv1d", (2, 4), out_channels=1, kernel_size=2, dilation=2)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([[[1.0, -1.0], [0.0, 2.0]]]))
        conv.bias.fill_(0.5)
    out = conv(torch.tensor([[[1.0, 2, 4, 8], [1.0, 1, 3, 5]]]))
    assert out.tolist() == [[[1 - 4 + 6 + 0.5, 2 - 8 + 10 + 0.5]]]


def test_a_depthwise_convolution_gives_each_channel_kernels_of_its_own() -> None:
    conv = built("depthwise_conv2d", (2, 1, 2), multiplier=2, kernel_size=1, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([1.0, 2, 3, 4]).reshape(4, 1, 1, 1))
    out = conv(torch.tensor([[[[1.0, 2]], [[10.0, 20]]]]))
    assert out[0, :, 0].tolist() == [[1, 2], [2, 4], [30, 60], [40, 80]]


def test_a_transposed_convolution_lays_down_its_kernel_where_the_book_does() -> None:
    """Dive into Deep Learning, 14.10.1: with stride 1 and with stride 2."""
    x, kernel = torch.arange(4.0).reshape(1, 1, 2, 2), torch.arange(4.0).reshape(1, 1, 2, 2)
    wanted = {1: [[0, 0, 1], [0, 4, 6], [4, 12, 9]],
              2: [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]}
    for stride, rows in wanted.items():
        conv = built("conv_transpose2d", (1, 2, 2), out_channels=1, kernel_size=2, stride=stride, bias=False)
        with torch.no_grad():
            conv.weight.copy_(kernel)
        assert conv(x)[0, 0].tolist() == rows


@pytest.mark.parametrize("n", [1, 4, 7])
@pytest.mark.parametrize(("k", "s", "p", "more", "d"), [
    (2, 2, 0, 0, 1), (4, 2, 1, 0, 1), (3, 2, 1, 1, 1), (64, 32, 16, 0, 1), (3, 1, 0, 0, 2), (3, 1, 1, 1, 2)])
def test_a_transposed_convolution_gives_the_size_of_its_formula(
    n: int, k: int, s: int, p: int, more: int, d: int,
) -> None:
    conv = built("conv_transpose2d", (1, n, n), out_channels=1, kernel_size=k, stride=s, padding=p, output_padding=more,
                 dilation=d)
    size = (n - 1) * s - 2 * p + d * (k - 1) + 1 + more
    assert conv(torch.zeros(1, 1, n, n)).shape[2:] == (size, size)


def test_a_bilinear_kernel_interpolates_and_keeps_channels_apart() -> None:
    conv = built("conv_transpose2d", (2, 4, 4), out_channels=2, kernel_size=4, stride=2, padding=1, kernel="bilinear")
    hat = torch.tensor([0.25, 0.75, 0.75, 0.25])
    assert torch.allclose(conv.weight[0, 0], hat[:, None] * hat)
    assert not conv.weight[0, 1].any() and not conv.weight[1, 0].any() and not conv.bias.any()
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    out = conv(torch.cat([ramp, 10 * ramp], 1)).detach()
    inner = torch.tensor([0.25, 0.75, 1.25, 1.75, 2.25, 2.75])  # halfway between pixel edges, but for the border
    assert torch.allclose(out[0, 0, 1:-1, 1:-1], inner.expand(6, 6))
    assert torch.allclose(out[0, 1, 1:-1, 1:-1], 10 * inner.expand(6, 6))


@pytest.mark.parametrize(("size", "hat"), [(3, [0.5, 1, 0.5]), (2, [0.5, 0.5]), (1, [1])])
def test_a_bilinear_kernel_falls_off_evenly_from_its_middle(size: int, hat: list[float]) -> None:
    conv = built("conv_transpose2d", (1, 2, 2), out_channels=1, kernel_size=(1, size), kernel="bilinear")
    assert conv.weight[0, 0].tolist() == [hat]


def test_upsampling_repeats_pixels_or_mixes_them_by_distance() -> None:
    x = torch.tensor([[[[1.0, 2.0]]]])
    assert built("upsample2d", (1, 1, 2), scale_factor=(2, 2))(x)[0, 0].tolist() == [[1, 1, 2, 2]] * 2
    halves = built("upsample2d", (1, 1, 2), scale_factor=(1, 2), mode="bilinear")
    assert halves(x)[0, 0].tolist() == [[1, 1.25, 1.75, 2]]
    corners = built("upsample2d", (1, 1, 2), scale_factor=(1, 2), mode="bilinear", align_corners=True)
    assert corners(x)[0, 0, 0].tolist() == pytest.approx([1, 4 / 3, 5 / 3, 2])
