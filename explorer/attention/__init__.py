"""Attention of a network: where it is, its weights, and what its tokens stand for in the input."""

from explorer.attention.attention_finding import LINEAR, SOFTMAX, TORCH, Attention, find_attention, find_attentions
from explorer.attention.attention_shapes import as_computed, shapes_of
from explorer.attention.attention_weights import hidden_pairs, implied_weights, in_five_axes, read_weights
from explorer.attention.token_places import NUMBERS, PIXELS, TOKENS, TokenPlaces, boxes_at, places_of

__all__ = ["LINEAR", "NUMBERS", "PIXELS", "SOFTMAX", "TOKENS", "TORCH", "Attention", "TokenPlaces", "as_computed",
           "boxes_at", "find_attention", "find_attentions", "hidden_pairs", "implied_weights", "in_five_axes",
           "places_of", "read_weights", "shapes_of"]
