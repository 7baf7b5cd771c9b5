"""Vision transformers: torchvision's ViT-B/16, and a small one for digits and other small images."""

from explorer.document import chain
from explorer.zoo.entry import scaled


def vit(name, patch_size, features, heads, layers, hidden_ratio=4, width=1.0, size=224, channels=3, classes=1000):
    """Patches as tokens, a class token that gathers, and encoder blocks. hidden_ratio: the width inside the MLPs.

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
        ("pool", "token_pooling", {"kind": "first"}),
        ("head", "linear", {"out_features": classes}),
    )


def vit_b_16(width=1.0, size=224, channels=3, classes=1000):
    """torchvision's, for images whose size is a multiple of 16."""
    return vit("ViT-B/16", 16, 768, 12, 12, width=width, size=size, channels=channels, classes=classes)


def vit_small(width=1.0, size=28, channels=1, classes=10):
    """Four layers of 64 features over 4×4 patches (28 pixels) or more, for small images."""
    return vit("ViT for small images", size // 4, 64, 4, 4, 2, width=width, size=size, channels=channels,
               classes=classes)
