"""The transposed convolution: every pixel lays a weighted kernel into a larger map."""

from __future__ import annotations

from explorer.blocks.block import UNKNOWN, Block, Window
from explorer.blocks.checks import MAX_PADDING, needs_map, pair, reach_of, set_param
from explorer.blocks.conv import BIAS, GROUPS, check_convolution, out_channels
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice, Sizes
from explorer.text import text

_TITLE = "ConvTranspose2d"
_WITHOUT_WINDOW = {"padding": "same", "stride": 1, "kernel_size": 1, "dilation": 1, "padding_mode": "zeros"}


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class BilinearConvTranspose2d(nn.ConvTranspose2d):
        """A transposed convolution that starts as bilinear upsampling, each channel to itself.

        Source: Long et al. 2015, 3.3; Dive into Deep Learning, 14.11.3.
        """

        keeps_its_start = True  # another initialization would draw over the kernel

        def reset_parameters(self) -> None:
            super().reset_parameters()
            height, width = (self._hat(size) for size in self.kernel_size)
            inside, outside = torch.arange(self.in_channels), torch.arange(self.in_channels) % self.weight.shape[1]
            with torch.no_grad():
                self.weight.zero_()
                self.weight[inside, outside] = height[:, None] * width
                if self.bias is not None:
                    self.bias.zero_()

        @staticmethod
        def _hat(size: int) -> Tensor:
            """Compute weights that fall off linearly from the center of `size` points."""
            factor = (size + 1) // 2
            middle = factor - 1 if size % 2 else factor - 0.5
            return 1 - (torch.arange(size) - middle).abs() / factor

    given = dict(params)
    kind = BilinearConvTranspose2d if given.pop("kernel") == "bilinear" else nn.ConvTranspose2d
    return kind(in_shapes[0][0], **given)


def _check(params, signals):
    (signal,) = signals
    if problems := needs_map(_TITLE, signal):
        return problems
    return (_check_bilinear(params, signal.shape[0])
            or check_convolution(_TITLE, {**params, **_WITHOUT_WINDOW}, signal.shape)
            or _check_output_padding(params) or _check_size(params, signal.shape))


def _check_bilinear(params, in_channels):
    if params["kernel"] == "learned" or params["out_channels"] == in_channels:
        return []
    return [Problem(text("A bilinear kernel maps each channel to itself, so there must be {inside} output channels, "
                         "not {outside}.", inside=in_channels, outside=params["out_channels"]),
                    set_param("out_channels", in_channels, "output channels"))]


def _check_output_padding(params):
    limit = tuple(max(s, d) for s, d in zip(pair(params["stride"]), pair(params["dilation"]), strict=True))
    if all(more < most for more, most in zip(pair(params["output_padding"]), limit, strict=True)):
        return []
    return [Problem(text("The output padding {given} must be smaller than the stride or the dilation, {limit}.",
                         given=format_shape(pair(params["output_padding"])), limit=format_shape(limit)),
                    set_param("output_padding", 0, "output padding"))]


def _check_size(params, shape):
    """Return a problem if no pixel is left: the output size is (n - 1)·s - 2p + d(k - 1) + 1 + output_padding."""
    whole = tuple((n - 1) * s + reach + more for n, s, reach, more in zip(
        shape[1:], pair(params["stride"]), reach_of(params["kernel_size"], params["dilation"]),
        pair(params["output_padding"]), strict=True))
    padding = pair(params["padding"])
    if all(size > 2 * p for size, p in zip(whole, padding, strict=True)):
        return []
    fitting = tuple(min(p, (size - 1) // 2) for size, p in zip(whole, padding, strict=True))
    return [Problem(text("A padding of {padding} removes all of the {map} output pixels.",
                         padding=format_shape(padding), map=format_shape(whole)),
                    set_param("padding", fitting[0] if fitting[0] == fitting[1] else fitting, "padding"))]


def _sees(params, in_shape):
    if pair(params["stride"]) != (1, 1):
        return UNKNOWN  # how many pixels are seen changes from one output pixel to the next
    reach = reach_of(params["kernel_size"], params["dilation"])
    return Window(reach, (1, 1), tuple(k - 1 - p for k, p in zip(reach, pair(params["padding"]), strict=True)))


CONV_TRANSPOSE2D = Block(
    name="conv_transpose2d", title=_TITLE, family="convolution",
    summary="Enlarges a map: every pixel adds a scaled copy of a learned kernel to the output.",
    params=(
        out_channels(),
        Sizes("kernel_size", "Kernel size", 2, high=1024, unit="pixels",
              help="Height and width of the kernel. Twice the stride gives smooth upsampling."),
        Sizes("stride", "Stride", 2, high=1024, unit="pixels",
              help="The distance between neighboring kernels in the output. 2 doubles the map."),
        Sizes("padding", "Padding", 0, low=0, high=MAX_PADDING, unit="pixels",
              help="How many pixels are removed from the output on each side."),
        Sizes("output_padding", "Output padding", 0, low=0, high=1024, unit="pixels",
              help="Pixels added to the output at the bottom and right, to choose among the possible sizes."),
        Sizes("dilation", "Dilation", 1, high=1024, unit="pixels",
              help="Spacing between the kernel's points. 1 is a dense kernel."),
        GROUPS,
        Choice("kernel", "Initial kernel", "learned", ("learned", "bilinear"), ("Random", "Bilinear"),
               help="Random; or bilinear upsampling of each channel, "
                    "as a start for training."),
        BIAS,
    ),
    brief="{out_channels} · {kernel_size} · stride {stride}",
    formula=r"y_{o,\,i s + a d - p,\,j s + b d - p} \mathrel{+}= w_{c,o,a,b}\, x_{c,i,j}, \quad "
            r"n' = (n-1) s - 2p + d(k-1) + 1 + p_{\mathrm{out}}",
    source="Dive into Deep Learning, 14.10; Long et al. 2015; torch.nn.ConvTranspose2d", build=_build, check=_check,
    sees=_sees,
)
