"""A small decoder-only transformer that reads characters."""

from explorer.document import chain
from explorer.zoo.entry import Entry, scaled
from explorer.zoo.recurrent_networks import CHARACTERS, reads_alice

HEADS, LAYERS = 4, 4


def char_transformer(width=1.0, size=64, classes=CHARACTERS):
    """Make a decoder that reads `size` characters at once, out of `classes` different ones."""
    features = scaled(width, 128, multiple=HEADS)
    return chain(
        "Character transformer",
        ("input", "input", {"shape": [size], "dtype": "int64"}),
        ("embedding1", "embedding", {"num_embeddings": classes, "embedding_dim": features}),
        ("positions1", "learned_positions", {}),
        *((f"block{number}", "transformer_encoder", {"heads": HEADS, "hidden_features": 4 * features, "mask": "causal"})
          for number in range(1, LAYERS + 1)),
        ("norm1", "layer_norm", {}),
        ("linear1", "linear", {"out_features": classes}),
    )


CHAR_TRANSFORMER = Entry(
    name="char_transformer", title="Character transformer", chapter="Attention and transformers", year=2018,
    summary="Four transformer blocks with a causal mask: each character sees those before it, and predicts the next.",
    worth_seeing="The mask on its blocks: half of every attention map is empty, the future.",
    source="Radford et al. 2018 (GPT); Dive into Deep Learning, 11.9", make=char_transformer,
    recipe=reads_alice(char_transformer()).with_optimizer("adam", lr=0.001)
    .with_(epochs=15, batch_size=16, warmup_epochs=1.0), scales=("width", "size", "classes"), sizes=(16, 32, 64, 128),
    after="char_rnn", added="Attention instead of a state: every character sees all those before it at once.",
)
