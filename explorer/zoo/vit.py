"""Vision transformers: torchvision's ViT-B/16, and a small one for digits and other small images."""

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry, scaled


def vit(name, patch_size, features, heads, layers, hidden_ratio=4, width=1.0, size=224, channels=3, classes=1000):
    """Make patches into tokens, with a class token and encoder blocks. hidden_ratio: the width inside the MLPs.

    `width` multiplies the features and rounds them to whole heads.
    """
    features = scaled(width, features, multiple=heads)
    block = {"heads": heads, "hidden_features": hidden_ratio * features, "eps": 1e-6}
    return chain(
        name,
        ("input", "input", {"shape": [channels, size, size]}),
        ("patches", "patch_embedding", {"patch_size": patch_size, "out_features": features}),
        ("class_token", "class_token", {}),
        ("positions", "learned_positions", {}),
        *((f"block{number}", "transformer_encoder", block) for number in range(1, layers + 1)),
        ("norm", "layer_norm", {"eps": 1e-6}),
        ("pool", "token_pooling", {"pool": "class"}),
        ("head", "linear", {"out_features": classes}),
    )


def vit_b_16(width=1.0, size=224, channels=3, classes=1000):
    """Make torchvision's ViT-B/16, for images whose size is a multiple of 16."""
    return vit("ViT-B/16", 16, 768, 12, 12, width=width, size=size, channels=channels, classes=classes)


def vit_digits(width=1.0, size=28, channels=1, classes=10):
    """Make four layers over 4×4 patches: of 7×7 pixels each in a digit, of 8×8 in an image of 32×32."""
    return vit("ViT for digits", size // 4, 64, 4, 4, 2, width=width, size=size, channels=channels,
               classes=classes)


_OF_BOTH = {"chapter": "Attention and transformers", "scales": ("width", "size", "channels", "classes"), "year": 2020}

VIT_DIGITS = Entry(
    name="vit_digits", title="ViT for digits",
    summary="A digit as sixteen patches that attend to one another: a transformer small enough for a laptop.",
    worth_seeing="The first row of block4.attention.weights: where the class token looks before it decides.",
    source="Dosovitskiy et al. 2021; Dive into Deep Learning, 11.8", make=vit_digits,
    recipe=Recipe(vit_digits()).with_optimizer("adam", lr=0.001).with_(batch_size=64, epochs=30),
    after="lenet_relu", added="Attention between patches instead of kernels: each patch sees all others at once.",
    **_OF_BOTH, sizes=(28, 32),
)

VIT_B_16 = Entry(
    name="vit_b_16", title="ViT-B/16",
    summary="A picture is worth 16×16 words: 196 patches and a class token through twelve encoder blocks.",
    worth_seeing="Attention weights from block to block: nearby patches first, the whole image in the end.",
    source="Dosovitskiy et al. 2021; Dive into Deep Learning, 11.8; torchvision.models.vit_b_16", make=vit_b_16,
    recipe=Recipe(vit_b_16(width=0.125, size=64, channels=1, classes=10)).with_optimizer("adam", lr=0.0005)
    .with_(batch_size=32, epochs=20),
    after="vit_digits", added="Twelve blocks of 768 features, for photographs of 224×224 pixels.",
    **_OF_BOTH, sizes=(32, 64, 96, 224),
)
