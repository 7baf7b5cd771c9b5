"""Palette of the canvas, and the kinds of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from explorer.blocks import BLOCKS, Block
from explorer.document import Network, Node
from explorer.formatting import TIMES
from explorer.network.definitions import Scope, outputs_of, ports_of
from explorer.ui.canvas.component.picture import Kind, Shelf
from explorer.ui.canvas.own_blocks import own_blocks
from explorer.ui.language import _
from explorer.workspace.block_store import BlockStore

_MOST_USED = ("input", "conv2d", "max_pool2d", "relu", "batch_norm2d", "dropout", "flatten", "linear", "residual",
              "transformer_encoder", "lstm", "add", "concat")
_PARTS_OF_ATTENTION = (
    "split_heads", "merge_heads", "attention_scores", "additive_scores", "attention_mask", "attention_mix",
    "linear_attention", "token_linear", "relative_position_bias", "window_partition", "window_merge", "window_mask",
    "space_to_depth")

# What people call a block otherwise; a search finds it by these, too.
OTHER_NAMES: Mapping[str, str] = {
    "plane_features": "feature engineering, square, product, sine, Playground",
    "linear": "dense, fully connected, FC",
    "token_linear": "dense, pointwise feed-forward",
    "flatten": "view",
    "reshape": "view, unsqueeze, squeeze",
    "permute": "transpose axes, swap axes",
    "conv2d": "convolution, dilated, atrous, pointwise, strided",
    "conv1d": "convolution, temporal convolution, TCN, dilated",
    "depthwise_conv2d": "grouped convolution, MobileNet",
    "separable_conv2d": "depthwise separable, MobileNet, Xception",
    "conv_transpose2d": "deconvolution, transposed convolution, up-convolution, fractionally strided",
    "upsample2d": "resize, interpolate, bilinear, nearest, unpooling",
    "conv_norm_activation": "conv bn relu",
    "inception": "GoogLeNet",
    "residual": "skip connection, shortcut, ResNet, basic block",
    "bottleneck": "skip connection, shortcut, ResNet",
    "scaled_residual": "skip connection, shortcut, LayerScale",
    "add": "skip connection, shortcut, sum, plus, residual",
    "multiply": "gate, product, times, Hadamard",
    "concat": "skip connection, concatenate, stack, cat, U-Net, DenseNet",
    "global_avg_pool2d": "GAP",
    "global_max_pool2d": "GMP",
    "adaptive_avg_pool2d": "AAP, global average",
    "roi_align": "ROI pooling, R-CNN",
    "sigmoid": "logistic",
    "leaky_relu": "LReLU",
    "silu": "swish",
    "hardswish": "hard swish",
    "expression": "custom, formula, own activation",
    "softmax": "probabilities",
    "identity": "no operation, pass",
    "batch_norm1d": "BN",
    "batch_norm2d": "BN",
    "layer_norm": "LN",
    "group_norm": "GN",
    "instance_norm2d": "IN, style transfer",
    "stochastic_depth": "DropPath, drop path",
    "dropout2d": "spatial dropout",
    "attention": "scaled dot product, SDPA, QKV",
    "multi_head_attention": "MHA, MHSA, self-attention, QKV",
    "cross_attention": "encoder-decoder attention, MHA",
    "transformer_encoder": "ViT, BERT, GPT, encoder layer",
    "transformer_decoder": "decoder layer",
    "swin_block_pair": "shifted windows, SW-MSA",
    "swin_block": "shifted windows, W-MSA",
    "window_attention": "W-MSA",
    "patch_embedding": "patchify, ViT, tokens",
    "class_token": "CLS",
    "learned_positions": "positional encoding, position embedding",
    "sinusoidal_positions": "positional encoding, position embedding",
    "attention_scores": "QK, dot product, similarity",
    "additive_scores": "Bahdanau",
    "attention_mask": "causal, padding, triangular",
    "attention_mix": "weighted sum",
    "space_to_depth": "pixel unshuffle, focus",
    "embedding": "lookup, word vectors",
    "rnn": "recurrent, Elman",
    "lstm": "recurrent, gates, memory",
    "gru": "recurrent, gates",
}


_SHORT = {  # where a title would be cut beside a node's name
    "residual": "Residual",
    "bottleneck": "Bottleneck",
    "swin_block_pair": "Swin pair",
    "spatial_transformer": "STN",
    "transformer_encoder": "Encoder",
    "transformer_decoder": "Decoder",
    "multi_head_attention": "Attention",
    "window_attention": "Attention",
    "cross_attention": "Attention",
    "window_partition": "Windows",
    "window_merge": "Windows back",
    "global_avg_pool2d": "Global avg",
    "global_max_pool2d": "Global max",
    "squeeze_excitation": "SE",
    "patch_embedding": "Patches",
    "patch_merging": "Merging",
    "learned_positions": "Positions",
    "sinusoidal_positions": "Positions",
    "relative_position_bias": "Bias",
    "conv_norm_activation": "Conv trio",
    "adaptive_avg_pool2d": "AdaptiveAvg",
    "adaptive_max_pool2d": "AdaptiveMax",
    "token_pooling": "Pooling",
    "token_linear": "Linear",
    "plane_features": "Features",
}


def shelves(net: Network, kept_blocks: BlockStore) -> tuple[Shelf, ...]:
    """Make the palette: common blocks, then every block by family, folded, then the user's own."""
    families: dict[tuple[str, bool], list[Block]] = {}
    for block in BLOCKS:
        if block.name != "composite":
            families.setdefault((block.family, block.name in _PARTS_OF_ATTENTION), []).append(block)
    used = Shelf(_("Most used"), tuple(kind_of_block(BLOCKS.get(name)) for name in _MOST_USED), repeated=True)
    own = tuple(_kind_of_definition(name, inputs, _results_of(net, name))
                for name, inputs in own_blocks(net, kept_blocks).items())
    mine = (Shelf(_("My blocks"), own),) if own else ()
    return (used, *mine, *(
        Shelf(_("Parts of attention") if is_part else _(family.capitalize()), tuple(map(kind_of_block, blocks)), False)
        for (family, is_part), blocks in families.items()))


def kind_of(node: Node, scope: Scope) -> Kind:
    """Return the kind of a node; for an unknown block, only its name."""
    if node.block not in BLOCKS:
        return Kind(node.block, node.block, "", "")
    if node.block != "composite":
        return kind_of_block(BLOCKS.get(node.block))
    name, repeat = str(node.params.get("definition", "")), node.params.get("repeat", 1)
    kind = _kind_of_definition(name, ports_of(node, scope)[0], outputs_of(node, scope))
    return replace(kind, title=f"{name} {TIMES} {repeat}" if repeat != 1 else name)


def kind_of_block(block: Block) -> Kind:
    return Kind(
        block.name, _(block.title), block.family, _(block.summary), tuple(_(name) for name in block.inputs),
        block.variadic, block.is_composite, outputs=tuple(_(name) for name in block.outputs),
        has_sketch=block.sketch is not Block.sketch, other_names=OTHER_NAMES.get(block.name, ""),
        short=_(_SHORT[block.name]) if block.name in _SHORT else "")


def _kind_of_definition(name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Kind:
    return Kind("composite", name, "composite", _("A block of your own, made of other blocks."), inputs, opens=True,
                params={"definition": name}, outputs=outputs)


def _results_of(net: Network, name: str) -> tuple[str, ...]:
    """Return the outputs of a definition; those of a kept block are known once it is in the network."""
    return (net.definitions[name].outputs if name in net.definitions else ()) or ("output",)
