"""GoogLeNet as in the course: no batch norm, no auxiliary heads, one input channel."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

_CHANNELS = ("out_1x1", "reduce_3x3", "out_3x3", "reduce_5x5", "out_5x5", "out_pool")
_HALVE = {"kernel_size": 3, "stride": 2, "padding": 1}


def googlenet(width=1.0, size=96, channels=1, classes=10):
    def conv(number, out_channels, kernel_size, **params):
        yield f"conv{number}", "conv2d", {"out_channels": scaled(width, out_channels), "kernel_size": kernel_size,
                                          **params}
        yield f"relu{number}", "relu", {}

    def inception(number, *out_channels):
        wide = (scaled(width, count) for count in out_channels)
        return f"inception{number}", "inception", dict(zip(_CHANNELS, wide, strict=True))

    return chain(
        "GoogLeNet",
        ("input", "input", {"shape": [channels, size, size]}),
        *conv(1, 64, 7, stride=2, padding=3),
        ("pool1", "max_pool2d", _HALVE),
        *conv(2, 64, 1),
        *conv(3, 192, 3, padding=1),
        ("pool2", "max_pool2d", _HALVE),
        inception(1, 64, 96, 128, 16, 32, 32),
        inception(2, 128, 128, 192, 32, 96, 64),
        ("pool3", "max_pool2d", _HALVE),
        inception(3, 192, 96, 208, 16, 48, 64),
        inception(4, 160, 112, 224, 24, 64, 64),
        inception(5, 128, 128, 256, 24, 64, 64),
        inception(6, 112, 144, 288, 32, 64, 64),
        inception(7, 256, 160, 320, 32, 128, 128),
        ("pool4", "max_pool2d", _HALVE),
        inception(8, 256, 160, 320, 32, 128, 128),
        inception(9, 384, 192, 384, 48, 128, 128),
        ("pool5", "adaptive_avg_pool2d", {}),
        ("flatten", "flatten", {}),
        ("linear1", "linear", {"out_features": classes}),
    )


GOOGLENET = Entry(
    name="googlenet", title="GoogLeNet", chapter="Modern convolutional networks", year=2014,
    summary="Nine Inception blocks: four branches side by side, and few weights for its depth.",
    worth_seeing="The four branches of a block: how 1×1, 3×3 and 5×5 kernels respond to the same map.",
    source="Szegedy et al. 2015; Dive into Deep Learning, 8.4", make=googlenet,
    recipe=Recipe(googlenet(), init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0005).with_(batch_size=32, epochs=8),
    scales=("width", "size", "channels", "classes"), sizes=(32, 64, 96, 224),
    after="nin", added="Windows of several sizes side by side, each after a 1×1 convolution that saves work.",
)
