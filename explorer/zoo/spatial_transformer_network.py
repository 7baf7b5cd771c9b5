"""A convolutional network that first rotates, shifts and scales its image."""

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry, scaled


def spatial_transformer_cnn(width=1.0, size=28, channels=1, classes=10):
    return chain(
        "Spatial transformer CNN",
        ("input", "input", {"shape": [channels, size, size]}),
        ("transformer1", "spatial_transformer", {}),
        ("conv1", "conv2d", {"out_channels": scaled(width, 10), "kernel_size": 5}),
        ("pool1", "max_pool2d", {}),
        ("relu1", "relu", {}),
        ("conv2", "conv2d", {"out_channels": scaled(width, 20), "kernel_size": 5}),
        ("pool2", "max_pool2d", {}),
        ("relu2", "relu", {}),
        ("flatten", "flatten", {}),
        ("linear1", "linear", {"out_features": scaled(width, 50)}),
        ("relu3", "relu", {}),
        ("linear2", "linear", {"out_features": classes}),
    )


SPATIAL_TRANSFORMER_CNN = Entry(
    name="spatial_transformer_cnn", title="Spatial transformer CNN", chapter="Computer vision", year=2015,
    summary="A small network inside the network decides how the image is rotated, shifted and scaled.",
    worth_seeing="The image after the transformer: after some epochs digits are upright and fill the frame.",
    source="Jaderberg et al. 2015", make=spatial_transformer_cnn,
    recipe=Recipe(spatial_transformer_cnn()).with_optimizer("adam", lr=0.001).with_(batch_size=32, epochs=12),
    scales=("width", "size", "channels", "classes"), sizes=(28, 32, 64),
    after="lenet_relu", added="A learned affine transform of the image before the first convolution.",
)
