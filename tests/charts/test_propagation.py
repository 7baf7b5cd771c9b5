"""What check-ups found, layer by layer, on check-ups made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import charts
from explorer.results import CheckUp, Layers

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")


def check_up(scale: float = 1.0) -> CheckUp:
    """Three layers, the middle one without weights and the only one that can have dead units."""
    values = scale * np.array([1.0, 2.0, 4.0])
    nothing = np.full(3, np.nan)
    layers = Layers(("linear1", "relu1", "linear2"), ("Linear", "ReLU", "Linear"), np.array([True, False, True]),
                    {"spread": values, "dead": np.array([np.nan, 0.25, np.nan]), "saturated": nothing,
                     "activation_gradient": values / 10})
    return CheckUp(1, layers, 0.5, "", np.array([[3, 0], [2, 0]]), ("cat", "dog"))


def test_a_signal_is_shown_at_the_layers_with_weights_at_the_start_and_now():
    first, last = check_up(), check_up(3.0)
    chart = charts.signal_propagation(first, last, "spread")
    assert [(curve.name, curve.x.tolist(), curve.y.tolist()) for curve in chart.curves] == \
        [("at the start", [1, 2], [1.0, 4.0]), ("now", [1, 2], [3.0, 12.0])]
    assert chart.log_y and figures.draw(chart).data
    gradient = charts.signal_propagation(first, last, "activation_gradient")
    assert gradient.curves[0].y == pytest.approx([0.1, 0.4])
    assert "norm of the gradient" in str(figures.describe(gradient))


def test_a_run_that_has_not_moved_has_one_line():
    check = check_up()
    assert [curve.name for curve in charts.signal_propagation(check, check, "spread").curves] == ["now"]
    assert [curve.name for curve in charts.signal_propagation(check, None, "spread").curves] == ["at the start"]


def test_only_layers_that_can_have_dead_units_have_a_bar():
    bars = charts.unit_shares(check_up(), "dead")
    assert (bars.labels, bars.values.tolist(), bars.highlight) == (("relu1",), [0.25], 0)
    nowhere = charts.unit_shares(check_up(), "saturated")
    assert nowhere.labels == () and nowhere.highlight is None and figures.draw(nowhere)


def test_outputs_are_powers_of_ten_with_a_gap_where_they_are_not_finite():
    chart = charts.largest_outputs(np.array([1e2, 1e30, np.inf]))
    assert chart.curves[0].y[:2] == pytest.approx([2, 30]) and np.isnan(chart.curves[0].y[2])
    assert chart.references[0].y == pytest.approx(38.53, abs=0.01)


def test_the_confusion_of_a_check_up_is_drawn_like_that_of_a_report():
    chart = charts.confusion(check_up(), "Predictions for held-out samples")
    assert chart.values.tolist() == [[3, 0], [2, 0]] and chart.row_labels == ("cat", "dog")
    assert chart.title == "Predictions for held-out samples"
