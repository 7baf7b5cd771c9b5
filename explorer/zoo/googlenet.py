"""GoogLeNet as the course has it: no batch norm, no auxiliary heads, one input channel."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry

_CHANNELS = ("out_1x1", "reduce_3x3", "out_3x3", "reduce_5x5", "out_5x5", "out_pool")
_HALVE = {"kernel_size": 3, "stride": 2, "padding": 1}


def _inception(node_id: str, *channels: int):
    return node_id, "inception", dict(zip(_CHANNELS, channels, strict=True))


_NETWORK = chain(
    "GoogLeNet",
    ("input", "input", {"shape": [1, 96, 96]}),
    ("conv1", "conv2d", {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3}),
    ("relu1", "relu", {}),
    ("pool1", "max_pool2d", _HALVE),
    ("conv2", "conv2d", {"out_channels": 64, "kernel_size": 1}),
    ("relu2", "relu", {}),
    ("conv3", "conv2d", {"out_channels": 192, "kernel_size": 3, "padding": 1}),
    ("relu3", "relu", {}),
    ("pool2", "max_pool2d", _HALVE),
    _inception("inception1", 64, 96, 128, 16, 32, 32),
    _inception("inception2", 128, 128, 192, 32, 96, 64),
    ("pool3", "max_pool2d", _HALVE),
    _inception("inception3", 192, 96, 208, 16, 48, 64),
    _inception("inception4", 160, 112, 224, 24, 64, 64),
    _inception("inception5", 128, 128, 256, 24, 64, 64),
    _inception("inception6", 112, 144, 288, 32, 64, 64),
    _inception("inception7", 256, 160, 320, 32, 128, 128),
    ("pool4", "max_pool2d", _HALVE),
    _inception("inception8", 256, 160, 320, 32, 128, 128),
    _inception("inception9", 384, 192, 384, 48, 128, 128),
    ("pool5", "adaptive_avg_pool2d", {}),
    ("flatten", "flatten", {}),
    ("linear1", "linear", {"out_features": 10}),
)

GOOGLENET = Entry(
    name="googlenet", title="GoogLeNet", year=2014,
    summary="Nine Inception blocks: windows of four sizes side by side, and few weights for its depth.",
    worth_seeing="The four branches of a block: what the 1×1, the 3×3 and the 5×5 make of the same map.",
    source="Szegedy et al. 2015; Dive into Deep Learning, 8.4",
    recipe=Recipe(_NETWORK, init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0005).with_(batch_size=32, epochs=8),
)
