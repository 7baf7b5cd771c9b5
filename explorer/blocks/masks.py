"""Masks over attention scores; each rule is used by both the module and the sketch."""

from __future__ import annotations

import random
from functools import lru_cache

from explorer.blocks.block import Block, Reach
from explorer.blocks.checks import set_param
from explorer.blocks.sketch import Matrix, bands
from explorer.blocks.token_checks import needs_rank
from explorer.document import Problem
from explorer.spec import Choice, Number
from explorer.text import text

_SAMPLES = 4  # looked at along one side of a cell that stands for many pairs
_SPARSE = ("window", "global", "random")  # the kinds that look around their own place

KIND = Choice(
    "kind", "Mask", "none", ("none", "causal", *_SPARSE, "padding"),
    ("None", "Causal", "Window", "Global + window", "Random + global + window", "Padding"),
    help="Which keys a query may attend to: all, none that come later, nearby ones, nearby and global ones, "
         "those and random ones, or all but the padding at the end.")
_SETTINGS = (
    Number("window", "Window", 1, low=0, high=100_000, integer=True, unit="tokens",
           help="How far a query attends to either side, for the masks window, global and random."),
    Number("global_tokens", "Global tokens", 1, low=0, high=100_000, integer=True,
           help="How many tokens at the start attend to all and are attended by all, for the masks global and random."),
    Number("random_keys", "Random keys", 1, low=0, high=64, integer=True,
           help="How many extra keys, drawn once, each query attends to, for the mask random."),
    Number("seed", "Seed", 0, low=0, high=2**31 - 1, integer=True, help="The seed of the random keys."),
    Number("padding", "Padding", 1, low=0, high=100_000, integer=True, unit="tokens",
           help="How many keys at the end are padding and masked, for the mask padding."),
)
MASK_PARAMS = (KIND, *_SETTINGS)


def mask_settings(params, kind: str = "kind") -> dict:
    """Return the settings of attention_mask from those of a block that calls its mask `kind`."""
    return {"kind": params[kind], **{spec.name: params[spec.name] for spec in _SETTINGS}}


def is_seen(params, query, key, keys: int):
    """Return whether a query may attend to a key, for two positions or tensors of them; leaves out random keys."""
    near = abs(query - key) <= params["window"]
    match params["kind"]:
        case "causal":
            return key <= query
        case "window":
            return near
        case "global" | "random":
            return near | (query < params["global_tokens"]) | (key < params["global_tokens"])
        case "padding":
            return key < keys - params["padding"]
    return key < keys


def random_keys(params, queries: int, keys: int) -> tuple[tuple[int, ...], ...]:
    """Draw the random keys of each query; they may include keys that it attends to anyway."""
    if params["kind"] != "random":
        return ((),) * queries
    return _draw(params["seed"], params["random_keys"], queries, keys)


@lru_cache(maxsize=32)
def _draw(seed, count, queries, keys):
    draw = random.Random(seed)
    return tuple(tuple(draw.sample(range(keys), count)) for _ in range(queries))


def check_mask(params, queries: int, keys: int, kind: str = "kind") -> list[Problem]:
    """Return the problems of a mask over this many queries and keys; `kind` is the block's name for the setting."""
    settings = mask_settings(params, kind)
    if settings["kind"] in ("causal", *_SPARSE) and queries != keys:
        return [Problem(text("This mask compares positions, so it needs as many keys as queries, but gets "
                             "{queries} queries and {keys} keys.", queries=queries, keys=keys),
                        set_param(kind, "none", "mask"))]
    if settings["kind"] == "padding" and params["padding"] >= keys:
        return [Problem(text("{padding} of {keys} keys are padding, so there is no key left to attend to.",
                             padding=params["padding"], keys=keys), set_param("padding", keys - 1, "padding"))]
    if settings["kind"] == "random" and params["random_keys"] > keys:
        return [Problem(text("{count} random keys cannot be drawn from {keys} keys.", count=params["random_keys"],
                             keys=keys),
                        set_param("random_keys", keys, "random keys"))]
    return []


def mask_sketch(params, queries: int, keys: int, copies: int = 1) -> Matrix:
    """Draw the mask: 1 where a query may attend to a key; for cells of many pairs, the fraction of such pairs."""
    drawn = random_keys(params, queries, keys)

    def share(rows, columns):
        pairs = [bool(is_seen(params, q, k, keys)) or k in drawn[q] for q in rows for k in columns]
        return sum(pairs) / len(pairs)

    across = _sampled(keys)
    cells = tuple(tuple(share(rows, columns) for columns in across) for rows in _sampled(queries))
    return Matrix(cells, "query", "key", copies)


def _sampled(count):
    """Split the positions 0 to count - 1 into at most MAX_CELLS parts and sample a few of each, evenly spread."""
    return [band[::max(1, len(band) // _SAMPLES)] for band in bands(count)]


def _build(params, in_shapes):
    import torch
    from torch import Tensor, nn

    class AttentionMask(nn.Module):
        """Scores (..., query, key) with minus infinity where `mask` (query, key) is False."""

        def __init__(self, mask: Tensor) -> None:
            super().__init__()
            self.register_buffer("mask", mask, persistent=False)

        def forward(self, scores: Tensor) -> Tensor:
            return scores.masked_fill(~self.mask, float("-inf"))

    queries, keys = in_shapes[0][-2:]
    mask = is_seen(params, torch.arange(queries)[:, None], torch.arange(keys), keys).expand(queries, keys).clone()
    if drawn := [(q, k) for q, row in enumerate(random_keys(params, queries, keys)) for k in row]:
        mask[tuple(torch.tensor(drawn).T)] = True
    return AttentionMask(mask)


def _check(params, signals):
    (signal,) = signals
    return (needs_rank("Attention mask", signal, (2, 3, 4), text("scores (query × key, or head × query × key)"))
            or check_mask(params, *signal.shape[-2:]))


ATTENTION_MASK = Block(
    name="attention_mask", title="Attention mask", family="attention", inputs=("scores",),
    summary="Sets the scores of keys that a query may not attend to to minus infinity, so their weights are zero.",
    params=MASK_PARAMS, brief="{kind}",
    formula=r"S'_{ij} = S_{ij} \text{ if } i \text{ may look at } j \text{ else } -\infty",
    source="Vaswani et al. 2017, 3.2.3; Zaheer et al. 2020 (BigBird); Dive into Deep Learning, 11.3",
    build=_build, check=_check, sees=lambda params, in_shape: None,
    reach=lambda params, in_shape: Reach.OWN if params["kind"] == "none" else Reach.UNKNOWN,
    sketch=lambda params, in_shapes: mask_sketch(
        params, *in_shapes[0][-2:], copies=in_shapes[0][-3] if len(in_shapes[0]) > 2 else 1),
)
