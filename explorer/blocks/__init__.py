"""The blocks a network is made of, in menu order. Their records are free of torch; only building imports it."""

from explorer.blocks.activation import ACTIVATIONS
from explorer.blocks.attention import ATTENTION_PARTS
from explorer.blocks.attentions import ATTENTION, CROSS_ATTENTION, MULTI_HEAD_ATTENTION
from explorer.blocks.block import FAMILIES, UNKNOWN, Block, Reach, Signal, Window
from explorer.blocks.composite import COMPOSITE
from explorer.blocks.conv import CONV1D, CONV2D
from explorer.blocks.conv_norm_activation import CONV_NORM_ACTIVATION
from explorer.blocks.crop import CROP
from explorer.blocks.depthwise import DEPTHWISE_CONV2D, SEPARABLE_CONV2D
from explorer.blocks.dropout import DROPOUTS
from explorer.blocks.embedding import EMBEDDING, ONE_HOT
from explorer.blocks.inception import INCEPTION
from explorer.blocks.input import INPUT
from explorer.blocks.linear import LINEAR
from explorer.blocks.masks import ATTENTION_MASK
from explorer.blocks.merge import ADD, CONCAT, MULTIPLY
from explorer.blocks.mlp import MLP_BLOCK
from explorer.blocks.norm import NORMALIZATIONS
from explorer.blocks.own_activation import OWN_ACTIVATION
from explorer.blocks.patches import PATCH_EMBEDDING, PATCH_MERGING, SPACE_TO_DEPTH
from explorer.blocks.plane_features import PLANE_FEATURES
from explorer.blocks.pool import POOLING
from explorer.blocks.positions import CLASS_TOKEN, LEARNED_POSITIONS, SINUSOIDAL_POSITIONS
from explorer.blocks.recurrent import GRU, LSTM, RNN
from explorer.blocks.relative_positions import RELATIVE_POSITION_BIAS
from explorer.blocks.residual import BOTTLENECK, RESIDUAL
from explorer.blocks.roi_align import ROI_ALIGN
from explorer.blocks.scaled_residual import SCALED_RESIDUAL
from explorer.blocks.shape import FLATTEN, PERMUTE, RESHAPE
from explorer.blocks.spatial_transformer import AFFINE_HEAD, SPATIAL_SAMPLER, SPATIAL_TRANSFORMER
from explorer.blocks.squeeze_excitation import SQUEEZE_EXCITATION
from explorer.blocks.stages import NIN_BLOCK, VGG_BLOCK
from explorer.blocks.swin import SWIN_BLOCK, SWIN_BLOCK_PAIR, WINDOW_ATTENTION
from explorer.blocks.token_pooling import TOKEN_POOLING
from explorer.blocks.transformer import TRANSFORMER_DECODER, TRANSFORMER_ENCODER
from explorer.blocks.transposed import CONV_TRANSPOSE2D
from explorer.blocks.upsample import UPSAMPLE2D
from explorer.blocks.windows import WINDOW_MASK, WINDOW_MERGE, WINDOW_PARTITION
from explorer.spec import Registry

BLOCKS: Registry[Block] = Registry("block", (
    INPUT, PLANE_FEATURES,
    LINEAR, MLP_BLOCK, AFFINE_HEAD,
    FLATTEN, RESHAPE, PERMUTE, CROP, TOKEN_POOLING,
    CONV2D, CONV1D, DEPTHWISE_CONV2D, SEPARABLE_CONV2D, CONV_TRANSPOSE2D, UPSAMPLE2D,
    CONV_NORM_ACTIVATION, VGG_BLOCK, NIN_BLOCK, INCEPTION, RESIDUAL, BOTTLENECK,
    *POOLING, ROI_ALIGN,
    *ACTIVATIONS, OWN_ACTIVATION,
    *NORMALIZATIONS, *DROPOUTS,
    ATTENTION, MULTI_HEAD_ATTENTION, CROSS_ATTENTION,
    TRANSFORMER_ENCODER, TRANSFORMER_DECODER,
    SWIN_BLOCK_PAIR, SWIN_BLOCK, WINDOW_ATTENTION,
    PATCH_EMBEDDING, PATCH_MERGING, SPACE_TO_DEPTH,
    CLASS_TOKEN, LEARNED_POSITIONS, SINUSOIDAL_POSITIONS,
    RELATIVE_POSITION_BIAS,
    WINDOW_PARTITION, WINDOW_MERGE, WINDOW_MASK,
    *ATTENTION_PARTS, ATTENTION_MASK,
    SQUEEZE_EXCITATION, SPATIAL_TRANSFORMER, SPATIAL_SAMPLER,
    EMBEDDING, ONE_HOT,
    RNN, LSTM, GRU,
    ADD, CONCAT, MULTIPLY, SCALED_RESIDUAL,
    COMPOSITE,
))

__all__ = ["BLOCKS", "FAMILIES", "UNKNOWN", "Block", "Reach", "Signal", "Window"]
