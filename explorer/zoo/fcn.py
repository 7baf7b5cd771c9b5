"""A fully convolutional network on a ResNet-18 body: a class for every pixel."""

from explorer.document import chain
from explorer.zoo.entry import Entry
from explorer.zoo.resnet import body


def fcn_resnet18(width=1.0, size=320, channels=3, classes=21):
    """Make the network for images `size` high and half as wide again, as the course crops them. Multiples of 64 fit."""
    return chain(
        "FCN on ResNet-18",
        ("input", "input", {"shape": [channels, size, size * 3 // 2]}),
        *body("residual", (2, 2, 2, 2), 1, width),
        ("scores", "conv2d", {"out_channels": classes, "kernel_size": 1}),
        ("upsample", "conv_transpose2d", {"out_channels": classes, "kernel_size": 64, "stride": 32, "padding": 16,
                                          "kernel": "bilinear"}),
    )


FCN_RESNET18 = Entry(
    name="fcn_resnet18", title="FCN on ResNet-18", chapter="Computer vision", year=2015,
    summary="No linear layer at all: a score for each class at each position, upsampled to the image's size.",
    worth_seeing="The last transposed convolution: it starts as bilinear interpolation, and may learn something "
                 "better.",
    source="Long et al. 2015; Dive into Deep Learning, 14.11", make=fcn_resnet18,
    untrained="Its task, a class for every pixel (segmentation), comes with the computer vision labs.",
    scales=("width", "size", "channels", "classes"), sizes=(128, 192, 320),
    after="resnet18", added="A 1×1 convolution scores each position; a transposed convolution restores the size.",
)
