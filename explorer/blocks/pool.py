"""Pooling: a window's maximum or mean."""

from __future__ import annotations

from fractions import Fraction

from explorer.blocks.base import Block, Fault, Window, torch_module
from explorer.blocks.checks import needs_map, pair, set_param, window_fault
from explorer.spec import Flag, Sizes
from explorer.text import text

_WINDOW = (
    Sizes("kernel_size", "Window size", 2, high=1024, unit="pixels", help="Height and width of the window."),
    Sizes("stride", "Stride", None, high=1024, optional=True, unit="pixels",
          help="How far the window moves. Left empty, it moves by its own size."),
    Sizes("padding", "Padding", 0, low=0, high=512, unit="pixels",
          help="Pixels added on every side, at most half a window."),
)
_CEIL = Flag("ceil_mode", "Round up", False,
             help="Whether a window that hangs over the edge still counts, so that the output size is rounded up.")


def _check_window(title):
    def check(params, signals):
        (signal,) = signals
        kernel = pair(params["kernel_size"])
        if faults := needs_map(title, signal):
            return faults
        if any(2 * p > k for p, k in zip(pair(params["padding"]), kernel, strict=True)):
            half = min(kernel) // 2
            return [Fault(text("{block}'s padding can be at most half its window.", block=title),
                          set_param("padding", half, "padding"))]
        return window_fault(title, signal.shape, kernel, params["padding"])

    return check


def _check_map(title):
    return lambda params, signals: needs_map(title, signals[0])


def _sees(params, in_shape):
    size = pair(params["kernel_size"])
    return Window(size, pair(params["stride"]) if params["stride"] is not None else size, pair(params["padding"]))


def _sees_part(params, in_shape):
    """The largest of the parts, which differ by a pixel where the sizes do not divide."""
    sizes, parts = in_shape[-2:], pair(params["output_size"])
    if parts == (1, 1):
        return None
    largest = tuple(max(-(-(i + 1) * size // count) - i * size // count for i in range(count))
                    for size, count in zip(sizes, parts, strict=True))
    return Window(largest, tuple(Fraction(size, count) for size, count in zip(sizes, parts, strict=True)))


MAX_POOL2D = Block(
    name="max_pool2d", title="MaxPool2d", family="pooling",
    summary="Keeps the largest value of each window.",
    params=(*_WINDOW, _CEIL), formula=r"y_{i,j} = \max_{a,b}\, x_{i s + a,\,j s + b}",
    source="Dive into Deep Learning, 7.5; torch.nn.MaxPool2d", build=torch_module("MaxPool2d"),
    check=_check_window("MaxPool2d"), sees=_sees,
)

AVG_POOL2D = Block(
    name="avg_pool2d", title="AvgPool2d", family="pooling",
    summary="Keeps the mean of each window.",
    params=(*_WINDOW, _CEIL, Flag("count_include_pad", "Count padding", True,
                                  help="Whether padded zeros count in the mean.")),
    formula=r"y_{i,j} = \frac{1}{k^2} \sum_{a,b} x_{i s + a,\,j s + b}",
    source="Dive into Deep Learning, 7.5; torch.nn.AvgPool2d", build=torch_module("AvgPool2d"),
    check=_check_window("AvgPool2d"), sees=_sees,
)

_OUTPUT = (Sizes("output_size", "Output size", 1, high=4096, unit="pixels",
                 help="Height and width that come out, whatever comes in. 1 is global pooling."),)

ADAPTIVE_AVG_POOL2D = Block(
    name="adaptive_avg_pool2d", title="AdaptiveAvgPool2d", family="pooling",
    summary="Averages over as many equal parts as the output has pixels.",
    params=_OUTPUT, formula=r"y_{i,j} = \mathrm{mean}\, x_{[\,iH/h,\,(i+1)H/h\,) \times [\,jW/w,\,(j+1)W/w\,)}",
    source="torch.nn.AdaptiveAvgPool2d", build=torch_module("AdaptiveAvgPool2d"), check=_check_map("AdaptiveAvgPool2d"),
    sees=_sees_part,
)

ADAPTIVE_MAX_POOL2D = Block(
    name="adaptive_max_pool2d", title="AdaptiveMaxPool2d", family="pooling",
    summary="Takes the largest of as many equal parts as the output has pixels.",
    params=_OUTPUT, formula=r"y_{i,j} = \max\, x_{[\,iH/h,\,(i+1)H/h\,) \times [\,jW/w,\,(j+1)W/w\,)}",
    source="torch.nn.AdaptiveMaxPool2d", build=torch_module("AdaptiveMaxPool2d"), check=_check_map("AdaptiveMaxPool2d"),
    sees=_sees_part,
)
