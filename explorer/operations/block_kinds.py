"""Kinds of blocks by a module that was built: for its title and its formula."""

from __future__ import annotations

import re
from functools import cache

from torch import nn

from explorer.blocks import BLOCKS, Block
from explorer.results import Reduction
from explorer.results.operation_rules import Rule

_NAMED_OTHERWISE = {"OwnActivation": "expression", "BilinearConvTranspose2d": "conv_transpose2d"}


def block_of(module: nn.Module, rule: Rule) -> Block | None:
    """Find the kind of block that a module is of; None for a module of another origin.

    >>> from explorer.results import MatrixProduct
    >>> block_of(nn.Linear(2, 1), MatrixProduct()).title
    'Linear'
    """
    name = type(module).__name__
    if name == "GlobalPool2d" and isinstance(rule, Reduction):
        return BLOCKS.get("global_avg_pool2d" if rule.kind == "mean" else "global_max_pool2d")
    if isinstance(module, nn.RNNBase):
        return BLOCKS.get("rnn" if module.mode.startswith("RNN") else module.mode.lower())
    if name in _NAMED_OTHERWISE:
        return BLOCKS.get(_NAMED_OTHERWISE[name])
    return _by_class().get(name.lower())


@cache
def _by_class() -> dict[str, Block]:
    """Map the letters of each title, as a class's name has them, to the block."""
    return {re.sub(r"[^a-z0-9]", "", block.title.lower()): block for block in BLOCKS if not block.is_composite}
