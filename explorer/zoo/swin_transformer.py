"""Swin transformers: torchvision's Swin-T, and a small one for digits and other small images."""

from explorer.document import chain
from explorer.recipe import Recipe
from explorer.zoo.entry import Entry, scaled

_LARGEST_WINDOW = 7


def swin(name, patch_size, features, pairs, heads, stochastic_depth=0.0, hidden_ratio=4,
         width=1.0, size=224, channels=3, classes=1000):
    """Make stages of block pairs; after each but the last, patches are merged 2×2.

    pairs: how many pairs of blocks each stage has; heads: of the first stage, doubled with the features from stage to
    stage. Windows are as large as fits all stages, 7×7 at most. `stochastic_depth` grows to this from 0 at the first.
    """
    features = scaled(width, features, multiple=heads)
    last = size // patch_size // 2 ** (len(pairs) - 1)
    window = max(side for side in range(1, _LARGEST_WINDOW + 1) if last % side == 0)
    drops = _growing(stochastic_depth, sum(pairs))
    steps = []
    for stage, count in enumerate(pairs):
        if stage:
            steps.append((f"merge{stage}", "patch_merging", {}))
        wide = features * 2**stage
        for pair in range(1, count + 1):
            first, second = next(drops)
            steps.append((f"stage{stage + 1}_pair{pair}", "swin_block_pair", {
                "heads": heads * 2**stage, "window_size": window, "hidden_features": hidden_ratio * wide,
                "stochastic_depth": first, "second_stochastic_depth": second}))
    return chain(
        name,
        ("input", "input", {"shape": [channels, size, size]}),
        ("patches", "patch_embedding", {"patch_size": patch_size, "out_features": features, "layout": "map"}),
        ("norm1", "layer_norm2d", {}),
        *steps,
        ("norm2", "layer_norm2d", {}),
        ("pool", "adaptive_avg_pool2d", {}),
        ("flatten", "flatten", {}),
        ("head", "linear", {"out_features": classes}),
    )


def _growing(most, pairs):
    """Compute, for each pair of blocks, the two probabilities that a branch is dropped."""
    step = most / (2 * pairs - 1)
    return ((2 * pair * step, (2 * pair + 1) * step) for pair in range(pairs))


def swin_t(width=1.0, size=224, channels=3, classes=1000):
    """Make torchvision's Swin-T, for images whose size is a multiple of 32."""
    return swin("Swin-T", 4, 96, (1, 1, 3, 1), 3, 0.2, width=width, size=size, channels=channels, classes=classes)


def swin_digits(width=1.0, size=28, channels=1, classes=10):
    """Make two stages over 2×2 patches: windows of 7×7 on the 14×14 map of a digit."""
    return swin("Swin for digits", 2, 24, (1, 1), 2, hidden_ratio=2, width=width, size=size, channels=channels,
                classes=classes)


_OF_BOTH = {"chapter": "Attention and transformers", "scales": ("width", "size", "channels", "classes"), "year": 2021}

SWIN_DIGITS = Entry(
    name="swin_digits", title="Swin for digits",
    summary="Attention within windows of 7×7 patches, then across their borders; patches are merged as it goes deeper.",
    worth_seeing="The mask of the shifted windows in stage1_pair1.block2.attention: opposite borders stay apart.",
    source="Liu et al. 2021", make=swin_digits,
    recipe=Recipe(swin_digits()).with_optimizer("adam", lr=0.002).with_(batch_size=64, epochs=30),
    after="vit_digits", added="Windows and merging: the cost grows linearly with the pixels, and maps shrink as in a "
                              "CNN.",
    **_OF_BOTH, sizes=(28, 32),
)

SWIN_T = Entry(
    name="swin_t", title="Swin-T",
    summary="Four stages of windowed attention: a transformer built like a ResNet, from 56×56 patches down to 7×7.",
    worth_seeing="The grids on its blocks: every second one is shifted across the borders of the one before.",
    source="Liu et al. 2021; torchvision.models.swin_t", make=swin_t,
    recipe=Recipe(swin_t(width=0.25, size=64, channels=1, classes=10)).with_optimizer("adam", lr=0.0005)
    .with_(batch_size=32, epochs=10),
    after="swin_digits", added="Twelve blocks in four stages, for photographs of 224×224 pixels.",
    **_OF_BOTH, sizes=(32, 64, 224),
)
