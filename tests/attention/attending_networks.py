"""Networks that attend in every way that blocks allow, each with an input."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer import zoo
from explorer.blocks.wiring import wired
from explorer.document import Network, chain
from tests.zoo.test_zoo import sample_of

ZOO = {"vit_digits": {}, "vit_b_16": {"width": 1 / 16, "size": 32}, "swin_digits": {},
       "swin_t": {"width": 1 / 16, "size": 64}, "char_transformer": {}}
MASKS = {"none": {}, "causal": {}, "window": {"window": 2}, "global": {"global_tokens": 2},
         "random": {"random_keys": 2}, "padding": {"padding": 3}}


def of_parts(*masks: dict[str, object]) -> Network:
    """Rows of an image that attend, built from single parts on the canvas."""
    return wired(
        "Parts", ("input", "input", {"shape": [1, 6, 8]}), ("rows", "reshape", {"shape": [6, 8]}),
        ("q", "linear", {"out_features": 4}, "rows"), ("k", "linear", {"out_features": 4}, "rows"),
        ("v", "linear", {"out_features": 4}, "rows"), ("similarity", "attention_scores", {}, "q", "k"),
        *((f"hidden{place}", "attention_mask", mask) for place, mask in enumerate(masks, 1)),
        ("shares", "softmax", {"dim": 2}),
        ("mixed", "attention_mix", {}, "shares", "v"), ("flatten1", "flatten", {}),
        ("head", "linear", {"out_features": 10}))


def split_by_hand() -> Network:
    """Two heads that a reshape and a permute split, in place of the block for that."""
    split = [(f"{name}{step}", block, params, source) for name in "qkv" for step, block, params, source in (
        ("", "linear", {"out_features": 8}, "rows"), ("_cut", "reshape", {"shape": [6, 2, 4]}, name),
        ("_heads", "permute", {"dims": [2, 1, 3]}, f"{name}_cut"))]
    return wired(
        "Split by hand", ("input", "input", {"shape": [1, 6, 8]}), ("rows", "reshape", {"shape": [6, 8]}), *split,
        ("similarity", "attention_scores", {}, "q_heads", "k_heads"), ("shares", "softmax", {"dim": 3}),
        ("mixed", "attention_mix", {}, "shares", "v_heads"), ("flatten1", "flatten", {}),
        ("head", "linear", {"out_features": 10}))


def cross(additive: bool = False) -> Network:
    """A document whose queries are columns of an image, and whose keys are its patches."""
    mechanism = ("attend", "attention", {"scores": "additive"}, "columns", "patches", "patches") if additive else \
        ("attend", "cross_attention", {"heads": 2}, "columns", "patches")
    return wired(
        "Columns look at patches", ("input", "input", {"shape": [1, 8, 8]}),
        ("turned", "permute", {"dims": [3, 1, 2]}, "input"), ("tokens", "reshape", {"shape": [8, 8]}),
        ("columns", "linear", {"out_features": 8}), ("patches", "patch_embedding",
                                                     {"patch_size": 4, "out_features": 8}, "input"),
        mechanism, ("pool", "token_pooling", {"pool": "mean"}), ("head", "linear", {"out_features": 10}))


def linear() -> Network:
    return chain("Linear", ("input", "input", {"shape": [1, 8, 8]}),
                 ("patches", "patch_embedding", {"patch_size": 2, "out_features": 8}),
                 ("attention", "multi_head_attention", {"heads": 2, "mechanism": "linear"}),
                 ("pool", "token_pooling", {"pool": "mean"}), ("head", "linear", {"out_features": 10}))


def masked(kind: str) -> Network:
    return chain("Masked", ("input", "input", {"shape": [9], "dtype": "int64"}),
                 ("embedding", "embedding", {"num_embeddings": 10, "embedding_dim": 8}),
                 ("block1", "transformer_encoder", {"heads": 2, "mask": kind, "dropout": 0.5, **MASKS[kind]}),
                 ("head", "linear", {"out_features": 10}))


def hiding_all() -> Network:
    """Each row sees itself alone, and the last two are padding: those see nothing."""
    return of_parts({"kind": "window", "window": 0}, {"kind": "padding", "padding": 2})


NETWORKS = {**{name: zoo.get(name, **settings) for name, settings in ZOO.items()},
            "parts": of_parts(), "split by hand": split_by_hand(), "cross": cross(),
            "additive": cross(additive=True), "linear": linear(),
            **{f"mask {kind}": masked(kind) for kind in MASKS}}


def batch_for(net: Network) -> Tensor:
    torch.manual_seed(1)
    return sample_of(net, 2)
