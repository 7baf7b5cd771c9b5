"""What a network gives each class, as bars."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import charts

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")


def test_the_true_class_stands_out():
    bars = charts.class_probabilities(np.array([0.7, 0.2, 0.1]), ["a", "b", "c"], truth=1)
    assert bars.labels[bars.highlight] == "b" and bars.limits == (0.0, 1.0) and figures.draw(bars).data
