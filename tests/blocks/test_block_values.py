"""Each block's numbers against ones computed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.blocks import BLOCKS

STRIPES = torch.ones(6, 8)
STRIPES[:, 2:6] = 0


def built(name: str, *shapes: tuple[int, ...], **params: Any) -> nn.Module:
    block = BLOCKS.get(name)
    return block.build({spec.name: params.get(spec.name, spec.default) for spec in block.params}, shapes)


def convolved(image: Tensor, kernel: list[list[float]], **params: Any) -> Tensor:
    """A Conv2d with this kernel on a (height, width) image."""
    conv = built("conv2d", (1, *image.shape), out_channels=1, bias=False, kernel_size=(len(kernel), len(kernel[0])),
                 **params)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(kernel)[None, None])
        return conv(image[None, None])[0, 0]


def test_input_and_identity_pass_on_what_they_get() -> None:
    x = torch.randn(2, 3)
    assert torch.equal(built("input")(x), x)
    assert torch.equal(built("identity", (3,))(x), x)


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
    assert torch.equal(conv(x)[:, 0], conv(changed)[:, 0])


def test_linear_is_the_weighted_sum_plus_bias() -> None:
    linear = built("linear", (2,), out_features=1)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[2.0, -3.4]]))
        linear.bias.fill_(4.2)
    assert linear(torch.tensor([[1.0, 1.0], [0.0, 2.0]])).flatten().tolist() == pytest.approx([2.8, -2.6])


def test_flatten_goes_channel_by_channel_row_by_row() -> None:
    x = torch.arange(12.0).reshape(1, 2, 2, 3)
    assert built("flatten", (2, 2, 3))(x).tolist() == [list(range(12))]


def test_max_and_average_pooling_of_the_books_matrix() -> None:
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert built("max_pool2d", (1, 3, 3), stride=1)(x)[0, 0].tolist() == [[4, 5], [7, 8]]
    assert built("avg_pool2d", (1, 3, 3), stride=1)(x)[0, 0].tolist() == [[2, 3], [5, 6]]
    assert built("max_pool2d", (1, 3, 3), ceil_mode=True)(x)[0, 0].tolist() == [[4, 5], [7, 8]]


def test_average_pooling_counts_its_padding_or_not() -> None:
    x = torch.ones(1, 1, 2, 2)
    assert built("avg_pool2d", (1, 2, 2), padding=1)(x)[0, 0].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert built("avg_pool2d", (1, 2, 2), padding=1, count_include_pad=False)(x)[0, 0].tolist() == [[1, 1], [1, 1]]


def test_adaptive_pooling_splits_the_map_into_equal_parts() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert built("adaptive_avg_pool2d", (1, 4, 4))(x).item() == 7.5
    assert built("adaptive_avg_pool2d", (1, 4, 4), output_size=2)(x)[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert built("adaptive_max_pool2d", (1, 4, 4), output_size=(2, 1))(x)[0, 0].tolist() == [[7], [15]]


def test_max_pooling_hides_a_shift_by_one_pixel_to_the_left_and_not_to_the_right() -> None:
    pool, image = built("max_pool2d", (1, 4, 8), kernel_size=2, stride=2), torch.zeros(1, 1, 4, 8)
    image[..., 3] = 1  # the right pixel of the second window
    left, right = image.roll(-1, -1), image.roll(1, -1)
    assert torch.equal(pool(image), pool(left))
    assert not torch.equal(pool(image), pool(right))


ACTIVATIONS = {
    "relu": ({}, lambda x: max(0, x)),
    "leaky_relu": ({"negative_slope": 0.1}, lambda x: x if x > 0 else 0.1 * x),
    "elu": ({"alpha": 2.0}, lambda x: x if x > 0 else 2 * (math.exp(x) - 1)),
    "gelu": ({}, lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2)))),
    "silu": ({}, lambda x: x / (1 + math.exp(-x))),
    "sigmoid": ({}, lambda x: 1 / (1 + math.exp(-x))),
    "scaled_sigmoid": ({}, lambda x: 4 / (1 + math.exp(-x)) - 2),
    "tanh": ({}, math.tanh),
    "hard_tanh": ({"min_val": -0.5, "max_val": 2.0}, lambda x: min(max(x, -0.5), 2.0)),
    "softplus": ({"beta": 2.0}, lambda x: math.log(1 + math.exp(2 * x)) / 2),
    "identity": ({}, lambda x: x),
}


@pytest.mark.parametrize("name",
                         [block.name for block in BLOCKS if block.family == "activation" and block.name != "softmax"])
def test_an_activation_is_its_formula_and_leaves_its_input_as_it_was(name: str) -> None:
    params, formula = ACTIVATIONS[name]
    x = torch.tensor([[-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0]])
    before = x.clone()
    assert built(name, (7,), **params)(x)[0].tolist() == pytest.approx([formula(v) for v in x[0].tolist()], abs=1e-6)
    assert torch.equal(x, before)


def test_the_scaled_sigmoid_is_close_to_its_input_near_zero() -> None:
    x = torch.linspace(-0.1, 0.1, 21)
    assert (built("scaled_sigmoid", (21,))(x) - x).abs().max() < 1e-4


def test_softmax_gives_shares_along_its_axis() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]])
    e = [math.exp(v) for v in (1, 2, 3)]
    assert built("softmax", (3,))(x)[0].tolist() == pytest.approx([v / sum(e) for v in e])
    assert built("softmax", (2, 3), dim=2)(torch.randn(4, 2, 3)).sum(2) == pytest.approx(torch.ones(4, 2).numpy())


def test_the_gradient_of_softmax_cross_entropy_is_softmax_minus_the_target() -> None:
    logits = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0, 3, 1, 1, 2])
    F.cross_entropy(logits, target, reduction="sum").backward()
    shares = built("softmax", (4,))(logits.detach())
    assert torch.allclose(logits.grad, shares - F.one_hot(target, 4))


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


def test_add_and_concat_take_any_number_of_inputs() -> None:
    a, b, c = torch.tensor([[1.0, 2]]), torch.tensor([[10.0, 20]]), torch.tensor([[100.0, 200]])
    assert built("add", (2,), (2,), (2,))(a, b, c).tolist() == [[111, 222]]
    assert built("concat", (2,), (2,), (2,))(a, b, c).tolist() == [[1, 2, 10, 20, 100, 200]]
    assert built("concat", (1, 2), (1, 2), dim=2)(a[None], b[None]).tolist() == [[[1, 2, 10, 20]]]
    assert a.tolist() == [[1, 2]]
