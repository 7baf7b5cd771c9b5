"""Swin blocks: attention within windows of a map, and in the next block within shifted windows."""

from __future__ import annotations

import math

from explorer.blocks.attentions import BIAS, SCORES_OF_HEADS, heads_of, weighed
from explorer.blocks.block import UNKNOWN, Block, Signal
from explorer.blocks.checks import needs_map, pair
from explorer.blocks.patches import check_tiles, cut_sketch
from explorer.blocks.token_checks import DROPOUT, HEADS, check_heads, needs_rank
from explorer.blocks.transformer import ACTIVATION, EPS, HIDDEN_FEATURES, hidden_features
from explorer.blocks.windows import (
    ROWS,
    SHIFT,
    WINDOW_SIZE,
    check_rows,
    check_shift,
    check_square,
    effective_shift,
)
from explorer.blocks.wiring import BEFORE, wired
from explorer.spec import Flag, Number
from explorer.text import text

_BLOCK = (
    HEADS, WINDOW_SIZE, HIDDEN_FEATURES, ACTIVATION,
    Number("stochastic_depth", "Stochastic depth", 0.0, low=0, high=0.99,
           help="The probability that a branch is dropped for a sample during training, leaving only its shortcut."),
    EPS)
_SECOND_DEPTH = Number("second_stochastic_depth", "Stochastic depth of the second", None, low=0, high=0.99,
                       optional=True, help="The same for the second block. If empty, as in the first.")


def _expand_window_attention(params, in_shapes):
    shift = {"shift": params["shift"], "rows": params["rows"]}
    mixed = weighed(("position_bias", "relative_position_bias", {}),
                    ("mask", "window_mask", shift) if any(pair(params["shift"])) else None,
                    4, params["dropout"], "value_heads")
    return wired("Window attention", ("input", "input", {}), *heads_of(
        "input", "input", in_shapes[0][2], params, (SCORES_OF_HEADS, *mixed), linear="token_linear"))


def _expand_block(params, in_shapes):
    (shape,) = in_shapes
    size = params["window_size"]
    shift = effective_shift(size, shape) if params["shifted"] else (0, 0)
    windows = {"rows": shape[1] // size, "shift": shift}
    depth = params["stochastic_depth"]
    norm = {"eps": params["eps"]}
    return wired(
        "Swin block", ("input", "input", {}), ("norm1", "layer_norm2d", norm),
        ("windows", "window_partition", {"window_size": size, "shift": shift}),
        ("attention", "window_attention", {"heads": params["heads"], **windows}),
        ("map", "window_merge", windows),
        ("depth1", "stochastic_depth", {"p": depth}) if depth else None,
        ("add1", "add", {}, BEFORE, "input"), ("norm2", "layer_norm2d", norm),
        ("conv1", "conv2d", {"out_channels": hidden_features(params, shape[0]), "kernel_size": 1}),
        ("activation", params["activation"], {}),
        ("conv2", "conv2d", {"out_channels": shape[0], "kernel_size": 1}),
        ("depth2", "stochastic_depth", {"p": depth}) if depth else None,
        ("add2", "add", {}, BEFORE, "add1"))


def _expand_pair(params, in_shapes):
    of_both = {name: value for name, value in params.items() if name != _SECOND_DEPTH.name}
    second = params[_SECOND_DEPTH.name]
    return wired("Swin blocks", ("input", "input", {}), ("block1", "swin_block", of_both),
                 ("block2", "swin_block", {
                     **of_both, "shifted": True, **({} if second is None else {"stochastic_depth": second})}))


def _check_window_attention(params, signals):
    (signal,) = signals
    title = "Window attention"
    if problems := needs_rank(title, signal, (3,), text("windows (window × token × feature)")):
        return problems
    windows, tokens, features = signal.shape
    problems = check_heads(features, params["heads"]) or check_square(title, tokens)
    if problems or not any(pair(params["shift"])):
        return problems
    return check_rows(params, windows) or check_shift(params, math.isqrt(tokens))


def _check(title):
    def check(params, signals):
        (signal,) = signals
        return (needs_map(title, signal) or check_heads(signal.shape[0], params["heads"])
                or check_tiles(title, signal.shape, params["window_size"], "window_size", "window size"))
    return check


def _sketch(params, in_shapes):
    shape, size = in_shapes[0], params["window_size"]
    return cut_sketch(shape, size, effective_shift(size, shape) if params.get("shifted") else (0, 0))


WINDOW_ATTENTION = Block(
    name="window_attention", title="Window attention", family="attention",
    summary="Multi-head attention within each window, with a learned relative position bias.",
    params=(HEADS, ROWS, SHIFT, BIAS, DROPOUT), brief="{heads}",
    formula=r"\mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}} + B\right) V", source="Liu et al. 2021 (Swin), 3.2",
    expand=_expand_window_attention, check=_check_window_attention, sees=lambda params, in_shape: UNKNOWN,
    example=(Signal((4, 9, 8)),),
)
SWIN_BLOCK = Block(
    name="swin_block", title="Swin block", family="attention",
    summary="Attention within windows, then an MLP at each pixel, both with a shortcut.",
    params=(*_BLOCK, Flag("shifted", "Shifted windows", False,
                          help="Whether the windows are shifted by half their size.")),
    brief="{heads}, windows of {window_size}",
    formula=r"z = x + \mathrm{WMSA}(\mathrm{LN}(x)), \quad y = z + \mathrm{MLP}(\mathrm{LN}(z))",
    source="Liu et al. 2021 (Swin), 3.2", expand=_expand_block, check=_check("Swin block"),
    sees=lambda params, in_shape: UNKNOWN, sketch=_sketch, example=(Signal((8, 8, 8)),),
)
SWIN_BLOCK_PAIR = Block(
    name="swin_block_pair", title="Swin block pair", family="attention",
    summary="Attention within windows, then within windows shifted by half, which connects neighboring windows.",
    params=(*_BLOCK, _SECOND_DEPTH), brief="{heads}, windows of {window_size}",
    formula=r"y = \mathrm{SW}(\mathrm{W}(x))", source="Liu et al. 2021 (Swin), 3.2, eq. 3",
    expand=_expand_pair, check=_check("Swin block pair"), sees=lambda params, in_shape: UNKNOWN, sketch=_sketch,
    example=(Signal((8, 8, 8)),),
)
