"""LeNet-5, as the course has it and as one would build it today."""

from explorer.document import Network, chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry


def _lenet(name: str, activation: str, pool: str) -> Network:
    return chain(
        name,
        ("input", "input", {"shape": [1, 28, 28]}),
        ("conv1", "conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}),
        (f"{activation}1", activation, {}),
        ("pool1", pool, {"kernel_size": 2, "stride": 2}),
        ("conv2", "conv2d", {"out_channels": 16, "kernel_size": 5}),
        (f"{activation}2", activation, {}),
        ("pool2", pool, {"kernel_size": 2, "stride": 2}),
        ("flatten", "flatten", {}),
        ("linear1", "linear", {"out_features": 120}),
        (f"{activation}3", activation, {}),
        ("linear2", "linear", {"out_features": 84}),
        (f"{activation}4", activation, {}),
        ("linear3", "linear", {"out_features": 10}),
    )


LENET_RELU = Entry(
    name="lenet_relu", title="LeNet, modern", year=1998,
    summary="LeNet with ReLU and max pooling: learns handwriting in seconds.",
    worth_seeing="The first kernels become strokes and edges; the maps behind them light up where the pen turned.",
    source="LeCun et al. 1998; Dive into Deep Learning, 7.6",
    recipe=Recipe(_lenet("LeNet, modern", "relu", "max_pool2d"))
    .with_optimizer("adam", lr=0.002).with_(batch_size=32, epochs=10),
)

LENET = Entry(
    name="lenet", title="LeNet", year=1998,
    summary="The first convolutional network in wide use, with its sigmoids and average pooling.",
    worth_seeing="The plateau: the loss waits at guessing, ln 10, until the gradients find a way through the sigmoids.",
    source="LeCun et al. 1998; Dive into Deep Learning, 7.6",
    recipe=Recipe(_lenet("LeNet", "sigmoid", "avg_pool2d"))
    .with_optimizer("adam", lr=0.005).with_(batch_size=32, epochs=20),
)
