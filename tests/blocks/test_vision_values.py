"""Affine grid sampling against shifts, flips and turns that one can do by hand."""

from __future__ import annotations

import pytest
import torch

from explorer import network
from explorer.document import chain
from tests.blocks.building import built

IMAGE = torch.arange(12.0).reshape(1, 1, 3, 4)


def sampled(x: torch.Tensor, *theta: float, **params: object) -> list[list[float]]:
    """One image's only channel, read along the grid of these six numbers."""
    out = built("spatial_sampler", tuple(x.shape[1:]), (6,), **params)(x, torch.tensor([theta], dtype=torch.float32))
    return out[0, 0].round(decimals=4).tolist()


def test_the_identity_reads_every_pixel_where_it_is() -> None:
    for align in (False, True):
        assert sampled(IMAGE, 1, 0, 0, 0, 1, 0, align_corners=align) == IMAGE[0, 0].tolist()


@pytest.mark.parametrize(("padding_mode", "beyond"), [("zeros", [0, 0, 0]), ("border", [3, 7, 11]),
                                                     ("reflection", [3, 7, 11])])
def test_a_shift_by_one_pixel_reads_beyond_the_edge_what_was_asked_for(padding_mode: str, beyond: list[float]) -> None:
    rows = sampled(IMAGE, 1, 0, 2 / 4, 0, 1, 0, padding_mode=padding_mode)  # the width runs from -1 to 1
    assert rows == [[1, 2, 3, beyond[0]], [5, 6, 7, beyond[1]], [9, 10, 11, beyond[2]]]


def test_a_flip_and_a_quarter_turn() -> None:
    assert sampled(IMAGE, -1, 0, 0, 0, 1, 0) == IMAGE[0, 0].flip(1).tolist()
    square = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert sampled(square, 0, -1, 0, 1, 0, 0) == [[2, 5, 8], [1, 4, 7], [0, 3, 6]]


def test_half_a_pixel_mixes_two_or_takes_the_nearest_and_another_size_can_come_out() -> None:
    assert sampled(IMAGE, 1, 0, 1 / 4, 0, 1, 0, padding_mode="border")[0] == [0.5, 1.5, 2.5, 3]
    assert sampled(IMAGE, 1, 0, 0.9 / 4, 0, 1, 0, mode="nearest")[0] == [0, 1, 2, 3]
    assert sampled(IMAGE, 1, 0, 0, 0, 1, 0, output_size=(3, 2))[0] == [0.5, 2.5]


def test_every_sample_has_an_affine_map_of_its_own() -> None:
    x, theta = IMAGE.repeat(2, 1, 1, 1), torch.tensor([[1.0, 0, 0, 0, 1, 0], [-1.0, 0, 0, 0, 1, 0]])
    out = built("spatial_sampler", (1, 3, 4), (6,))(x, theta)
    assert torch.allclose(out[1], out[0].flip(2), atol=1e-5)


def test_an_affine_head_starts_at_the_identity_and_is_linear() -> None:
    head, x = built("affine_head", (2,)), torch.tensor([[3.0, 5.0]])
    assert head(x).tolist() == [[1, 0, 0, 0, 1, 0]]
    with torch.no_grad():
        head.matrix[2] = torch.tensor([1.0, 10.0])
    assert head(x).tolist() == [[1, 0, 53, 0, 1, 0]]


@pytest.mark.parametrize("init", ["default", "xavier_uniform", "kaiming_normal"])
def test_a_spatial_transformer_moves_nothing_before_it_has_learned(init: str) -> None:
    net = chain("one", ("input", "input", {"shape": [2, 9, 7]}), ("block", "spatial_transformer", {}))
    x = torch.randn(3, 2, 9, 7)
    assert torch.allclose(network.build(net, init=init)(x), x, atol=1e-5)


def test_a_spatial_transformer_learns_to_flip() -> None:
    net = chain("one", ("input", "input", {"shape": [1, 6, 6]}), ("block", "spatial_transformer", {}))
    torch.manual_seed(0)
    model, x = network.build(net, seed=1), torch.rand(16, 1, 6, 6).cumsum(3)  # brighter toward the right
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(60):
        loss = (model(x) - x.flip(3)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3
