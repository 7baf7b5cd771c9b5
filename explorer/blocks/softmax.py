"""Activations along an axis: softmax, its logarithm, and the gated linear unit."""

from __future__ import annotations

from explorer.blocks.block import UNKNOWN, Block, Reach, Window, torch_module
from explorer.blocks.checks import needs_float, set_param
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Number
from explorer.text import text


def _check_axis(title):
    def check(params, signals):
        (signal,), axis = signals, params["dim"]
        rank = len(signal.shape)
        if axis > rank:
            return [Problem(text("{block} works along axis {dim}, but its input {shape} has only {rank}.", block=title,
                                 dim=axis, shape=format_shape(signal.shape), rank=rank),
                            set_param("dim", rank, "axis"))]
        return needs_float(title, signals)

    return check


def _check_glu(params, signals):
    if problems := _check_axis("GLU")(params, signals):
        return problems
    size = signals[0].shape[params["dim"] - 1]
    if size % 2 == 0:
        return []
    return [Problem(text("GLU splits axis {dim} into halves, but its size {size} is odd.", dim=params["dim"],
                         size=size))]


def _sees_axis(params, in_shape):
    if len(in_shape) == 1:
        return None
    axis = params["dim"]  # 1 is the channel, which takes no pixel from beside
    size = tuple(in_shape[axis - 1] if axis == place else 1 for place in (2, 3))
    return Window(size, tuple(0 if axis == place else 1 for place in (2, 3)))


def _reach_axis(params, in_shape):
    return Reach.ALL if params["dim"] == len(in_shape) - 1 else Reach.OWN


def _reach_glu(params, in_shape):
    return Reach.OWN if params["dim"] == len(in_shape) else Reach.UNKNOWN


def _sees_glu(params, in_shape):
    return Window() if len(in_shape) == 3 and params["dim"] == 1 else UNKNOWN  # else a pixel and one half a map away


def _along_axis(name, title, summary, formula, source, help, check, sees=_sees_axis,
                reach=_reach_axis):
    """Make a block of torch.nn's `title`. It has no sketch: each value depends on others along the axis."""
    return Block(name=name, title=title, family="activation", summary=summary, formula=formula, source=source,
                 params=(Number("dim", "Axis", 1, low=1, high=8, integer=True, help=help),),
                 build=torch_module(title), check=check, sees=sees, reach=reach)


SOFTMAX = _along_axis(
    "softmax", "Softmax", "Turns values into probabilities: positive, with sum 1 along one axis.",
    r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", "Dive into Deep Learning, 4.1",
    "The axis along which the probabilities sum to 1; 1 is the first after the batch.", _check_axis("Softmax"))
LOG_SOFTMAX = _along_axis(
    "log_softmax", "LogSoftmax", "The logarithm of softmax, computed without overflow.",
    r"y_i = x_i - \ln \sum_j e^{x_j}", "Dive into Deep Learning, 4.5; torch.nn.LogSoftmax",
    "The axis along which the probabilities sum to 1; 1 is the first after the batch.", _check_axis("LogSoftmax"))
GLU = _along_axis(
    "glu", "GLU", "A gated linear unit: half of the channels, multiplied by the sigmoid of the other half.",
    r"y = a \odot \sigma(b), \quad x = [a; b]", "Dauphin et al. 2017; torch.nn.GLU",
    "The axis to split into halves; 1 is the first after the batch.", _check_glu, _sees_glu, _reach_glu)

SOFTMAXES = (SOFTMAX, LOG_SOFTMAX, GLU)
