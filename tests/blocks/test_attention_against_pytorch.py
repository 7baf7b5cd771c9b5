"""Attention and its layers against PyTorch's and torchvision's own, with the same weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.swin_transformer import PatchMerging, ShiftedWindowAttention, SwinTransformerBlock

from explorer import network
from explorer.document import Edge, Network, Node
from tests.blocks.building import built

Weights = Mapping[str, Tensor]


def one(block: str, *shapes: tuple[int, ...], **params: Any) -> Network:
    inputs = tuple(Node(f"input{i}", "input", {"shape": list(shape)}) for i, shape in enumerate(shapes))
    edges = tuple(Edge(node.id, "x", 0, port) for port, node in enumerate(inputs))
    return Network("one", (*inputs, Node("x", block, params)), edges, ("x",))


def heads(weights: Weights, theirs: str, ours: str, joint: str = "in_proj_", out: str = "out_proj.") -> Weights:
    """Queries, keys and values, which PyTorch keeps in one, each by itself."""
    found = {f"{ours}.out.{kind}": weights[f"{theirs}{out}{kind}"] for kind in ("weight", "bias")}
    for kind in ("weight", "bias"):
        for name, part in zip(("query", "key", "value"), weights[f"{theirs}{joint}{kind}"].chunk(3), strict=True):
            found[f"{ours}.{name}.{kind}"] = part
    return found


def same(weights: Weights, names: Mapping[str, str], change: Callable[[Tensor], Tensor] = lambda w: w) -> Weights:
    """Weights and biases under our names; names: {theirs: ours}."""
    return {f"{ours}.{kind}": change(weights[f"{theirs}.{kind}"])
            for theirs, ours in names.items() for kind in ("weight", "bias")}


def randomized(module: nn.Module) -> nn.Module:
    """The module with every weight drawn anew, since many begin as zeros or ones."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.3)
    return module


