"""Activation functions that are applied to each value on its own."""

from __future__ import annotations

import math

from explorer.blocks.activation_curves import curve
from explorer.blocks.block import Block, token_by_token, torch_module
from explorer.blocks.checks import needs_float
from explorer.blocks.softmax import SOFTMAXES
from explorer.spec import Choice, Flag, Number


def _activation(name, title, summary, formula, source, function, params=(), build=None):
    """Make a block of torch.nn's class `title`; function(x, params) is the same in plain Python, for its sketch."""
    return Block(name=name, title=title, family="activation", summary=summary, formula=formula, source=source,
                 params=params, build=build or torch_module(title),
                 check=lambda given, signals: needs_float(title, signals),
                 reach=token_by_token, sketch=lambda given, in_shapes: curve(lambda x: function(x, given)))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _normal_cdf(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * math.expm1(x)


def _shrunk(x: float, most: float) -> float:
    """Shrink x toward zero by this amount."""
    return math.copysign(max(0.0, abs(x) - most), x)


def _build_scaled_sigmoid(params, in_shapes):
    from torch import Tensor, nn

    class ScaledSigmoid(nn.Module):
        """A sigmoid close to x near zero: 4·sigmoid(x) - 2. Dive into Deep Learning, 5.4."""

        def forward(self, x: Tensor) -> Tensor:
            return 4 * x.sigmoid() - 2

    return ScaledSigmoid()


def _build_step(params, in_shapes):
    from torch import Tensor, nn

    class Step(nn.Module):
        """A step from 0 to 1 at zero; its gradient is zero wherever it exists, so nothing before it can learn."""

        def forward(self, x: Tensor) -> Tensor:
            return (x > 0).to(x.dtype)

    return Step()


def _build_prelu(params, in_shapes):
    from torch import nn

    return nn.PReLU(in_shapes[0][0] if params["per_channel"] else 1, params["init"])


def _lambd(help: str) -> Number:
    return Number("lambd", "Lambda", 0.5, low=0, high=1000, help=help)


IDENTITY = _activation("identity", "Identity", "Passes its input on unchanged.", "y = x", "torch.nn.Identity",
                       lambda x, p: x)
RELU = _activation("relu", "ReLU", "Keeps positive values and sets negative ones to zero.", r"y = \max(0, x)",
                   "Nair & Hinton 2010; Dive into Deep Learning, 5.1", lambda x, p: max(x, 0))
SIGMOID = _activation("sigmoid", "Sigmoid", "Squashes every value into 0 to 1.", r"y = \frac{1}{1 + e^{-x}}",
                      "Dive into Deep Learning, 5.1", lambda x, p: _sigmoid(x))
TANH = _activation("tanh", "Tanh", "Squashes every value into -1 to 1.", r"y = \tanh(x)",
                   "Dive into Deep Learning, 5.1", lambda x, p: math.tanh(x))
LEAKY_RELU = _activation(
    "leaky_relu", "LeakyReLU", "Like ReLU, but with a small slope for negative inputs.",
    r"y = \max(0, x) + \alpha \min(0, x)", "Maas et al. 2013",
    lambda x, p: x if x > 0 else p["negative_slope"] * x,
    (Number("negative_slope", "Negative slope", 0.01, low=0, high=1, help="The slope for negative inputs."),))
PRELU = _activation(
    "prelu", "PReLU", "A leaky ReLU that learns the slope for negative inputs.",
    r"y = \max(0, x) + a \min(0, x), \quad a \text{ learned}", "He et al. 2015; Dive into Deep Learning, 5.1",
    lambda x, p: x if x > 0 else p["init"] * x,
    (Number("init", "Initial slope", 0.25, low=-10, high=10, help="The initial slope for negative inputs."),
     Flag("per_channel", "One per channel", False, help="Whether each channel learns its own slope.")),
    build=_build_prelu)
RELU6 = _activation("relu6", "ReLU6", "A ReLU capped at 6, so that low-precision arithmetic is enough.",
                    r"y = \min(\max(0, x), 6)", "Howard et al. 2017 (MobileNet); torch.nn.ReLU6",
                    lambda x, p: min(max(x, 0), 6))
ELU = _activation(
    "elu", "ELU", "Like ReLU, but approaches a constant smoothly for negative inputs.",
    r"y = x \text{ if } x > 0 \text{ else } \alpha (e^x - 1)", "Clevert et al. 2016",
    lambda x, p: _elu(x, p["alpha"]),
    (Number("alpha", "Alpha", 1.0, low=0, high=100, help="Very negative inputs approach minus this."),))
SELU = _activation(
    "selu", "SELU", "A scaled ELU that keeps activations near zero mean and unit variance from layer to layer.",
    r"y = \lambda \,(x \text{ if } x > 0 \text{ else } \alpha (e^x - 1)), \quad \lambda \approx 1.0507,\; "
    r"\alpha \approx 1.6733", "Klambauer et al. 2017", lambda x, p: 1.0507009873554805 * _elu(x, 1.6732632423543772))
CELU = _activation(
    "celu", "CELU", "An ELU with a continuous derivative at zero for every alpha.",
    r"y = \max(0, x) + \min(0, \alpha (e^{x / \alpha} - 1))", "Barron 2017",
    lambda x, p: x if x > 0 else p["alpha"] * math.expm1(x / p["alpha"]),
    (Number("alpha", "Alpha", 1.0, low=0.001, high=1000, help="Very negative inputs approach minus this."),))
GELU = _activation(
    "gelu", "GELU", "Multiplies the input by the chance that a standard normal variable is smaller.",
    r"y = x\, \Phi(x)", "Hendrycks & Gimpel 2016", lambda x, p: x * _normal_cdf(x),
    (Choice("approximate", "Formula", "none", ("none", "tanh"), ("Exact", "Tanh approximation"),
            help="The exact error function, or its faster approximation."),))
SILU = _activation("silu", "SiLU", "Multiplies the input by its sigmoid.", r"y = x\, \sigma(x)",
                   "Elfwing et al. 2018; Ramachandran et al. 2017 (Swish)", lambda x, p: x * _sigmoid(x))
MISH = _activation("mish", "Mish", "Multiplies the input by the tanh of its softplus; similar to SiLU.",
                   r"y = x \tanh(\ln(1 + e^x))", "Misra 2020",
                   lambda x, p: x * math.tanh(math.log1p(math.exp(x))))
HARDSWISH = _activation("hardswish", "Hardswish", "A piecewise approximation of SiLU (Swish), cheap on mobile devices.",
                        r"y = x \min(\max(0, x + 3), 6) / 6", "Howard et al. 2019 (MobileNetV3)",
                        lambda x, p: x * min(max(x + 3, 0), 6) / 6)
SCALED_SIGMOID = _activation(
    "scaled_sigmoid", "Scaled sigmoid", "A sigmoid scaled and shifted to be close to the identity near zero.",
    r"y = 4\,\sigma(x) - 2 \approx x", "Dive into Deep Learning, 5.4", lambda x, p: 4 * _sigmoid(x) - 2,
    build=_build_scaled_sigmoid)
HARDSIGMOID = _activation("hardsigmoid", "Hardsigmoid", "A piecewise linear approximation of the sigmoid.",
                          r"y = \min(\max(0, x + 3), 6) / 6", "Howard et al. 2019; torch.nn.Hardsigmoid",
                          lambda x, p: min(max(x + 3, 0), 6) / 6)
LOG_SIGMOID = _activation("log_sigmoid", "LogSigmoid", "The logarithm of the sigmoid, always below 0.",
                          r"y = \ln \frac{1}{1 + e^{-x}}", "torch.nn.LogSigmoid",
                          lambda x, p: -math.log1p(math.exp(-x)))
HARD_TANH = _activation(
    "hard_tanh", "Hardtanh", "Clips the input between a minimum and a maximum.",
    r"y = \min(\max(x, a), b)", "torch.nn.Hardtanh", lambda x, p: min(max(x, p["min_val"]), p["max_val"]),
    (Number("min_val", "Minimum", -1.0, low=-1000, high=0, help="Values below are set to this."),
     Number("max_val", "Maximum", 1.0, low=0.001, high=1000, help="Values above are set to this.")))
SOFTSIGN = _activation("softsign", "Softsign", "Squashes every value into -1 to 1, saturating more slowly than tanh.",
                       r"y = \frac{x}{1 + |x|}", "Turian et al. 2009; torch.nn.Softsign",
                       lambda x, p: x / (1 + abs(x)))
SOFTPLUS = _activation(
    "softplus", "Softplus", "A smooth ReLU.", r"y = \tfrac{1}{\beta} \ln(1 + e^{\beta x})",
    "torch.nn.Softplus",
    lambda x, p: max(x, 0) + math.log1p(math.exp(-p["beta"] * abs(x))) / p["beta"],
    (Number("beta", "Beta", 1.0, low=0.001, high=1000, help="The sharpness of the bend at zero."),
     Number("threshold", "Threshold", 20.0, low=0, high=80, help="If beta times x is above this, the output is x.")))
TANHSHRINK = _activation("tanhshrink", "Tanhshrink", "The input minus its tanh: flat at zero, linear further out.",
                         r"y = x - \tanh(x)", "torch.nn.Tanhshrink", lambda x, p: x - math.tanh(x))
SOFTSHRINK = _activation(
    "softshrink", "Softshrink", "Shrinks every value toward zero by a fixed amount; small values become zero.",
    r"y = \mathrm{sign}(x) \max(0, |x| - \lambda)", "torch.nn.Softshrink", lambda x, p: _shrunk(x, p["lambd"]),
    (_lambd("The amount by which values shrink."),))
HARDSHRINK = _activation(
    "hardshrink", "Hardshrink", "Sets small values to zero and keeps the others unchanged.",
    r"y = x \text{ if } |x| > \lambda \text{ else } 0", "torch.nn.Hardshrink",
    lambda x, p: x if abs(x) > p["lambd"] else 0, (_lambd("Values of at most this magnitude become zero."),))
THRESHOLD = _activation(
    "threshold", "Threshold", "Keeps values above a threshold and replaces the others by a constant.",
    r"y = x \text{ if } x > t \text{ else } v", "torch.nn.Threshold",
    lambda x, p: x if x > p["threshold"] else p["value"],
    (Number("threshold", "Threshold", 0.0, low=-1000, high=1000, help="Values at or below this are replaced."),
     Number("value", "Value", 0.0, low=-1000, high=1000, help="The constant that replaces them.")))
STEP = _activation("step", "Step", "1 above zero, 0 elsewhere. Its gradient is zero, so nothing before it can learn.",
                   r"y = 1 \text{ if } x > 0 \text{ else } 0", "McCulloch & Pitts 1943; Rosenblatt 1958",
                   lambda x, p: x > 0, build=_build_step)

ACTIVATIONS = (RELU, SIGMOID, TANH, LEAKY_RELU, PRELU, RELU6, ELU, SELU, CELU, GELU, SILU, MISH, HARDSWISH,
               SCALED_SIGMOID, HARDSIGMOID, LOG_SIGMOID, HARD_TANH, SOFTSIGN, SOFTPLUS, TANHSHRINK, SOFTSHRINK,
               HARDSHRINK, THRESHOLD, STEP, *SOFTMAXES, IDENTITY)


def activation_choice(default: str, help: str, none: bool = False) -> Choice:
    """Make the setting for the activation inside a composite block; with `none` it may have none."""
    chosen = [block for block in ACTIVATIONS if block is not IDENTITY]
    names, titles = [block.name for block in chosen], [block.title for block in chosen]
    return Choice("activation", "Activation", default, ("none",) * none + tuple(names),
                  ("None",) * none + tuple(titles), help=help)
