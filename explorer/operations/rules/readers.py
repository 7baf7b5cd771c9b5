"""Readers of rules by a module's class: torch's own, and by name those that blocks make inside functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from explorer.operations.rules import combinations, matrix_products, moves, normalizations
from explorer.operations.rules.activations import (
    FORMULAS,
    OWN_FORMULAS,
    glu,
    plane_features,
    pointwise,
    prelu,
    softmax,
)
from explorer.operations.rules.convolutions import convolution, patch_embedding, transposed_convolution
from explorer.operations.rules.given import Found
from explorer.operations.rules.interpolations import region_align, sampled
from explorer.operations.rules.poolings import adaptive, global_pool, token_pooling, windowed
from explorer.operations.rules.recurrences import recurrent
from explorer.operations.rules.sample_losses import loss

_OURS = ("explorer.blocks.", "torchvision.ops.", "torchvision.models.")


@dataclass(frozen=True)
class Reader:
    """A function from a module's call to its rule, and the module's demands on axes.

    rank: the axes of one sample, where the module has it so; ALWAYS where a batch is always in front; None where both
    are possible, so that the number of samples decides.
    """

    read: Callable[..., Found]
    rank: int | None = None


ALWAYS = 0

_OF_TORCH: dict[type[nn.Module], Reader] = {
    **{kind: Reader(pointwise(formula)) for kind, formula in FORMULAS.items()},
    nn.Conv1d: Reader(convolution, 2), nn.Conv2d: Reader(convolution, 3),
    nn.ConvTranspose1d: Reader(transposed_convolution, 2), nn.ConvTranspose2d: Reader(transposed_convolution, 3),
    nn.MaxPool1d: Reader(windowed("max", 1), 2), nn.MaxPool2d: Reader(windowed("max", 2), 3),
    nn.AvgPool1d: Reader(windowed("mean", 1), 2), nn.AvgPool2d: Reader(windowed("mean", 2), 3),
    nn.AdaptiveMaxPool1d: Reader(adaptive("max", 1), 2), nn.AdaptiveMaxPool2d: Reader(adaptive("max", 2), 3),
    nn.AdaptiveAvgPool1d: Reader(adaptive("mean", 1), 2), nn.AdaptiveAvgPool2d: Reader(adaptive("mean", 2), 3),
    nn.Linear: Reader(matrix_products.linear),
    nn.BatchNorm1d: Reader(normalizations.batch_norm, ALWAYS),
    nn.BatchNorm2d: Reader(normalizations.batch_norm, ALWAYS),
    nn.InstanceNorm2d: Reader(normalizations.instance_norm, 3),
    nn.GroupNorm: Reader(normalizations.group_norm, ALWAYS),
    nn.LayerNorm: Reader(normalizations.layer_norm), nn.RMSNorm: Reader(normalizations.rms_norm),
    nn.PReLU: Reader(prelu), nn.Softmax: Reader(softmax), nn.LogSoftmax: Reader(softmax), nn.GLU: Reader(glu),
    nn.Flatten: Reader(moves.moved), nn.Unflatten: Reader(moves.moved), nn.PixelShuffle: Reader(moves.moved),
    nn.PixelUnshuffle: Reader(moves.moved), nn.ZeroPad2d: Reader(moves.moved), nn.ReflectionPad2d: Reader(moves.moved),
    nn.ReplicationPad2d: Reader(moves.moved), nn.ChannelShuffle: Reader(moves.moved),
    nn.Embedding: Reader(moves.embedding), nn.Upsample: Reader(sampled),
    nn.RNN: Reader(recurrent, 2), nn.LSTM: Reader(recurrent, 2), nn.GRU: Reader(recurrent, 2),
    nn.CrossEntropyLoss: Reader(loss("cross_entropy")), nn.NLLLoss: Reader(loss("likelihood")),
    nn.BCEWithLogitsLoss: Reader(loss("binary_cross_entropy")), nn.MSELoss: Reader(loss("squared")),
    nn.L1Loss: Reader(loss("absolute")), nn.HuberLoss: Reader(loss("huber")),
}
_OF_BLOCKS: dict[str, Reader] = {
    **{name: Reader(pointwise(formula)) for name, formula in OWN_FORMULAS.items()},
    "PatchEmbedding": Reader(patch_embedding, 3), "AffineHead": Reader(matrix_products.affine_head),
    "GlobalPool2d": Reader(global_pool, 3), "TokenPooling": Reader(token_pooling, 2),
    "InstanceNorm2d": Reader(normalizations.instance_norm, 3), "LayerNorm2d": Reader(normalizations.layer_norm2d, 3),
    "PlaneFeatures": Reader(plane_features),
    **{name: Reader(moves.moved) for name in ("Reshape", "Permute", "Crop", "Concat", "SpaceToDepth", "SplitHeads",
                                              "MergeHeads", "WindowPartition", "WindowMerge")},
    "ClassToken": Reader(moves.class_token), "OneHot": Reader(moves.one_hot),
    "SpatialSampler": Reader(sampled), "RoIAlign": Reader(region_align),
    "Recurrent": Reader(recurrent, 2), "BilinearConvTranspose2d": Reader(transposed_convolution, 3),
    "AttentionScores": Reader(matrix_products.attention_scores), "AttentionMix": Reader(matrix_products.attention_mix),
    "AdditiveScores": Reader(matrix_products.additive_scores),
    "LinearAttention": Reader(matrix_products.linear_attention),
    "Add": Reader(combinations.added), "Multiply": Reader(combinations.multiplied),
    "ScaledResidual": Reader(combinations.scaled_residual), "AttentionMask": Reader(combinations.masked),
    "WindowMask": Reader(combinations.masked), "RelativePositionBias": Reader(combinations.relative_bias),
    "SinusoidalPositions": Reader(combinations.positions), "LearnedPositions": Reader(combinations.positions),
}


def reader_of(module: nn.Module) -> Reader | None:
    """Find the reader of a module; None for one that computes something of its own."""
    kind = type(module)
    if kind.__module__.startswith(_OURS) and kind.__name__ in _OF_BLOCKS:
        return _OF_BLOCKS[kind.__name__]
    for base in kind.__mro__:
        if base in _OF_TORCH:  # a subclass may add a name or another start, but not another forward
            return _OF_TORCH[base] if kind.forward is base.forward else None
    return None
