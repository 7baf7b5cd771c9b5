"""A block's module on its own, without a network around it."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.blocks import BLOCKS


def built(name: str, *shapes: tuple[int, ...], **params: Any) -> nn.Module:
    block = BLOCKS.get(name)
    return block.build({spec.name: params.get(spec.name, spec.default) for spec in block.params}, shapes)
