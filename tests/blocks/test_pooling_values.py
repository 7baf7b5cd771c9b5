"""Pooling's numbers against ones computed by hand."""

from __future__ import annotations

import torch

from tests.blocks.building import built


def test_max_and_average_pooling_of_the_books_matrix() -> None:
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert built("max_pool2d", (1, 3, 3), stride=1)(x)[0, 0].tolist() == [[4, 5], [7, 8]]
    assert built("avg_pool2d", (1, 3, 3), stride=1)(x)[0, 0].tolist() == [[2, 3], [5, 6]]
    assert built("max_pool2d", (1, 3, 3), ceil_mode=True)(x)[0, 0].tolist() == [[4, 5], [7, 8]]


def test_average_pooling_counts_its_padding_or_not() -> None:
    x = torch.ones(1, 1, 2, 2)
    assert built("avg_pool2d", (1, 2, 2), padding=1)(x)[0, 0].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert built("avg_pool2d", (1, 2, 2), padding=1, count_include_pad=False)(x)[0, 0].tolist() == [[1, 1], [1, 1]]


def test_adaptive_pooling_splits_the_map_into_equal_parts() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert built("adaptive_avg_pool2d", (1, 4, 4))(x).item() == 7.5
    assert built("adaptive_avg_pool2d", (1, 4, 4), output_size=2)(x)[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert built("adaptive_max_pool2d", (1, 4, 4), output_size=(2, 1))(x)[0, 0].tolist() == [[7], [15]]


def test_max_pooling_hides_a_shift_by_one_pixel_to_the_left_and_not_to_the_right() -> None:
    pool, image = built("max_pool2d", (1, 4, 8), kernel_size=2, stride=2), torch.zeros(1, 1, 4, 8)
    image[..., 3] = 1  # the right pixel of the second window
    left, right = image.roll(-1, -1), image.roll(1, -1)
    assert torch.equal(pool(image), pool(left))
    assert not torch.equal(pool(image), pool(right))
