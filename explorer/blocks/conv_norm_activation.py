"""Convolution, normalization and activation as one block."""

from __future__ import annotations

from dataclasses import replace

from explorer.blocks.activation import activation_choice
from explorer.blocks.block import Block
from explorer.blocks.conv import CONV2D
from explorer.document import chain
from explorer.spec import Choice

_OWN_DEFAULTS = {"padding": 1, "bias": False}  # the size is kept, and a shift behind the normalization is enough
_OF_CONV = tuple(replace(spec, default=_OWN_DEFAULTS.get(spec.name, spec.default))
                 for spec in CONV2D.params if spec.name != "dilation")


def _expand(params, in_shapes):
    steps = [("input", "input", {}), ("conv", "conv2d", {spec.name: params[spec.name] for spec in _OF_CONV})]
    if params["norm"] != "none":
        steps.append(("norm", params["norm"], {}))
    if params["activation"] != "none":
        steps.append(("activation", params["activation"], {}))
    return chain("Convolution, normalization, activation", *steps)


CONV_NORM_ACTIVATION = Block(
    name="conv_norm_activation", title="Conv + norm + activation", family="convolution",
    summary="A convolution, a normalization and an activation in one block.",
    params=(
        *_OF_CONV,
        Choice("norm", "Normalization", "batch_norm2d", ("none", "batch_norm2d"), ("None", "BatchNorm2d"),
               help="The normalization before the activation."),
        activation_choice("relu", "The activation at the end.", none=True),
    ),
    formula=r"y = \sigma(\mathrm{BN}(w * x + b))",
    source="Ioffe & Szegedy 2015; torchvision.ops.Conv2dNormActivation", expand=_expand,
    check=lambda params, signals: CONV2D.check({**params, "dilation": 1}, signals),
    sees=lambda params, in_shape: CONV2D.sees({**params, "dilation": 1}, in_shape),
)
