"""AlexNet as in the course: one stream, one input channel."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

_POOL = {"kernel_size": 3, "stride": 2}


def alexnet(width=1.0, size=224, channels=1, classes=10):
    def conv(number, out_channels, kernel_size, **params):
        yield f"conv{number}", "conv2d", {"out_channels": scaled(width, out_channels), "kernel_size": kernel_size,
                                          **params}
        yield f"relu{number}", "relu", {}

    hidden = {"out_features": scaled(width, 4096)}
    return chain(
        "AlexNet",
        ("input", "input", {"shape": [channels, size, size]}),
        *conv(1, 96, 11, stride=4, padding=1),
        ("pool1", "max_pool2d", _POOL),
        *conv(2, 256, 5, padding=2),
        ("pool2", "max_pool2d", _POOL),
        *conv(3, 384, 3, padding=1),
        *conv(4, 384, 3, padding=1),
        *conv(5, 256, 3, padding=1),
        ("pool3", "max_pool2d", _POOL),
        ("flatten", "flatten", {}),
        ("linear1", "linear", hidden), ("relu6", "relu", {}), ("dropout1", "dropout", {"p": 0.5}),
        ("linear2", "linear", hidden), ("relu7", "relu", {}), ("dropout2", "dropout", {"p": 0.5}),
        ("linear3", "linear", {"out_features": classes}),
    )


ALEXNET = Entry(
    name="alexnet", title="AlexNet", chapter="Modern convolutional networks", year=2012,
    summary="LeNet's plan at a hundred times the size, with ReLU and dropout: the network that won ImageNet.",
    worth_seeing="Its first kernels, 11×11 pixels: edges and blobs, found by learning alone.",
    source="Krizhevsky et al. 2012; Dive into Deep Learning, 8.1", make=alexnet,
    recipe=Recipe(alexnet(width=0.25, size=96), init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0005).with_(batch_size=32, epochs=8),
    scales=("width", "size", "channels", "classes"), sizes=(96, 128, 224),
    after="lenet_relu", added="Five convolutions instead of two, wide layers, and dropout against overfitting.",
)
