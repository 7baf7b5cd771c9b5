"""Pooling: the maximum or mean of windows, of equal parts, or of the whole map."""

from __future__ import annotations

from fractions import Fraction

from explorer.blocks.block import Block, Window, torch_module
from explorer.blocks.checks import check_window, needs_map, needs_signal, pair, set_param, spread
from explorer.document import Problem
from explorer.spec import Flag, Sizes
from explorer.text import text

_CEIL = Flag("ceil_mode", "Round up", False,
             help="Whether a window that extends past the edge still counts, so that the output size is rounded up.")
_COUNT_PAD = Flag("count_include_pad", "Count padding", True, help="Whether padded zeros count in the mean.")


def _window_params(axes, unit):
    return (
        Sizes("kernel_size", "Window size", 2, axes=axes, high=1024, unit=unit,
              help="The size of the window along each axis."),
        Sizes("stride", "Stride", None, axes=axes, high=1024, optional=True, unit=unit,
              help="The step of the window. If empty, the window's size."),
        Sizes("padding", "Padding", 0, axes=axes, low=0, high=512, unit=unit,
              help="How much is added on each side, at most half a window."),
        _CEIL,
    )


def _check_window(title, needs):
    def check(params, signals):
        (signal,) = signals
        if problems := needs(title, signal):
            return problems
        axes = len(signal.shape) - 1
        kernel = spread(params["kernel_size"], axes)
        if any(2 * p > k for p, k in zip(spread(params["padding"], axes), kernel, strict=True)):
            half = min(kernel) // 2
            return [Problem(text("{block}'s padding can be at most half its window.", block=title),
                            set_param("padding", half, "padding"))]
        return check_window(title, signal.shape, kernel, params["padding"])

    return check


def _check_map(title):
    return lambda params, signals: needs_map(title, signals[0])


def _sees(params, in_shape):
    size = pair(params["kernel_size"])
    return Window(size, pair(params["stride"]) if params["stride"] is not None else size, pair(params["padding"]))


def _sees_part(params, in_shape):
    """Return the largest window; windows differ by a pixel if the sizes do not divide."""
    sizes, parts = in_shape[-2:], pair(params["output_size"])
    if parts == (1, 1):
        return None
    largest = tuple(max(-(-(i + 1) * size // count) - i * size // count for i in range(count))
                    for size, count in zip(sizes, parts, strict=True))
    return Window(largest, tuple(Fraction(size, count) for size, count in zip(sizes, parts, strict=True)))


def _build_global(reduction):
    def build(params, in_shapes):
        from torch import Tensor, nn

        class GlobalPool2d(nn.Module):
            """(batch, channel, height, width) -> (batch, channel)."""

            def forward(self, x: Tensor) -> Tensor:
                return getattr(x, reduction)((2, 3))

        return GlobalPool2d()

    return build


MAX_POOL2D = Block(
    name="max_pool2d", title="MaxPool2d", family="pooling",
    summary="The largest value of each window.",
    params=_window_params(2, "pixels"), formula=r"y_{i,j} = \max_{a,b}\, x_{i s + a,\,j s + b}",
    source="Dive into Deep Learning, 7.5; torch.nn.MaxPool2d", build=torch_module("MaxPool2d"),
    check=_check_window("MaxPool2d", needs_map), sees=_sees,
)

AVG_POOL2D = Block(
    name="avg_pool2d", title="AvgPool2d", family="pooling",
    summary="The mean of each window.",
    params=(*_window_params(2, "pixels"), _COUNT_PAD),
    formula=r"y_{i,j} = \frac{1}{k^2} \sum_{a,b} x_{i s + a,\,j s + b}",
    source="Dive into Deep Learning, 7.5; torch.nn.AvgPool2d", build=torch_module("AvgPool2d"),
    check=_check_window("AvgPool2d", needs_map), sees=_sees,
)

MAX_POOL1D = Block(
    name="max_pool1d", title="MaxPool1d", family="pooling",
    summary="The largest value of each window along a signal.",
    params=_window_params(1, "samples"), formula=r"y_i = \max_a\, x_{i s + a}",
    source="torch.nn.MaxPool1d", build=torch_module("MaxPool1d"), check=_check_window("MaxPool1d", needs_signal),
)

AVG_POOL1D = Block(
    name="avg_pool1d", title="AvgPool1d", family="pooling",
    summary="The mean of each window along a signal.",
    params=(*_window_params(1, "samples"), _COUNT_PAD), formula=r"y_i = \frac{1}{k} \sum_a x_{i s + a}",
    source="torch.nn.AvgPool1d", build=torch_module("AvgPool1d"), check=_check_window("AvgPool1d", needs_signal),
)

GLOBAL_AVG_POOL2D = Block(
    name="global_avg_pool2d", title="Global average pooling", family="pooling",
    summary="The mean of each channel over the whole map: one number per channel.",
    formula=r"y_c = \frac{1}{H W} \sum_{i,j} x_{c,i,j}", source="Lin et al. 2014, 3.2; Dive into Deep Learning, 8.3",
    build=_build_global("mean"), check=_check_map("Global average pooling"), sees=lambda params, in_shape: None,
)

GLOBAL_MAX_POOL2D = Block(
    name="global_max_pool2d", title="Global max pooling", family="pooling",
    summary="The maximum of each channel over the whole map: one number per channel.",
    formula=r"y_c = \max_{i,j} x_{c,i,j}", source="Oquab et al. 2015",
    build=_build_global("amax"), check=_check_map("Global max pooling"), sees=lambda params, in_shape: None,
)

_OUTPUT = (Sizes("output_size", "Output size", 1, high=4096, unit="pixels",
                 help="Output height and width, whatever the input size. 1 is global pooling."),)

ADAPTIVE_AVG_POOL2D = Block(
    name="adaptive_avg_pool2d", title="AdaptiveAvgPool2d", family="pooling",
    summary="Average pooling to a fixed output size.",
    params=_OUTPUT, formula=r"y_{i,j} = \mathrm{mean}\, x_{[\,iH/h,\,(i+1)H/h\,) \times [\,jW/w,\,(j+1)W/w\,)}",
    source="torch.nn.AdaptiveAvgPool2d", build=torch_module("AdaptiveAvgPool2d"), check=_check_map("AdaptiveAvgPool2d"),
    sees=_sees_part,
)

ADAPTIVE_MAX_POOL2D = Block(
    name="adaptive_max_pool2d", title="AdaptiveMaxPool2d", family="pooling",
    summary="Max pooling to a fixed output size.",
    params=_OUTPUT, formula=r"y_{i,j} = \max\, x_{[\,iH/h,\,(i+1)H/h\,) \times [\,jW/w,\,(j+1)W/w\,)}",
    source="torch.nn.AdaptiveMaxPool2d", build=torch_module("AdaptiveMaxPool2d"), check=_check_map("AdaptiveMaxPool2d"),
    sees=_sees_part,
)

POOLING = (MAX_POOL2D, AVG_POOL2D, GLOBAL_AVG_POOL2D, GLOBAL_MAX_POOL2D, ADAPTIVE_AVG_POOL2D, ADAPTIVE_MAX_POOL2D,
           MAX_POOL1D, AVG_POOL1D)