def assert_same(net: Network, weights: Weights, theirs: Callable[..., Tensor]) -> None:
    """Outputs, and gradients with respect to the inputs."""
    model, shapes = network.build(net), network.shapes(net)
    assert set(model.state_dict()) == set(weights)
    model.load_state_dict(weights)
    inputs = [torch.randn(3, *shapes[node], requires_grad=True) for node in net.inputs]
    mine, wanted = model(*inputs), theirs(*inputs)
    assert torch.allclose(mine, wanted, atol=1e-5)
    for a, b in zip(torch.autograd.grad(mine.square().sum(), inputs),
                    torch.autograd.grad(wanted.square().sum(), inputs), strict=True):
        assert torch.allclose(a, b, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("mask", ["none", "causal"])
def test_multi_head_attention_is_pytorchs(mask: str) -> None:
    theirs = randomized(nn.MultiheadAttention(8, 2, batch_first=True))
    hidden = torch.ones(5, 5).triu(1).bool() if mask == "causal" else None
    assert_same(one("multi_head_attention", (5, 8), heads=2, mask=mask), heads(theirs.state_dict(), "", "x"),
                lambda x: theirs(x, x, x, attn_mask=hidden)[0])


def test_padding_is_pytorchs_key_padding_mask() -> None:
    theirs = randomized(nn.MultiheadAttention(8, 4, batch_first=True))
    padding = torch.tensor([[False] * 4 + [True] * 2] * 3)
    assert_same(one("cross_attention", (5, 8), (6, 8), heads=4, padding=2), heads(theirs.state_dict(), "", "x"),
                lambda x, memory: theirs(x, memory, memory, key_padding_mask=padding)[0])


@pytest.mark.parametrize(("norm", "activation"), [("pre", "gelu"), ("post", "relu")])
def test_the_encoder_is_pytorchs(norm: str, activation: str) -> None:
    theirs = randomized(nn.TransformerEncoderLayer(
        8, 2, 12, dropout=0, activation=activation, batch_first=True, norm_first=norm == "pre"))
    weights = theirs.state_dict()
    ours = {**heads(weights, "self_attn.", "x.attention"),
            **same(weights, {name: f"x.{name}" for name in ("norm1", "norm2", "linear1", "linear2")})}
    net = one("transformer_encoder", (5, 8), heads=2, norm=norm, hidden_features=12, activation=activation)
    assert_same(net, ours, theirs)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_decoder_is_pytorchs(norm: str) -> None:
    theirs = randomized(nn.TransformerDecoderLayer(
        8, 2, 12, dropout=0, activation="relu", batch_first=True, norm_first=norm == "pre"))
    weights = theirs.state_dict()
    ours = {**heads(weights, "self_attn.", "x.self_attention"),
            **heads(weights, "multihead_attn.", "x.cross_attention"),
            **same(weights, {name: f"x.{name}" for name in ("norm1", "norm2", "norm3", "linear1", "linear2")})}
    net = one("transformer_decoder", (5, 8), (6, 8), heads=2, norm=norm, hidden_features=12, activation="relu")
    assert_same(net, ours, lambda x, memory: theirs(
        x, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(5), tgt_is_causal=True))


def test_dropout_stands_where_pytorch_has_it() -> None:
    net = one("transformer_encoder", (5, 8), heads=2, dropout=0.1)
    names = [name for name, module in network.build(net).named_modules() if isinstance(module, nn.Dropout)]
    assert names == ["x.attention.dropout", "x.dropout1", "x.dropout", "x.dropout2"]


def as_kernels(weight: Tensor) -> Tensor:
    return weight[..., None, None] if weight.dim() == 2 else weight


def swin_weights(weights: Weights, ours: str) -> Weights:
    return {**heads(weights, "attn.", f"{ours}.attention", "qkv.", "proj."),
            f"{ours}.attention.position_bias.table": weights["attn.relative_position_bias_table"],
            **same(weights, {"norm1": f"{ours}.norm1", "norm2": f"{ours}.norm2"}),
            **same(weights, {"mlp.0": f"{ours}.conv1", "mlp.3": f"{ours}.conv2"}, as_kernels)}


def swin_block(features: int, size: int, shift: int) -> nn.Module:
    return randomized(SwinTransformerBlock(features, 2, [size, size], [shift, shift]))


@pytest.mark.parametrize(("shape", "shifted"), [((8, 4, 6), False), ((8, 4, 6), True), ((8, 6, 2), True)])
def test_a_swin_block_is_torchvisions(shape: tuple[int, ...], shifted: bool) -> None:
    """The last map is as wide as a window: it is shifted down only."""
    theirs = swin_block(8, 2, int(shifted))
    assert_same(one("swin_block", shape, heads=2, window_size=2, shifted=shifted),
                swin_weights(theirs.state_dict(), "x"), lambda x: theirs(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


@pytest.mark.parametrize("side", [9, 3])
def test_a_pair_of_swin_blocks_is_torchvisions(side: int) -> None:
    first, second = swin_block(4, 3, 0), swin_block(4, 3, 1)
    weights = {**swin_weights(first.state_dict(), "x.block1"), **swin_weights(second.state_dict(), "x.block2")}
    assert_same(one("swin_block_pair", (4, side, side), heads=2, window_size=3), weights,
                lambda x: second(first(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2))


@pytest.mark.parametrize("shape", [(4, 6, 8), (4, 5, 7)])
def test_patch_merging_is_torchvisions(shape: tuple[int, ...]) -> None:
    theirs = randomized(PatchMerging(4))
    weights = theirs.state_dict()
    ours = {**same(weights, {"norm": "x.norm"}), "x.reduce.weight": as_kernels(weights["reduction.weight"])}
    assert_same(one("patch_merging", shape), ours, lambda x: theirs(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


@pytest.mark.parametrize("size", [1, 2, 7])
def test_relative_positions_are_counted_as_torchvision_counts_them(size: int) -> None:
    theirs = ShiftedWindowAttention(4, [size, size], [0, 0], 2)
    ours = built("relative_position_bias", (1, 2, size**2, size**2))
    assert torch.equal(ours.index.flatten(), theirs.relative_position_index)
    assert ours.table.shape == theirs.relative_position_bias_table.shape
