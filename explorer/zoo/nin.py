"""Network in network, as in the course."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

_POOL = {"kernel_size": 3, "stride": 2}


def nin(width=1.0, size=224, channels=1, classes=10):
    def block(number, out_channels, kernel_size, stride=1, padding=0):
        return f"block{number}", "nin_block", {"out_channels": out_channels, "kernel_size": kernel_size,
                                               "stride": stride, "padding": padding}

    return chain(
        "NiN",
        ("input", "input", {"shape": [channels, size, size]}),
        block(1, scaled(width, 96), 11, stride=4),
        ("pool1", "max_pool2d", _POOL),
        block(2, scaled(width, 256), 5, padding=2),
        ("pool2", "max_pool2d", _POOL),
        block(3, scaled(width, 384), 3, padding=1),
        ("pool3", "max_pool2d", _POOL),
        ("dropout1", "dropout", {"p": 0.5}),
        block(4, classes, 3, padding=1),
        ("pool4", "adaptive_avg_pool2d", {}),
        ("flatten", "flatten", {}),
    )


NIN = Entry(
    name="nin", title="NiN", chapter="Modern convolutional networks", year=2013,
    summary="1×1 convolutions mix the channels at each pixel; one map per class and a mean replace the linear layers.",
    worth_seeing="The ten maps before the last pooling: each lights up where it sees its class.",
    source="Lin et al. 2013; Dive into Deep Learning, 8.3", make=nin,
    recipe=Recipe(nin(width=0.5, size=96), init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0002).with_(batch_size=16, epochs=25),
    scales=("width", "size", "channels", "classes"), sizes=(96, 128, 224),
    after="alexnet", added="1×1 convolutions in every block; a mean over each class's map instead of linear layers.",
)
