"""A token stands for the box of pixels, or the character, that an explicit computation of indices gives it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import network, zoo
from explorer.attention import NUMBERS, PIXELS, TOKENS, boxes_at, find_attentions, places_of
from explorer.document import Network, chain
from tests.attention.attending_networks import NETWORKS, batch_for


def queries_of(net: Network, place: int = 0) -> tuple[str, np.ndarray]:
    model = network.build(net)
    attention = find_attentions(model)[place]
    queries, keys = places_of(model, batch_for(net), [attention])[attention.node]
    assert queries.kind == keys.kind
    return queries.kind, queries.boxes


@pytest.mark.parametrize("size", [1, 2, 4, 7])
def test_a_patch_is_a_square_of_pixels_row_by_row(size: int) -> None:
    net = chain("Patches", ("input", "input", {"shape": [1, 28, 28]}),
                ("patches", "patch_embedding", {"patch_size": size, "out_features": 8}),
                ("attention", "multi_head_attention", {"heads": 2}))
    kind, boxes = queries_of(net)
    side = 28 // size
    wanted = [(row * size, column * size, row * size + size, column * size + size)
              for row in range(side) for column in range(side)]
    assert kind == PIXELS
    assert boxes[0].tolist() == [list(box) for box in wanted]


@pytest.mark.parametrize("place", range(4))
def test_a_class_token_stands_for_no_pixel_in_any_layer(place: int) -> None:
    kind, boxes = queries_of(zoo.get("vit_digits"), place)
    assert kind == PIXELS
    assert boxes.shape == (1, 17, 4)
    assert boxes[0, 0].tolist() == [-1, -1, -1, -1]
    assert boxes[0, 6].tolist() == [7, 7, 14, 14]


def explicit_windows(side: int, size: int, shift: int, pixels: int) -> list[list[list[int]]]:
    """Where window w's token t was in the map before it was rolled: index arithmetic, no tensor."""
    windows = []
    for window in range((side // size) ** 2):
        rows = [(window // (side // size)) * size + token // size for token in range(size * size)]
        columns = [(window % (side // size)) * size + token % size for token in range(size * size)]
        tokens = [((row + shift) % side, (column + shift) % side) for row, column in zip(rows, columns, strict=True)]
        windows.append([[row * pixels, column * pixels, (row + 1) * pixels, (column + 1) * pixels]
                        for row, column in tokens])
    return windows


@pytest.mark.parametrize(("place", "side", "shift", "pixels"),
                         [(0, 14, 0, 2), (1, 14, 3, 2), (2, 7, 0, 4), (3, 7, 0, 4)])
def test_tokens_of_windows_lie_where_they_were_before_the_cyclic_shift(
    place: int, side: int, shift: int, pixels: int,
) -> None:
    kind, boxes = queries_of(zoo.get("swin_digits"), place)
    assert kind == PIXELS
    assert boxes.tolist() == explicit_windows(side, 7, shift, pixels)


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (2, 3)])
def test_each_pixel_of_a_map_is_in_one_window_whatever_the_shift(shift: tuple[int, int]) -> None:
    net = chain("Windows", ("input", "input", {"shape": [1, 8, 12]}),
                ("windows", "window_partition", {"window_size": 4, "shift": list(shift)}),
                ("map", "window_merge", {"rows": 2, "shift": list(shift)}))
    boxes = boxes_at(network.build(net), torch.zeros(1, 1, 8, 12), "windows")[:2, ..., 0]
    for window in range(6):
        for token in range(16):
            row = (window // 3 * 4 + token // 4 + shift[0]) % 8
            column = (window % 3 * 4 + token % 4 + shift[1]) % 12
            assert boxes[:, window, token].tolist() == [row, column]
    merged = boxes_at(network.build(net), torch.zeros(1, 1, 8, 12), "map")
    assert merged[0, 0].tolist() == np.arange(8)[:, None].repeat(12, 1).tolist()
    assert merged[1, 0].tolist() == np.arange(12)[None].repeat(8, 0).tolist()


def test_merged_patches_are_the_pixels_of_all_four() -> None:
    kind, boxes = queries_of(zoo.get("swin_t", width=1 / 16, size=64), 2)
    assert kind == PIXELS
    sides = boxes[..., 2:] - boxes[..., :2]
    assert (sides == 8).all()


def test_a_character_stands_for_its_place_in_the_text() -> None:
    kind, boxes = queries_of(NETWORKS["char_transformer"], 3)
    assert kind == TOKENS
    assert boxes[0, :, 1].tolist() == list(range(64))


def test_rows_and_columns_of_an_image_are_boxes_as_long_as_it_is() -> None:
    kind, rows = queries_of(NETWORKS["parts"])
    assert kind == PIXELS
    assert rows[0].tolist() == [[row, 0, row + 1, 8] for row in range(6)]
    model = network.build(NETWORKS["cross"])
    (attention,) = find_attentions(model)
    columns, patches = places_of(model, batch_for(NETWORKS["cross"]), [attention])[attention.node]
    assert columns.boxes[0].tolist() == [[0, column, 8, column + 1] for column in range(8)]
    assert patches.boxes[0].tolist() == [[0, 0, 4, 4], [0, 4, 4, 8], [4, 0, 8, 4], [4, 4, 8, 8]]


def test_tokens_behind_convolutions_stand_for_the_pixels_under_their_strides() -> None:
    net = chain("Convolutions", ("input", "input", {"shape": [1, 16, 16]}),
                ("conv1", "conv2d", {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}),
                ("relu1", "relu", {}), ("pool1", "max_pool2d", {"kernel_size": 2}),
                ("tokens", "flatten", {"start_dim": 2}), ("turned", "permute", {"dims": [2, 1]}),
                ("attention", "multi_head_attention", {"heads": 2}))
    kind, boxes = queries_of(net)
    assert kind == PIXELS
    assert boxes.shape == (1, 16, 4)
    assert boxes[0, 5].tolist() == [4, 4, 8, 8]


def test_tokens_of_which_nothing_is_known_have_no_place() -> None:
    net = chain("Mixed", ("input", "input", {"shape": [1, 4, 4]}), ("flatten1", "flatten", {}),
                ("linear1", "linear", {"out_features": 24}), ("tokens", "reshape", {"shape": [3, 8]}),
                ("attention", "multi_head_attention", {"heads": 2}))
    model = network.build(net)
    (attention,) = find_attentions(model)
    assert places_of(model, torch.zeros(1, 1, 4, 4), [attention]) == {attention.node: None}


def test_rows_of_numbers_are_counted() -> None:
    net = chain("Rows", ("input", "input", {"shape": [5, 8]}), ("attention", "multi_head_attention", {"heads": 2}))
    kind, boxes = queries_of(net)
    assert kind == NUMBERS
    assert boxes[0, :, 1].tolist() == list(range(5))
