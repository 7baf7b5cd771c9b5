"""Attention blocks, expanded into their parts: query, key, value, scores, mask, weights, mix, out."""

from __future__ import annotations

from dataclasses import replace

from explorer.blocks.attention import HIDDEN, check_additive, check_same_count, check_same_features
from explorer.blocks.block import Block, Signal
from explorer.blocks.checks import set_param
from explorer.blocks.masks import MASK_PARAMS, check_mask, mask_settings, mask_sketch
from explorer.blocks.token_checks import DROPOUT, HEADS, check_heads, needs_tokens
from explorer.blocks.wiring import BEFORE, Step, wired
from explorer.document import Problem
from explorer.spec import Choice, Flag, Number
from explorer.text import text

MASK = tuple(replace(spec, name="mask") if spec.name == "kind" else spec for spec in MASK_PARAMS)
BIAS = Flag("bias", "Bias", True, help="Whether queries, keys, values and the output have a learned bias.")
_WEIGHTS_DROPOUT = replace(DROPOUT, help="The fraction of attention weights dropped during training.")


def weighed(scores: Step, mask: Step | None, axis: int, dropout: float, values: str) -> tuple[Step | None, ...]:
    """Make the steps from `scores` to `mix`: the weights along `axis`, and the weighted mean of the node `values`."""
    return (scores, mask, ("weights", "softmax", {"dim": axis}),
            ("dropout", "dropout", {"p": dropout}) if dropout else None,
            ("mix", "attention_mix", {}, BEFORE, values))


def heads_of(tokens: str, memory: str, features: int, params, mixed, linear: str = "linear") -> tuple[Step, ...]:
    """Make the steps of multi-head attention, from `tokens` and `memory` to `out`; the steps `mixed` lead to `mix`.

    linear: the block that computes queries, keys, values and the output.
    """
    settings = {"out_features": features, "bias": params["bias"]}
    return (
        ("query", linear, settings, tokens), ("key", linear, settings, memory), ("value", linear, settings, memory),
        *((f"{name}_heads", "split_heads", {"heads": params["heads"]}, name) for name in ("query", "key", "value")),
        *mixed, ("merge", "merge_heads", {}), ("out", linear, settings))


def _mask_step(settings):
    return None if settings["kind"] == "none" else ("mask", "attention_mask", settings)


SCORES_OF_HEADS = ("scores", "attention_scores", {}, "query_heads", "key_heads")


def _expand_attention(params, in_shapes):
    additive = params["scores"] == "additive"
    return wired(
        "Attention", ("query", "input", {}), ("key", "input", {}), ("value", "input", {}),
        *weighed(("scores", "additive_scores" if additive else "attention_scores",
                  {"hidden_features": params["hidden_features"]} if additive else {}, "query", "key"),
                 _mask_step(mask_settings(params, "mask")), 2, params["dropout"], "value"))


def _expand_multi_head(params, in_shapes):
    mixed = ((("mix", "linear_attention", {}, "query_heads", "key_heads", "value_heads"),)
             if params["mechanism"] == "linear" else
             weighed(SCORES_OF_HEADS, _mask_step(mask_settings(params, "mask")), 3, params["dropout"], "value_heads"))
    return wired("Multi-head attention", ("input", "input", {}),
                 *heads_of("input", "input", in_shapes[0][1], params, mixed))


def _expand_cross(params, in_shapes):
    mask = {"kind": "padding", "padding": params["padding"]} if params["padding"] else {"kind": "none"}
    mixed = weighed(SCORES_OF_HEADS, _mask_step(mask), 3, params["dropout"], "value_heads")
    return wired("Cross-attention", ("tokens", "input", {}), ("memory", "input", {}),
                 *heads_of("tokens", "memory", in_shapes[0][1], params, mixed))


def _check_attention(params, signals):
    title = "Attention"
    for port, signal in enumerate(signals):
        if problems := needs_tokens(title, signal, port):
            return problems
    (queries, query_features), (keys, key_features), (values, _) = (signal.shape for signal in signals)
    fits = (check_additive(queries, keys, params["hidden_features"]) if params["scores"] == "additive"
            else check_same_features(title, query_features, key_features))
    return fits or check_same_count(title, keys, values) or check_mask(params, queries, keys, "mask")


