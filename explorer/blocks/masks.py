"""Who may look at whom: masks over attention scores, each one rule that serves the module and the picture."""

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
    help="Which keys a query may look at: all, none that come later, only near ones, near ones and a few that all see, "
         "a few random ones as well, or all but the padding at the end.")
_SETTINGS = (
    Number("window", "Window", 1, low=0, high=100_000, integer=True, unit="tokens",
           help="How far a query looks to either side, with the masks window, global and random."),
    Number("global_tokens", "Global tokens", 1, low=0, high=100_000, integer=True,
           help="How many first tokens see all and are seen by all, with the masks global and random."),
    Number("random_keys", "Random keys", 1, low=0, high=64, integer=True,
           help="How many keys, drawn once, each query looks at as well, with the mask random."),
    Number("seed", "Seed", 0, low=0, high=2**31 - 1, integer=True, help="Fixes which random keys are drawn."),
    Number("padding", "Padding", 1, low=0, high=100_000, integer=True, unit="tokens",
           help="How many of the last keys nobody looks at, with the mask padding."),
)
MASK_PARAMS = (KIND, *_SETTINGS)


def mask_settings(params, kind: str = "kind") -> dict:
    """The settings of attention_mask among those of a block whose mask is called `kind`."""
    return {"kind": params[kind], **{spec.name: params[spec.name] for spec in _SETTINGS}}


def is_seen(params, query, key, keys: int):
    """Whether a query may look at a key, but for random keys: of two places, or of tensors of places."""
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
    """The keys that each query looks at by chance; they may be among those it sees anyway."""
    if params["kind"] != "random":
        return ((),) * queries
    return _draw(params["seed"], params["random_keys"], queries, keys)


@lru_cache(maxsize=32)
def _draw(seed, count, queries, keys):
    draw = random.Random(seed)
    return tuple(tuple(draw.sample(range(keys), count)) for _ in range(queries))


def check_mask(params, queries: int, keys: int, kind: str = "kind") -> list[Problem]:
    """Return the problems of a mask over so many queries and keys; `kind` is what the block calls the setting."""
    settings = mask_settings(params, kind)
    if settings["kind"] in ("causal", *_SPARSE) and queries != keys:
        return [Problem(text("This mask compares places, so it needs as many keys as queries; it gets {queries} "
                             "queries and {keys} keys.", queries=queries, keys=keys), set_param(kind, "none", "mask"))]
    if settings["kind"] == "padding" and params["padding"] >= keys:
        return [Problem(text("{padding} of {keys} keys are padding, so nothing is left to look at.",
                             padding=params["padding"], keys=keys), set_param("padding", keys - 1, "padding"))]
    if settings["kind"] == "random" and params["random_keys"] > keys:
        return [Problem(text("{count} random keys cannot be drawn from {keys}.", count=params["random_keys"],
                             keys=keys),
                        set_param("random_keys", keys, "random keys"))]
    return []


def mask_sketch(params, queries: int, keys: int, copies: int = 1) -> Matrix:
    """The mask as a picture: 1 where a query may look at a key; the share of such pairs where cells stand for many."""
    drawn = random_keys(params, queries, keys)

    def share(rows, columns):
        pairs = [bool(is_seen(params, q, k, keys)) or k in drawn[q] for q in rows for k in columns]
        return sum(pairs) / len(pairs)

    across = _sampled(keys)
    cells = tuple(tuple(share(rows, columns) for columns in across) for rows in _sampled(queries))
    return Matrix(cells, "query", "key", copies)


def _sampled(count):
    """The places 0 to count - 1 in MAX_CELLS parts at most, each by a few of its places, evenly spread."""
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
    summary="Sets scores to minus infinity where a query must not look, so that their weight becomes zero.",
    params=MASK_PARAMS, brief="{kind}",
    formula=r"S'_{ij} = S_{ij} \text{ if } i \text{ may look at } j \text{ else } -\infty",
    source="Vaswani et al. 2017, 3.2.3; Zaheer et al. 2020 (BigBird); Dive into Deep Learning, 11.3",
    build=_build, check=_check, sees=lambda params, in_shape: None,
    reach=lambda params, in_shape: Reach.OWN if params["kind"] == "none" else Reach.UNKNOWN,
    sketch=lambda params, in_shapes: mask_sketch(
        params, *in_shapes[0][-2:], copies=in_shapes[0][-3] if len(in_shapes[0]) > 2 else 1),
)
