"""Residual blocks: convolutions with a shortcut around them."""

from __future__ import annotations

from explorer.blocks.block import Block, Window
from explorer.blocks.checks import needs_map, pair
from explorer.blocks.wiring import wired
from explorer.document import Fix, Network, Problem, SetParam
from explorer.formatting import format_shape
from explorer.spec import Flag, Number, Sizes
from explorer.text import text

_Conv = tuple[int, int, object]  # output channels, kernel size, stride


def _expand_basic(params, in_shapes):
    out_channels = _out_channels(params, in_shapes[0])
    return _residual("Residual", params, (out_channels, 3, params["stride"]), (out_channels, 3, 1))


def _expand_bottleneck(params, in_shapes):
    out_channels = _out_channels(params, in_shapes[0])
    narrow = max(1, out_channels // params["reduction"])
    return _residual("Bottleneck", params, (narrow, 1, 1), (narrow, 3, params["stride"]), (out_channels, 1, 1))


def _residual(name: str, params, *convs: _Conv) -> Network:
    """Make convolutions with batch norm and ReLU after each; the shortcut is added before the last ReLU."""
    main = [step for number, conv in enumerate(convs, 1) for step in (
        _conv(f"conv{number}", params, *conv), (f"norm{number}", "batch_norm2d", {}), (f"relu{number}", "relu", {}))]
    number, shortcut = len(convs) + 1, []
    if params["use_1x1conv"]:
        shortcut.append((*_conv(f"conv{number}", params, convs[-1][0], 1, params["stride"]), "input"))
        if params["shortcut_norm"]:
            shortcut.append((f"norm{number}", "batch_norm2d", {}))
    around = shortcut[-1][0] if shortcut else "input"
    return wired(name, ("input", "input", {}), *main[:-1], *shortcut, ("add", "add", {}, main[-2][0], around), main[-1])


def _conv(node_id: str, params, out_channels: int, kernel_size: int, stride):
    return node_id, "conv2d", {"out_channels": out_channels, "kernel_size": kernel_size, "stride": stride,
                               "padding": kernel_size // 2, "bias": params["bias"]}


def _out_channels(params, in_shape):
    return params["out_channels"] or in_shape[0]


def _check(title):
    def check(params, signals):
        (signal,) = signals
        if (problems := needs_map(title, signal)) or params["use_1x1conv"]:
            return problems
        strides = pair(params["stride"])
        given = (_out_channels(params, signal.shape),
                 *((size - 1) // stride + 1 for size, stride in zip(signal.shape[1:], strides, strict=True)))
        if given == signal.shape:
            return []
        return [Problem(text("The shortcut has shape {shortcut} but the convolutions return {given}.",
                             shortcut=format_shape(signal.shape), given=format_shape(given)),
                        Fix(text("Put the 1×1 convolution on the shortcut"), (SetParam("", "use_1x1conv", True),)))]

    return check


def _sees_basic(params, in_shape):
    strides = pair(params["stride"])  # a 3×3 window over 3×3 windows at this distance
    return Window(tuple(3 + 2 * stride for stride in strides), strides, tuple(1 + stride for stride in strides))


def _settings(strided: str, bias: bool, shortcut_norm: bool):
    return (
        Number("out_channels", "Output channels", None, low=1, high=1_000_000, integer=True, optional=True,
               help="The number of output channels. If empty, as many as the input has."),
        Sizes("stride", "Stride", 1, high=1024, unit="pixels",
              help=f"The stride of the {strided} convolution. 2 halves the map."),
        Flag("use_1x1conv", "1×1 convolution on the shortcut", False,
             help="Needed if the channels or the size of the map change."),
        Flag("shortcut_norm", "Batch norm on the shortcut", shortcut_norm,
             help="Whether to add batch norm after the 1×1 convolution, as in the paper but not in the course."),
        Flag("bias", "Bias", bias,
             help="Whether the convolutions have a bias; batch norm cancels it."),
    )


RESIDUAL = Block(
    name="residual", title="Residual (basic)", family="convolution",
    summary="Two 3×3 convolutions whose result is added to the input (the shortcut).",
    params=_settings("first", bias=True, shortcut_norm=False),
    formula=r"y = \max(0,\; F(x) + x), \quad F = \mathrm{BN} \circ \mathrm{conv} \circ \mathrm{ReLU} \circ "
            r"\mathrm{BN} \circ \mathrm{conv}",
    source="He et al. 2016; Dive into Deep Learning, 8.6", expand=_expand_basic, check=_check("Residual"),
    sees=_sees_basic,
)

BOTTLENECK = Block(
    name="bottleneck", title="Residual (bottleneck)", family="convolution",
    summary="A 1×1 convolution reduces the channels, a 3×3 convolves, a 1×1 restores them; with a shortcut.",
    params=(
        *_settings("3×3", bias=False, shortcut_norm=True),
        Number("reduction", "Reduction", 4, low=1, high=1024, integer=True,
               help="The 3×3 convolution has the output channels divided by this."),
    ),
    formula=r"y = \max(0,\; F(x) + x), \quad F = w_{1 \times 1} * \sigma(w_{3 \times 3} * \sigma(w_{1 \times 1} * x))",
    source="He et al. 2016; torchvision.models.resnet.Bottleneck", expand=_expand_bottleneck,
    check=_check("Bottleneck"),
    sees=lambda params, in_shape: Window((3, 3), pair(params["stride"]), (1, 1)),
)
