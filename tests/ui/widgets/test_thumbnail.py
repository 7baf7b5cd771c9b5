"""A thumbnail is a small picture whose colors say what the numbers are, whatever the numbers."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.figures import Theme
from explorer.figures.theme import BLUE, ORANGE
from explorer.ui.widgets.thumbnail import GAP_PX, HEIGHT_PX, WIDTH_PX, draw_thumbnail


def pixels(values: np.ndarray, **options: int) -> np.ndarray:
    url = draw_thumbnail(np.asarray(values, dtype=np.float32), Theme(), **options)
    head, data = url.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def rgb(color: str) -> list[int]:
    return [int(color[i:i + 2], 16) for i in (1, 3, 5)]


def test_signed_values_go_from_orange_over_white_to_blue():
    picture = pixels(np.array([[[-1.0, 0.0, 1.0]]]).repeat(3, 1))
    high = picture.shape[0] // 2
    assert picture[high, 0].tolist() == rgb(ORANGE)
    assert picture[high, picture.shape[1] // 2].min() >= 250
    assert picture[high, -1].tolist() == rgb(BLUE)


def test_the_colors_of_a_node_do_not_depend_on_the_sample():
    positive = np.full((1, 4, 4), 1.0)
    assert pixels(positive)[0, 0].tolist() == rgb(BLUE)
    assert pixels(positive, signed=False)[0, 0].tolist() == rgb(Theme().sequential[-1][1])
    assert pixels(-positive, signed=False)[0, 0].tolist() == rgb(Theme().sequential[0][1])


def test_channels_of_one_pixel_are_a_strip_and_beside_a_sketch_no_map_is_cut():
    assert (pixels(np.arange(12.0).reshape(12, 1, 1)) == pixels(np.arange(12.0))).all()
    assert pixels(np.ones((6, 28, 28)), width_px=80).shape[1] == 2 * 28 + GAP_PX


def test_maps_stand_side_by_side_and_as_many_as_fit():
    assert pixels(np.ones((6, 28, 28))).shape[1] == 4 * 28 + 3 * GAP_PX
    assert pixels(np.ones((64, 96, 96))).shape[1] <= WIDTH_PX


@pytest.mark.parametrize("shape", [(1, 1, 1), (6, 28, 28), (3, 500, 7), (2, 7, 900), (64, 1, 1), (1,), (10,), (84,),
                                   (5000,), (3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("is_sample", [False, True])
def test_any_shape_gives_a_picture_no_larger_than_its_place(shape, is_sample):
    values = np.random.default_rng(0).normal(size=shape)
    picture = pixels(values, is_sample=is_sample)
    assert 1 <= picture.shape[0] <= HEIGHT_PX and 1 <= picture.shape[1] <= WIDTH_PX


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf, 1e38])
def test_odd_numbers_are_drawn_too(value):
    assert pixels(np.full((2, 4, 4), value)).shape[0] <= HEIGHT_PX


def test_a_sample_is_shown_as_the_image_it_is():
    gray = pixels(np.array([[[0.0, 1.0], [0.5, 0.0]]]), is_sample=True)
    assert gray[0, 0].tolist() == [0, 0, 0] and gray[0, -1].tolist() == [255, 255, 255]
    red = pixels(np.stack([np.ones((4, 4)), np.zeros((4, 4)), np.zeros((4, 4))]), is_sample=True)
    assert red[2, 2].tolist() == [255, 0, 0]


def test_tokens_are_one_map_and_masked_scores_stay_empty():
    tokens = pixels(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    assert tokens[0, 0].tolist() == tokens[tokens.shape[0] // 2, -1].tolist() != tokens[-1, 0].tolist()
    scores = pixels(np.array([[[1.0, -np.inf], [2.0, -1.0]]]))
    assert scores[0, -1].tolist() == rgb(Theme().panel)
    assert scores[0, 0].tolist() != rgb(Theme().panel)
