"""VGG, one block repeated: the small one of CNN Explainer, the course's VGG-11, and torchvision's VGG-16."""

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.zoo.entry import Entry, scaled

_SCALES = ("width", "size", "channels", "classes")


def tiny_vgg(width=1.0, size=64, channels=3, classes=10):
    """Make two blocks of two 3×3 convolutions without padding, as CNN Explainer draws it."""
    conv = {"out_channels": scaled(width, 10), "kernel_size": 3}
    return chain(
        "Tiny VGG", ("input", "input", {"shape": [channels, size, size]}),
        *(step for block in (1, 2) for step in (
            (f"conv{block}_1", "conv2d", conv), (f"relu{block}_1", "relu", {}),
            (f"conv{block}_2", "conv2d", conv), (f"relu{block}_2", "relu", {}),
            (f"pool{block}", "max_pool2d", {"kernel_size": 2, "stride": 2}))),
        ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": classes}))


def vgg11(width=1.0, size=224, channels=1, classes=10):
    return _vgg("VGG-11", ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)), width, size, channels, classes)


def vgg16(width=1.0, size=224, channels=3, classes=1000):
    return _vgg("VGG-16", ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), width, size, channels, classes)


def _vgg(name, stages, width, size, channels, classes):
    hidden = {"out_features": scaled(width, 4096)}
    return chain(
        name, ("input", "input", {"shape": [channels, size, size]}),
        *((f"block{number}", "vgg_block", {"num_convs": convs, "out_channels": scaled(width, out_channels)})
          for number, (convs, out_channels) in enumerate(stages, 1)),
        ("flatten", "flatten", {}),
        ("linear1", "linear", hidden), ("relu1", "relu", {}), ("dropout1", "dropout", {"p": 0.5}),
        ("linear2", "linear", hidden), ("relu2", "relu", {}), ("dropout2", "dropout", {"p": 0.5}),
        ("linear3", "linear", {"out_features": classes}))


TINY_VGG = Entry(
    name="tiny_vgg", title="Tiny VGG", chapter="Modern convolutional networks", year=2020,
    summary="Four convolutions of ten kernels each: the small network that CNN Explainer takes apart.",
    worth_seeing="Every single map: each layer has only ten, few enough to look at all of them.",
    source="Wang et al. 2020, CNN Explainer", make=tiny_vgg,
    recipe=Recipe(tiny_vgg()).with_optimizer("adam", lr=0.002).with_(batch_size=32, epochs=10),
    scales=_SCALES, sizes=(32, 64),
    after="lenet_relu", added="Two small convolutions instead of a large one, and one linear layer at the end.",
)

VGG11 = Entry(
    name="vgg11", title="VGG-11", chapter="Modern convolutional networks", year=2014,
    summary="Blocks of 3×3 convolutions; each block halves the map and doubles the channels.",
    worth_seeing="The growing receptive field: two 3×3 windows see as much as one 5×5, with fewer weights.",
    source="Simonyan & Zisserman 2015; Dive into Deep Learning, 8.2", make=vgg11,
    recipe=Recipe(vgg11(width=0.25, size=64), init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0005).with_(batch_size=32, epochs=8),
    scales=_SCALES, sizes=(32, 64, 96, 224),
    after="alexnet", added="One block for all: small kernels only, stacked deeper.",
)

VGG16 = Entry(
    name="vgg16", title="VGG-16", chapter="Modern convolutional networks", year=2014,
    summary="Thirteen convolutions and three linear layers: 138 million weights, most of them in the first linear "
            "layer.",
    worth_seeing="Where the weights are: nine out of ten come after the last convolution.",
    source="Simonyan & Zisserman 2015; torchvision.models.vgg16", make=vgg16,
    recipe=Recipe(vgg16(width=0.25, size=64, channels=1, classes=10), init=Chosen("kaiming_uniform"))
    .with_optimizer("adam", lr=0.0003).with_(batch_size=32, epochs=8),
    scales=_SCALES, sizes=(32, 64, 96, 224),
    after="vgg11", added="Five more convolutions, in the same blocks.",
)
