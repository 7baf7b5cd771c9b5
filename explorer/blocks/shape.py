"""Other forms of the same numbers: nothing is computed, nothing is learned."""

from __future__ import annotations

from explorer.blocks.base import Block, torch_module

FLATTEN = Block(
    name="flatten", title="Flatten", family="shape",
    summary="Lays a map out as one row of numbers: channel by channel, row by row.",
    formula=r"(C, H, W) \to (C \cdot H \cdot W)", source="torch.nn.Flatten",
    build=torch_module("Flatten"),
)
