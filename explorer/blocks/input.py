"""Input of the network."""

from explorer.blocks.block import Block
from explorer.spec import Choice, Sizes


def _pass_on(params, in_shapes):
    from torch import nn

    return nn.Identity()


INPUT = Block(
    name="input", title="Input", family="input", inputs=(),
    summary="The input of the network. Its shape is that of one sample, without the batch axis.",
    params=(
        Sizes("shape", "Shape", (1, 28, 28), axes=None, high=100_000,
              help="The shape of one sample: channel, height, width for an image; one number for a row of features."),
        Choice("dtype", "Element type", "float32", ("float32", "int64"),
               help="float32 for numbers and images, int64 for class or token indices."),
    ),
    build=_pass_on,
)
