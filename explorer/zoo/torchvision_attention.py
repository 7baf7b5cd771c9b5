"""Renaming rules for the weights of torchvision's vision transformers.

torchvision keeps queries, keys and values in one tensor, counts layers from 0, and has Swin's channels last, so that
its Linears over channels are our 1×1 convolutions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from explorer.zoo.renaming import Rule, State, renamed


def vit(state: State) -> dict[str, Any]:
    """Rename ViT's weights to our addresses."""
    return renamed(state, _VIT)


def swin(state: State) -> dict[str, Any]:
    """Rename Swin's weights to our addresses; its index of relative positions is not a weight in ours."""
    counted = {re.sub(r"^features\.(\d+)\.(\d+)\.(?=norm|attn|mlp)", _swin_block, name): tensor
               for name, tensor in state.items() if not name.endswith("relative_position_index")}
    return renamed(counted, _SWIN)


def _swin_block(match: re.Match[str]) -> str:
    """Find the address of a block: `features` holds the stages at odd places, and blocks come in pairs in ours."""
    place, block = int(match[1]), int(match[2])
    return f"stage{place // 2 + 1}_pair{block // 2 + 1}.block{block % 2 + 1}."


def _as_kernel(tensor: Any) -> Any:
    """Reshape a Linear's weight (out, in) to that of a 1×1 convolution; a bias stays as it is."""
    return tensor[..., None, None] if tensor.dim() == 2 else tensor


def _in_block(ours: str) -> Callable[[re.Match[str]], str]:
    """Make the rule for a name inside an encoder block; `{}` stands for weight or bias."""
    return lambda match: f"block{int(match[1]) + 1}.{ours.format(match[2])}"


_LAYER = r"encoder\.layers\.encoder_layer_(\d+)\."

_VIT: tuple[Rule, ...] = (
    (r"class_token", "class_token.token", lambda token: token[0]),
    (r"encoder\.pos_embedding", "positions.positions", lambda positions: positions[0]),
    (r"conv_proj\.(.+)", r"patches.\1"),
    (_LAYER + r"ln_1\.(.+)", _in_block("norm1.{}")),
    (_LAYER + r"ln_2\.(.+)", _in_block("norm2.{}")),
    (_LAYER + r"self_attention\.in_proj_(.+)", _in_block("attention.*.{}")),
    (_LAYER + r"self_attention\.out_proj\.(.+)", _in_block("attention.out.{}")),
    (_LAYER + r"mlp\.0\.(.+)", _in_block("linear1.{}")),
    (_LAYER + r"mlp\.3\.(.+)", _in_block("linear2.{}")),
    (r"encoder\.ln\.(.+)", r"norm.\1"),
    (r"heads\.head\.(.+)", r"head.\1"),
)

_BLOCK = r"(stage\d_pair\d\.block\d)\."
_SWIN: tuple[Rule, ...] = (
    (r"features\.0\.0\.(.+)", r"patches.\1"),
    (r"features\.0\.2\.(.+)", r"norm1.\1"),
    (_BLOCK + r"(norm\d\..+)", r"\1.\2"),
    (_BLOCK + r"attn\.qkv\.(.+)", r"\1.attention.*.\2"),
    (_BLOCK + r"attn\.proj\.(.+)", r"\1.attention.out.\2"),
    (_BLOCK + r"attn\.relative_position_bias_table", r"\1.attention.position_bias.table"),
    (_BLOCK + r"mlp\.0\.(.+)", r"\1.conv1.\2", _as_kernel),
    (_BLOCK + r"mlp\.3\.(.+)", r"\1.conv2.\2", _as_kernel),
    (r"features\.(\d)\.norm\.(.+)", lambda match: f"merge{int(match[1]) // 2}.norm.{match[2]}"),
    (r"features\.(\d)\.reduction\.weight", lambda match: f"merge{int(match[1]) // 2}.reduce.weight", _as_kernel),
    (r"norm\.(.+)", r"norm2.\1"),
    (r"head\.(.+)", r"head.\1"),
)
