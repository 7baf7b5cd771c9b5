"""A deep convolutional GAN as in the course, in two documents: the generator and the discriminator."""

from explorer.document import chain
from explorer.zoo.entry import Entry, scaled

_UNTRAINED = ("Training a generator against a discriminator, two networks with two losses, comes with the lab on "
              "generative networks.")
_HALVE = {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False}


def dcgan_generator(width=1.0, channels=3):
    """Make the generator: 100 random numbers become an image of 64×64; `channels` are the image's."""
    def block(number, out_channels, **params):
        yield f"conv{number}", "conv_transpose2d", {"out_channels": scaled(width, out_channels), **_HALVE, **params}
        yield f"norm{number}", "batch_norm2d", {}
        yield f"relu{number}", "relu", {}

    return chain(
        "DCGAN generator",
        ("input", "input", {"shape": [100, 1, 1]}),
        *block(1, 512, stride=1, padding=0),
        *block(2, 256),
        *block(3, 128),
        *block(4, 64),
        ("conv5", "conv_transpose2d", {"out_channels": channels, **_HALVE}),
        ("tanh1", "tanh", {}),
    )


def dcgan_discriminator(width=1.0, channels=3):
    def block(number, out_channels):
        yield f"conv{number}", "conv2d", {"out_channels": scaled(width, out_channels), **_HALVE}
        yield f"norm{number}", "batch_norm2d", {}
        yield f"leaky_relu{number}", "leaky_relu", {"negative_slope": 0.2}

    return chain(
        "DCGAN discriminator",
        ("input", "input", {"shape": [channels, 64, 64]}),
        *block(1, 64),
        *block(2, 128),
        *block(3, 256),
        *block(4, 512),
        ("conv5", "conv2d", {"out_channels": 1, "kernel_size": 4, "bias": False}),
    )


DCGAN_GENERATOR = Entry(
    name="dcgan_generator", title="DCGAN, generator", chapter="Generative networks", year=2015,
    summary="A hundred random numbers grow into a 64×64 image: a convolutional network run backwards.",
    worth_seeing="The map doubles from 1×1 to 64×64, while the channels become fewer.",
    source="Radford et al. 2016; Dive into Deep Learning, 20.2", make=dcgan_generator, untrained=_UNTRAINED,
    scales=("width", "channels"),
    after="fcn_resnet18", added="Transposed convolutions only: from a few numbers to an image.",
)

DCGAN_DISCRIMINATOR = Entry(
    name="dcgan_discriminator", title="DCGAN, discriminator", chapter="Generative networks", year=2015,
    summary="A convolutional network that tells real images from generated ones.",
    worth_seeing="No pooling: each convolution halves the map by its own stride, followed by LeakyReLU.",
    source="Radford et al. 2016; Dive into Deep Learning, 20.2", make=dcgan_discriminator, untrained=_UNTRAINED,
    scales=("width", "channels"),
    after="lenet_batch_norm", added="Strides instead of pooling, LeakyReLU, and one output: real or generated.",
)
