"""Activation functions, each applied to every value on its own (softmax: along one axis)."""

from __future__ import annotations

from explorer.blocks.base import Block, Fault, Window, torch_module
from explorer.blocks.checks import needs_float, set_param
from explorer.spec import Choice, Number
from explorer.text import shape_text, text


def _activation(name, title, summary, formula, source, params=()):
    """A block over the torch.nn class called `title`."""
    return Block(name=name, title=title, family="activation", summary=summary, formula=formula, source=source,
                 params=params, build=torch_module(title), check=lambda _, signals: needs_float(title, signals))


def _build_scaled_sigmoid(params, in_shapes):
    from torch import Tensor, nn

    class ScaledSigmoid(nn.Module):
        """4·sigmoid(x) - 2: a sigmoid that is close to x near zero. Dive into Deep Learning, 5.4."""

        def forward(self, x: Tensor) -> Tensor:
            return 4 * x.sigmoid() - 2

    return ScaledSigmoid()


def _check_softmax(params, signals):
    rank = len(signals[0].shape)
    if params["dim"] > rank:
        return [Fault(text("Softmax is asked for axis {dim}, but its input {shape} has only {rank}.",
                           dim=params["dim"], shape=shape_text(signals[0].shape), rank=rank),
                      set_param("dim", rank, "axis"))]
    return needs_float("Softmax", signals)


IDENTITY = _activation("identity", "Identity", "Passes its input on unchanged.", "y = x", "torch.nn.Identity")
RELU = _activation("relu", "ReLU", "Keeps what is positive, sets the rest to zero.", r"y = \max(0, x)",
                   "Nair & Hinton 2010; Dive into Deep Learning, 5.1")
LEAKY_RELU = _activation(
    "leaky_relu", "LeakyReLU", "Like ReLU, but lets a small share of negative values through.",
    r"y = \max(0, x) + \alpha \min(0, x)", "Maas et al. 2013",
    (Number("negative_slope", "Negative slope", 0.01, low=0, high=1, help="The slope for negative inputs."),))
ELU = _activation(
    "elu", "ELU", "Like ReLU, but bends smoothly toward a constant below zero.",
    r"y = x \text{ if } x > 0 \text{ else } \alpha (e^x - 1)", "Clevert et al. 2016",
    (Number("alpha", "Alpha", 1.0, low=0, high=100, help="Far below zero it approaches minus this."),))
GELU = _activation(
    "gelu", "GELU", "Weighs the input by the chance that a normal variable is smaller.",
    r"y = x\, \Phi(x)", "Hendrycks & Gimpel 2016",
    (Choice("approximate", "Formula", "none", ("none", "tanh"), ("Exact", "Tanh approximation"),
            help="The exact error function, or its faster approximation."),))
SILU = _activation("silu", "SiLU", "Weighs the input by its own sigmoid.", r"y = x\, \sigma(x)",
                   "Elfwing et al. 2018; Ramachandran et al. 2017 (Swish)")
SIGMOID = _activation("sigmoid", "Sigmoid", "Squeezes every value into 0 to 1.",
                      r"y = \frac{1}{1 + e^{-x}}", "Dive into Deep Learning, 5.1")
TANH = _activation("tanh", "Tanh", "Squeezes every value into -1 to 1.", r"y = \tanh(x)",
                   "Dive into Deep Learning, 5.1")
HARD_TANH = _activation(
    "hard_tanh", "Hardtanh", "The input, cut off at a lowest and a highest value.",
    r"y = \min(\max(x, a), b)", "torch.nn.Hardtanh",
    (Number("min_val", "Lowest", -1.0, low=-1000, high=0, help="Values below become this."),
     Number("max_val", "Highest", 1.0, low=0.001, high=1000, help="Values above become this.")))
SOFTPLUS = _activation(
    "softplus", "Softplus", "A smooth ReLU.", r"y = \tfrac{1}{\beta} \ln(1 + e^{\beta x})",
    "torch.nn.Softplus",
    (Number("beta", "Beta", 1.0, low=0.001, high=1000, help="How sharp the bend is."),
     Number("threshold", "Threshold", 20.0, low=0, high=80, help="Above this (times beta) it is simply x.")))

SCALED_SIGMOID = Block(
    name="scaled_sigmoid", title="Scaled sigmoid", family="activation",
    summary="A sigmoid stretched so that it is close to its input near zero.",
    formula=r"y = 4\,\sigma(x) - 2 \approx x", source="Dive into Deep Learning, 5.4", build=_build_scaled_sigmoid,
    check=lambda params, signals: needs_float("Scaled sigmoid", signals),
)
def _softmax_sees(params, in_shape):
    if len(in_shape) == 1:
        return None
    axis = params["dim"]  # 1 is the channel, which takes no pixel from beside
    size = tuple(in_shape[axis - 1] if axis == place else 1 for place in (2, 3))
    return Window(size, tuple(0 if axis == place else 1 for place in (2, 3)))


SOFTMAX = Block(
    name="softmax", title="Softmax", family="activation",
    summary="Turns numbers into shares: all positive, summing to 1 along one axis.",
    params=(Number("dim", "Axis", 1, low=1, high=8, integer=True,
                   help="The axis along which the shares sum to 1; 1 is the first behind the batch."),),
    formula=r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", source="Dive into Deep Learning, 4.1",
    build=torch_module("Softmax"), check=_check_softmax, sees=_softmax_sees,
)

ACTIVATIONS = (RELU, SIGMOID, TANH, LEAKY_RELU, ELU, GELU, SILU, SCALED_SIGMOID, HARD_TANH, SOFTPLUS, SOFTMAX, IDENTITY)