def check_multi_head(title, params, signal: Signal) -> list[Problem]:
    """Return the problems of self-attention over one sequence."""
    if problems := needs_tokens(title, signal) or check_heads(signal.shape[1], params["heads"]):
        return problems
    if params["mechanism"] == "linear" and params["mask"] != "none":
        return [Problem(text("Linear attention computes no scores, so it cannot be masked."),
                        set_param("mask", "none", "mask"))]
    return check_mask(params, signal.shape[0], signal.shape[0], "mask")


def _check_cross(params, signals):
    tokens, memory = signals
    problems = (needs_tokens("Cross-attention", tokens) or needs_tokens("Cross-attention", memory, 1)
                or check_heads(tokens.shape[1], params["heads"]))
    return problems or check_padding(params["padding"], memory.shape[0])


def check_padding(padding: int, keys: int) -> list[Problem]:
    """Return a problem if padding leaves no key to attend to."""
    return check_mask({**{spec.name: spec.default for spec in MASK_PARAMS}, "kind": "padding", "padding": padding},
                       keys, keys) if padding else []


def self_attention_sketch(params, in_shapes):
    """Draw the mask of each head; None for attention without scores."""
    tokens = in_shapes[0][0]
    return None if params["mechanism"] == "linear" else mask_sketch(
        mask_settings(params, "mask"), tokens, tokens, params["heads"])


def _whole(name, title, summary, formula, source, expand, check, **more):
    return Block(name=name, title=title, family="attention", summary=summary, formula=formula, source=source,
                 expand=expand, check=check, sees=lambda params, in_shape: None, **more)


ATTENTION = _whole(
    "attention", "Attention", "Each query gets the mean of the values, weighted by how similar their keys are to it.",
    r"\mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
    "Vaswani et al. 2017, 3.2.1; Bahdanau et al. 2015; Dive into Deep Learning, 11.3",
    _expand_attention, _check_attention, inputs=("query", "key", "value"),
    params=(
        Choice("scores", "Scores", "dot_product", ("dot_product", "additive"), ("Scaled dot product", "Additive"),
               help="How queries are compared with keys: by dot product, or by a small network."),
        HIDDEN, *MASK, _WEIGHTS_DROPOUT),
    brief="{scores}, {mask}", example=(Signal((3, 4)), Signal((3, 4)), Signal((3, 6))),
    sketch=lambda params, in_shapes: mask_sketch(mask_settings(params, "mask"), in_shapes[0][0], in_shapes[1][0]),
)

SELF_ATTENTION_PARAMS = (
    HEADS,
    Choice("mechanism", "Mechanism", "softmax", ("softmax", "linear"), ("Softmax", "Linear attention"),
           help="Softmax weights every pair of tokens; linear attention avoids the pairs and costs less."),
    *MASK)

MULTI_HEAD_ATTENTION = _whole(
    "multi_head_attention", "Multi-head attention",
    "Every token attends to all tokens, in several heads in parallel.",
    r"[\,h_1;\dots;h_H\,] W_o,\quad h_i = \mathrm{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d}}\right) V_i",
    "Vaswani et al. 2017, 3.2.2; Katharopoulos et al. 2020; Dive into Deep Learning, 11.5 and 11.6",
    _expand_multi_head, lambda params, signals: check_multi_head("Multi-head attention", params, signals[0]),
    params=(*SELF_ATTENTION_PARAMS, BIAS, _WEIGHTS_DROPOUT), brief="{heads}, {mask}",
    example=(Signal((5, 8)),), sketch=self_attention_sketch,
)

PADDING = Number("padding", "Padding", 0, low=0, high=100_000, integer=True, unit="tokens",
                 help="How many tokens at the end of the memory are padding and masked.")

CROSS_ATTENTION = _whole(
    "cross_attention", "Cross-attention",
    "Tokens of one sequence attend to those of another, the memory.",
    r"\mathrm{softmax}\!\left(\frac{(X W_q)(M W_k)^\top}{\sqrt{d}}\right) M W_v",
    "Vaswani et al. 2017, 3.2.3; Dive into Deep Learning, 11.7",
    _expand_cross, _check_cross, inputs=("tokens", "memory"), params=(HEADS, PADDING, BIAS, _WEIGHTS_DROPOUT),
    brief="{heads}", example=(Signal((3, 8)), Signal((5, 6))),
)
