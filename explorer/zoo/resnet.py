"""Residual networks: torchvision's ResNet-18, -34 and -50, and the ResNet-20 of the paper for 32×32 images."""

from functools import partial

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

_SCALES = ("width", "size", "channels", "classes")
_PAPER = {"bias": False, "shortcut_norm": True}


def resnet(name, block, blocks, expansion, width=1.0, size=224, channels=3, classes=1000):
    """Make one of torchvision's networks; see `body`."""
    return chain(
        name,
        ("input", "input", {"shape": [channels, size, size]}),
        *body(block, blocks, expansion, width),
        ("pool2", "adaptive_avg_pool2d", {}),
        ("flatten", "flatten", {}),
        ("linear1", "linear", {"out_features": classes}),
    )


def body(block, blocks, expansion, width):
    """List the steps up to the last map, at a 32nd of the image's size.

    blocks: how many there are in each of the four stages; expansion: how much wider the last layer of a block is.
    """
    return (
        ("conv1", "conv2d", {"out_channels": scaled(width, 64), "kernel_size": 7, "stride": 2, "padding": 3,
                             "bias": False}),
        ("norm1", "batch_norm2d", {}),
        ("relu1", "relu", {}),
        ("pool1", "max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
        *(step for number, count in enumerate(blocks, 1) for step in _stage(
            number, block, count, scaled(width, 64 * 2 ** (number - 1)) * expansion, expansion > 1)),
    )


def _stage(number, block, count, out_channels, widens):
    """Residual blocks of one width; the first halves the map, but for the first stage."""
    for place in range(1, count + 1):
        changes = {"stride": 2, "use_1x1conv": True} if number > 1 else {"use_1x1conv": True} if widens else {}
        yield (f"stage{number}_block{place}", block,
               {"out_channels": out_channels, **(changes if place == 1 else {}), **_PAPER})


resnet18 = partial(resnet, "ResNet-18", "residual", (2, 2, 2, 2), 1)
resnet34 = partial(resnet, "ResNet-34", "residual", (3, 4, 6, 3), 1)
resnet50 = partial(resnet, "ResNet-50", "bottleneck", (3, 4, 6, 3), 4)


def resnet20(width=1.0, size=32, channels=3, classes=10):
    """Make three stages of three residual blocks, 16, 32 and 64 channels. Source: He et al. 2016, section 4.2."""
    return chain(
        "ResNet-20",
        ("input", "input", {"shape": [channels, size, size]}),
        ("conv1", "conv2d", {"out_channels": scaled(width, 16), "kernel_size": 3, "padding": 1, "bias": False}),
        ("norm1", "batch_norm2d", {}),
        ("relu1", "relu", {}),
        *(step for number, wide in enumerate((16, 32, 64), 1)
          for step in _stage(number, "residual", 3, scaled(width, wide), widens=False)),
        ("pool1", "adaptive_avg_pool2d", {}),
        ("flatten", "flatten", {}),
        ("linear1", "linear", {"out_features": classes}),
    )


_SMALL = {"size": 96, "channels": 1, "classes": 10}
_CHAPTER = {"chapter": "Modern convolutional networks", "scales": _SCALES, "sizes": (32, 64, 96, 224), "year": 2015}

RESNET18 = Entry(
    name="resnet18", title="ResNet-18",
    summary="Eight residual blocks: each learns only what to add to its input, so that depth does no harm.",
    worth_seeing="Inside a block: the map on the shortcut, what the convolutions add to it, and their sum.",
    source="He et al. 2016; Dive into Deep Learning, 8.6; torchvision.models.resnet18", make=resnet18,
    recipe=Recipe(resnet18(**_SMALL)).with_optimizer("sgd", lr=0.05).with_(batch_size=32, epochs=4),
    after="vgg11", added="A shortcut around every two convolutions, and batch norm after each.", **_CHAPTER,
)

RESNET34 = Entry(
    name="resnet34", title="ResNet-34",
    summary="Sixteen residual blocks: twice as deep as ResNet-18, and still easy to train.",
    worth_seeing="Gradient norms from the last layer to the first: they hardly fall, thirty-four layers deep.",
    source="He et al. 2016; torchvision.models.resnet34", make=resnet34,
    recipe=Recipe(resnet34(width=0.5, **_SMALL)).with_optimizer("sgd", lr=0.05).with_(batch_size=32, epochs=5),
    after="resnet18", added="Eight more blocks of the same kind.", **_CHAPTER,
)

RESNET50 = Entry(
    name="resnet50", title="ResNet-50",
    summary="Sixteen bottleneck blocks: a 1×1 convolution narrows the map before the 3×3, another widens it again.",
    worth_seeing="The narrow waist of each block, a quarter of its channels: most of the work happens there.",
    source="He et al. 2016; torchvision.models.resnet50", make=resnet50,
    recipe=Recipe(resnet50(width=0.25, **_SMALL)).with_optimizer("sgd", lr=0.05).with_(batch_size=32, epochs=6),
    after="resnet34", added="Each block is a bottleneck: three layers, cheaper than two wide ones.", **_CHAPTER,
)

RESNET20 = Entry(
    name="resnet20", title="ResNet-20 for small images",
    summary="Nine residual blocks for 32×32 images: 0.27 million weights, made for CIFAR-10.",
    worth_seeing="The maps of the last stage, 8×8 pixels: what is left of a cat.",
    source="He et al. 2016, section 4.2", make=resnet20,
    recipe=Recipe(resnet20(width=0.5), data=Chosen("cifar10"))
    .with_optimizer("sgd", lr=0.1, momentum=0.9).with_(batch_size=128, epochs=10, weight_decay=0.0001),
    after="resnet18", added="Three narrow stages instead of four wide ones, and no pooling at the start.",
    **{**_CHAPTER, "sizes": (28, 32, 64)},
)
