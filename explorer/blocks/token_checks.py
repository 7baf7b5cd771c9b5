"""Checks of the inputs of attention blocks: sequences of tokens, and features that the heads divide."""

from __future__ import annotations

import math

from explorer.blocks.block import Signal
from explorer.blocks.checks import needs_float, set_param
from explorer.document import Fix, InsertBefore, Problem, Shape
from explorer.formatting import format_shape
from explorer.spec import Number
from explorer.text import text

HEADS = Number("heads", "Heads", 4, low=1, high=1024, integer=True,
               help="How many heads attend in parallel, each on its share of the features. Must divide them.")
DROPOUT = Number("dropout", "Dropout", 0.0, low=0, high=0.99, help="The fraction of values dropped during training.")
_MOST_PIXELS = 16  # a side of the patches that a fix cuts
_FEATURES = 64  # of the tokens that a fix makes


def needs_tokens(title: str, signal: Signal, port: int = 0) -> list[Problem]:
    """Return a problem if the input is not a sequence (token, feature); the fix cuts a map into patches."""
    if len(signal.shape) == 2:
        return needs_float(title, (signal,))
    is_map = len(signal.shape) == 3 and signal.dtype == "float32"
    return [Problem(text("{block} needs a sequence (token × feature) but gets {shape}.",
                         block=title, shape=format_shape(signal.shape)),
                    _insert_patches(signal.shape, port) if is_map else None)]


def needs_rank(title: str, signal: Signal, ranks: tuple[int, ...], wanted: str) -> list[Problem]:
    """Return a problem if the input does not have one of these numbers of axes; `wanted` names them."""
    if len(signal.shape) in ranks:
        return needs_float(title, (signal,))
    return [Problem(text("{block} needs {wanted} but gets {shape}.",
                         block=title, wanted=wanted, shape=format_shape(signal.shape)))]


def check_heads(features: int, heads: int) -> list[Problem]:
    """Return a problem if the heads do not divide the features."""
    if features % heads == 0:
        return []
    return [Problem(text("{heads} heads must divide the {features} features.", heads=heads, features=features),
                    set_param("heads", nearest_divisor(features, heads), "heads"))]


def nearest_divisor(number: int, wanted: int) -> int:
    """Find the divisor of `number` that is closest to `wanted`."""
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return min([*small, *(number // d for d in reversed(small))], key=lambda divisor: abs(divisor - wanted))


def _insert_patches(shape: Shape, port: int) -> Fix:
    most = max(1, min(_MOST_PIXELS, min(shape[1:]) // 4))
    common = math.gcd(*shape[1:])
    size = max(size for size in range(1, most + 1) if common % size == 0)
    return Fix(text("Cut the map into patches"), (
        InsertBefore("", port, "patch_embedding", {"patch_size": size, "out_features": _FEATURES}),))
