"""Modules of torch beyond the blocks, in settings and calls that networks built elsewhere have."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.operations import describe, explain
from explorer.results import Unknown
from tests.operations.recorded import equals_the_model, random_units, randomized

MAP, SIGNAL, ROW, TOKENS = (2, 4, 9, 10), (2, 4, 11), (2, 6), (2, 5, 6)
MODULES = {
    "conv2d with mirrored padding": (nn.Conv2d(4, 6, 3, padding=2, padding_mode="reflect"), MAP),
    "conv2d with repeated padding": (nn.Conv2d(4, 6, (3, 2), padding=(1, 2), padding_mode="replicate"), MAP),
    "conv2d around the edges": (nn.Conv2d(4, 6, 5, padding=2, dilation=1, stride=2, padding_mode="circular"), MAP),
    "conv2d with an even window as large as the map": (nn.Conv2d(4, 6, (4, 2), padding="same", dilation=2), MAP),
    "conv2d of an unbatched map": (nn.Conv2d(4, 6, 3, bias=False), MAP[1:]),
    "conv1d in groups": (nn.Conv1d(4, 8, 3, groups=2, padding=1, stride=2), SIGNAL),
    "conv_transpose1d": (nn.ConvTranspose1d(4, 8, 4, stride=3, padding=2, output_padding=1, groups=2), SIGNAL),
    "conv_transpose2d with dilation": (nn.ConvTranspose2d(4, 3, 3, stride=(2, 4), dilation=(3, 2)), MAP),
    "max_pool2d with dilation": (nn.MaxPool2d(3, stride=2, padding=1, dilation=2, ceil_mode=True), MAP),
    "avg_pool2d at the edge": (nn.AvgPool2d(4, stride=3, padding=2, ceil_mode=True), MAP),
    "avg_pool2d without the padding": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), MAP),
    "avg_pool2d by a fixed divisor": (nn.AvgPool2d(3, divisor_override=4), MAP),
    "avg_pool1d": (nn.AvgPool1d(3, padding=1), SIGNAL),
    "adaptive_avg_pool1d": (nn.AdaptiveAvgPool1d(4), SIGNAL),
    "adaptive_max_pool1d": (nn.AdaptiveMaxPool1d(4), SIGNAL),
    "adaptive_avg_pool2d": (nn.AdaptiveAvgPool2d((None, 3)), MAP),
    "linear of one row": (nn.Linear(6, 3), ROW[1:]),
    "linear over maps with channels last": (nn.Linear(10, 3), MAP),
    "batch_norm1d of a signal": (nn.BatchNorm1d(4), SIGNAL),
    "batch_norm2d without statistics": (nn.BatchNorm2d(4, track_running_stats=False), MAP),
    "batch_norm2d of one sample": (nn.BatchNorm2d(4, track_running_stats=False), (1, *MAP[1:])),
    "group_norm of a row": (nn.GroupNorm(2, 6), ROW),
    "instance_norm2d with statistics": (nn.InstanceNorm2d(4, affine=True, track_running_stats=True), MAP),
    "layer_norm over all": (nn.LayerNorm(MAP[1:]), MAP),
    "layer_norm without a bias": (nn.LayerNorm(6, bias=False), TOKENS),
    "rms_norm": (nn.RMSNorm(6, eps=1e-3), TOKENS),
    "prelu by channel": (nn.PReLU(4), MAP),
    "rrelu": (nn.RReLU(), ROW),
    "gelu by tanh": (nn.GELU("tanh"), ROW),
    "softmax over channels": (nn.Softmax(1), MAP),
    "log_softmax over the last axis": (nn.LogSoftmax(-1), TOKENS),
    "glu": (nn.GLU(1), MAP),
    "alpha dropout": (nn.AlphaDropout(0.5), ROW),
    "flatten of two axes": (nn.Flatten(2), MAP),
    "unflatten": (nn.Unflatten(1, (2, 2)), MAP),
    "pixel_shuffle": (nn.PixelShuffle(2), MAP),
    "zero padding": (nn.ZeroPad2d((1, 2, 0, 3)), MAP),
    "reflection padding": (nn.ReflectionPad2d(2), MAP),
    "upsample to a size": (nn.Upsample((13, 7), mode="bilinear", align_corners=True), MAP),
    "upsample by bicubic interpolation": (nn.Upsample(scale_factor=2, mode="bicubic"), MAP),
    "upsample of a signal": (nn.Upsample(scale_factor=2.5, mode="linear"), SIGNAL),
    "rnn of three layers": (nn.RNN(6, 3, 3, nonlinearity="relu", batch_first=True), TOKENS),
    "lstm in both directions": (nn.LSTM(6, 3, 2, batch_first=True, bidirectional=True), TOKENS),
    "gru with tokens first": (nn.GRU(6, 3, bidirectional=True), TOKENS),
    "gru of an unbatched sequence": (nn.GRU(6, 3, bias=False), TOKENS[1:]),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_arithmetic_of_random_units_gives_the_modules_own_values(name: str) -> None:
    module, shape = MODULES[name]
    check(randomized(module), (torch.randn(shape, generator=torch.Generator().manual_seed(1)),))


def check(module: nn.Module, inputs: tuple[Tensor, ...], batch: int | None = None) -> None:
    with torch.no_grad():
        output = module(*inputs)
    output = output[0] if isinstance(output, tuple) else output
    operation = describe(module, inputs, output, batch=batch)
    assert not isinstance(operation.rule, Unknown)
    for unit in random_units(operation, 8):
        own = describe(module, inputs, output, unit=unit, batch=batch) if isinstance(module, nn.RNNBase) else operation
        explanation = explain(own, unit)
        assert equals_the_model(explanation), (unit, explanation.line, explanation.model_value)


def test_a_recurrent_layer_may_start_from_given_states() -> None:
    torch.manual_seed(0)
    for module in (nn.LSTM(6, 3, 2, batch_first=True, bidirectional=True), nn.GRU(6, 3, 2, batch_first=True)):
        layers = 4 if module.bidirectional else 2
        states = [torch.randn(layers, 2, 3) for _ in range(2 if isinstance(module, nn.LSTM) else 1)]
        x = torch.randn(2, 5, 6)
        output = module(x, tuple(states) if len(states) > 1 else states[0])[0]
        for unit in [(0, 0), (4, 2), (2, 5 if module.bidirectional else 1)]:
            operation = describe(module, (x, *states), output, unit=unit)
            assert equals_the_model(explain(operation, unit))


LOSSES = {
    "cross-entropy": (nn.CrossEntropyLoss(), torch.tensor([2])),
    "cross-entropy with smoothing": (nn.CrossEntropyLoss(label_smoothing=0.2), torch.tensor([0])),
    "negative log likelihood": (nn.NLLLoss(), torch.tensor([1])),
    "squared error": (nn.MSELoss(), torch.tensor([[0.5, -1.0, 2.0]])),
    "sum of absolute errors": (nn.L1Loss(reduction="sum"), torch.tensor([[0.5, -1.0, 2.0]])),
    "huber": (nn.HuberLoss(delta=0.7), torch.tensor([[0.5, -1.0, 2.0]])),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_that_of_the_sample(name: str) -> None:
    module, target = LOSSES[name]
    check(module, (torch.tensor([[0.3, -1.2, 2.5]]), target))


@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
def test_a_binary_loss_is_that_of_the_logit(target: float) -> None:
    check(nn.BCEWithLogitsLoss(), (torch.tensor([[0.7]]), torch.tensor([[target]])))


@pytest.mark.parametrize(("module", "shape"), [
    (nn.Conv3d(1, 1, 2), (1, 1, 4, 4, 4)), (nn.Bilinear(2, 2, 1), (1, 2)), (nn.Softmax(0), (2, 3)),
    (nn.LSTM(4, 3, proj_size=2, batch_first=True), (1, 5, 4)), (nn.LPPool2d(2, 2), (1, 1, 4, 4)),
])
def test_modules_without_a_rule_are_unknown(module: nn.Module, shape: tuple[int, ...]) -> None:
    inputs = (torch.randn(shape),) * (2 if isinstance(module, nn.Bilinear) else 1)
    output = module(*inputs)
    output = output[0] if isinstance(output, tuple) else output
    operation = describe(module, inputs, output)
    assert isinstance(operation.rule, Unknown)
    unit = tuple(0 for _ in operation.output.values.shape)
    assert np.isclose(explain(operation, unit).value, output.reshape(-1)[0].item())
