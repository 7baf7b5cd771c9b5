"""Pooling's numbers against ones computed by hand."""

from __future__ import annotations

import numpy
import pytest
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


def test_pooling_along_a_signal() -> None:
    x = torch.tensor([[[1.0, 5, 2, 0, 3, 4]]])
    assert built("max_pool1d", (1, 6))(x).tolist() == [[[5, 2, 4]]]
    assert built("avg_pool1d", (1, 6), kernel_size=3, stride=1)(x).tolist() == pytest.approx(
        numpy.array([[[8 / 3, 7 / 3, 5 / 3, 7 / 3]]]))


def test_global_pooling_leaves_one_number_for_each_channel() -> None:
    x = torch.tensor([[[[1.0, 2], [3, 6]], [[-4.0, -1], [-2, -1]]]])
    assert built("global_avg_pool2d", (2, 2, 2))(x).tolist() == [[3, -2]]
    assert built("global_max_pool2d", (2, 2, 2))(x).tolist() == [[6, -1]]


def test_roi_align_reads_boxes_of_each_sample_between_its_pixels() -> None:
    """On a ramp the mean over a bin is the ramp at its middle; boxes are given in pixels of an image twice as large."""
    ramp = torch.arange(6.0).expand(6, 6)
    x = torch.stack([torch.stack([ramp, ramp.T]), 10 * torch.stack([ramp, ramp.T])])  # (2, 2, 6, 6)
    boxes = torch.tensor([[[2.0, 4, 8, 8], [2, 2, 4, 4]]]).expand(2, 2, 4)  # left, top, right, bottom
    out = built("roi_align", (2, 6, 6), (2, 4), output_size=(1, 3), spatial_scale=0.5)(x, boxes)
    assert out.shape == (2, 2, 2, 1, 3)
    assert out[0, 0, 0, 0].tolist() == pytest.approx([1, 2, 3])  # columns 1 to 4 in three bins, less half a pixel
    assert out[0, 0, 1, 0].tolist() == pytest.approx([2.5] * 3)  # rows 2 to 4 in one
    assert out[0, 1, 0, 0].tolist() == pytest.approx([1 + 1 / 6 - 0.5, 1, 1 + 5 / 6 - 0.5])
    assert torch.allclose(out[1], 10 * out[0])
