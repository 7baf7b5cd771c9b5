"""ResNet-18 as the course has it: one input channel, no batch norm behind the 1×1 convolutions of the shortcuts."""

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry


def _stage(number: int, channels: int, halve: bool):
    """Two residual blocks; the first halves the map, but for the first stage."""
    first = {"stride": 2, "use_1x1conv": True} if halve else {}
    return ((f"stage{number}_block1", "residual", {"out_channels": channels, **first}),
            (f"stage{number}_block2", "residual", {"out_channels": channels}))


_NETWORK = chain(
    "ResNet-18",
    ("input", "input", {"shape": [1, 96, 96]}),
    ("conv1", "conv2d", {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3}),
    ("norm1", "batch_norm2d", {}),
    ("relu1", "relu", {}),
    ("pool1", "max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
    *_stage(1, 64, halve=False), *_stage(2, 128, halve=True), *_stage(3, 256, halve=True), *_stage(4, 512, halve=True),
    ("pool2", "adaptive_avg_pool2d", {}),
    ("flatten", "flatten", {}),
    ("linear1", "linear", {"out_features": 10}),
)

RESNET18 = Entry(
    name="resnet18", title="ResNet-18", year=2015,
    summary="Eight residual blocks: each learns only what to add to its input, so that depth does no harm.",
    worth_seeing="Inside a block: the map on the shortcut, what the convolutions add to it, and their sum.",
    source="He et al. 2016; Dive into Deep Learning, 8.6",
    recipe=Recipe(_NETWORK).with_optimizer("sgd", lr=0.05).with_(batch_size=32, epochs=4),
)
