"""LeNet-5 in three versions: as in the course, with batch norm, and with today's activations and pooling."""

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry, scaled


def lenet(width=1.0, size=28, channels=1, classes=10, *, name="LeNet", activation="sigmoid", pool="avg_pool2d",
          norms=False):
    """Make the course's LeNet; with `norms`, batch norm precedes every activation."""
    def step(number, block, **params):
        """Add a layer and the blocks after it."""
        norm = "batch_norm2d" if block == "conv2d" else "batch_norm1d"
        yield f"{block.removesuffix('2d')}{number if block == 'conv2d' else number - 2}", block, params
        if norms:
            yield f"norm{number}", norm, {}
        yield f"{activation}{number}", activation, {}

    return chain(
        name,
        ("input", "input", {"shape": [channels, size, size]}),
        *step(1, "conv2d", out_channels=scaled(width, 6), kernel_size=5, padding=2),
        ("pool1", pool, {"kernel_size": 2, "stride": 2}),
        *step(2, "conv2d", out_channels=scaled(width, 16), kernel_size=5),
        ("pool2", pool, {"kernel_size": 2, "stride": 2}),
        ("flatten", "flatten", {}),
        *step(3, "linear", out_features=scaled(width, 120)),
        *step(4, "linear", out_features=scaled(width, 84)),
        ("linear3", "linear", {"out_features": classes}),
    )


def lenet_relu(width=1.0, size=28, channels=1, classes=10):
    return lenet(width, size, channels, classes, name="LeNet, modern", activation="relu", pool="max_pool2d")


def lenet_batch_norm(width=1.0, size=28, channels=1, classes=10):
    return lenet(width, size, channels, classes, name="LeNet with batch norm", norms=True)


_SCALES = {"scales": ("width", "size", "channels", "classes"), "sizes": (28, 32), "chapter": "Convolutional networks"}

LENET_RELU = Entry(
    name="lenet_relu", title="LeNet, modern", year=1998,
    summary="LeNet with ReLU and max pooling: learns handwriting in seconds.",
    worth_seeing="The first kernels become strokes and edges; their maps light up where the pen turned.",
    source="LeCun et al. 1998; Dive into Deep Learning, 7.6", make=lenet_relu,
    recipe=Recipe(lenet_relu()).with_optimizer("adam", lr=0.002).with_(batch_size=32, epochs=10), **_SCALES,
    after="lenet", added="ReLU and max pooling: the plateau is gone.",
)

LENET = Entry(
    name="lenet", title="LeNet", year=1998,
    summary="The first convolutional network in wide use, with its sigmoids and average pooling.",
    worth_seeing="The plateau: the loss stays at chance level, ln 10, until the gradients find a way through the "
                 "sigmoids.",
    source="LeCun et al. 1998; Dive into Deep Learning, 7.6", make=lenet,
    recipe=Recipe(lenet()).with_optimizer("adam", lr=0.005).with_(batch_size=32, epochs=20), **_SCALES,
    after="mlp", added="Small kernels slide over the image: few weights, and a digit may be anywhere.",
)

LENET_BATCH_NORM = Entry(
    name="lenet_batch_norm", title="LeNet with batch norm", year=2015,
    summary="LeNet with batch norm before every sigmoid: the plateau is gone.",
    worth_seeing="The inputs of each sigmoid: near zero, where it is steep. Compare the gradient norms with LeNet's.",
    source="Ioffe & Szegedy 2015; Dive into Deep Learning, 8.5", make=lenet_batch_norm,
    recipe=Recipe(lenet_batch_norm()).with_optimizer("adam", lr=0.005).with_(batch_size=32, epochs=10), **_SCALES,
    after="lenet", added="Batch norm after each layer moves its outputs to where the sigmoid is steep.",
)
