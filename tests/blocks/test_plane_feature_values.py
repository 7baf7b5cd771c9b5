"""Features of a point in the plane, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.blocks.plane_features import FEATURES
from tests.blocks.building import built

POINTS = torch.tensor([[3.0, -2.0], [0.0, 0.5]])


def test_each_feature_is_the_function_it_is_named_after() -> None:
    features = built("plane_features", (2,), **dict.fromkeys(FEATURES, True))(POINTS)
    assert features[0].tolist() == pytest.approx([3, -2, 9, 4, -6, math.sin(3), math.sin(-2)])
    assert features[1].tolist() == pytest.approx([0, 0.5, 0, 0.25, 0, 0, math.sin(0.5)])


def test_features_keep_their_order_whichever_are_chosen() -> None:
    chosen = built("plane_features", (2,), x1=False, x2=True, product=True)(POINTS)
    assert chosen.tolist() == [[-2, -6], [0.5, 0]]


def test_by_default_the_point_is_handed_on_as_it_is() -> None:
    assert torch.equal(built("plane_features", (2,))(POINTS), POINTS)
