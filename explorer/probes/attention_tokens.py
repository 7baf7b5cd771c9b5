"""Tokens of an attention: their places in the input, and the queries, keys and values that they are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from explorer.attention import NUMBERS, PIXELS, Attention, in_five_axes, places_of
from explorer.formatting import format_character
from explorer.probes.attention_parts import Unit
from explorer.probes.subject import Subject
from explorer.probes.unit_names import picture_shape
from explorer.results import AttentionPair

_MOST_NUMBERS = 100_000  # of queries, keys or values in one answer


def tokens_of(subject: Subject, attention: Attention, weights: Tensor) -> dict[str, Any]:
    """Return what an AttentionView has of the tokens: their boxes, the picture, or the names of a text's tokens.

    weights: (window, head, query, key).
    """
    found = places_of(subject.model, subject.batch[:1], [attention])[attention.node]
    if found is None or not _fits(found, weights):
        return {}
    queries, keys = found
    kept: dict[str, Any] = {"place": queries.kind, "query_boxes": queries.boxes.astype(np.int32),
                            "key_boxes": keys.boxes.astype(np.int32)}
    if queries.kind == PIXELS and (shape := picture_shape(subject)):
        kept["picture"] = subject.batch[0].reshape(shape).float().cpu().numpy()
    elif subject.takes_tokens:
        kept |= {"names": tuple(format_character(name) for name in subject.token_names(subject.batch[0])),
                 "typed": subject.tokens}
    return kept if queries.kind != NUMBERS else {}


def _fits(found, weights: Tensor) -> bool:
    windows, _heads, queries, keys = weights.shape
    return found[0].boxes.shape[:2] == (windows, queries) and found[1].boxes.shape[:2] == (windows, keys)


def parts_of_pair(attention: Attention) -> tuple[str, ...]:
    """Return the nodes of which `pair_of` needs the outputs.

    >>> parts_of_pair(Attention("w", "", scores="s", query="q", key="k", value="v"))
    ('q', 'k', 'v', 's')
    """
    if not (attention.scores and attention.query and attention.key and attention.value):
        return ()
    return attention.query, attention.key, attention.value, attention.scores, *attention.biases


def pair_of(subject: Subject, attention: Attention, unit: Unit, outputs: Mapping[str, Tensor]) -> AttentionPair:
    """Read queries, keys and values of the chosen window; of the chosen pair alone where there are many.

    outputs: of the nodes that the pair needs, (sample, ...).
    """
    if not parts_of_pair(attention) or not set(parts_of_pair(attention)) <= set(outputs):
        return AttentionPair()
    of_window = {address: in_five_axes(attention, values[:1])[0, unit[0]] for address, values in outputs.items()}
    rows = [_few(of_window[address], slice(None), slice(token, token + 1)) for address, token in
            ((attention.query, unit[2]), (attention.key, unit[3]), (attention.value, unit[3]))]
    chosen = tuple(slice(at, at + 1) for at in unit[1:])
    scores, added = _few(of_window[attention.scores], *chosen), AttentionPair().added
    if attention.biases:
        added = _few(of_window[attention.biases[-1]], *chosen) - scores
    scale = getattr(subject.module_at(attention.scores), "scale", 0.0)
    return AttentionPair(*rows, scores, added, float(scale))


def _few(values: Tensor, *chosen: slice) -> np.ndarray:
    """Return values, or those of the chosen pair where they are many."""
    shown = values[chosen] if values.numel() > _MOST_NUMBERS else values
    return shown.float().cpu().contiguous().numpy()
