"""What was seen inside a run as results: each number where it belongs, and never more than can be read."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.charts.layer_plots import (
    MOST_LINES,
    SHOWN,
    distribution_over_time,
    histogram_of,
    latest_sentence,
    over_time,
)
from explorer.figures import Theme, describe, draw
from explorer.results import Curves, Heatmap
from explorer.training.records.layer_statistics import BINS, GRADIENTS, QUANTITIES, WEIGHTS, Counts, Inside, no_samples

LAYERS = ["linear1", "relu1", "linear2"]


def seen(samples: int = 4, layers: int = 3) -> Inside:
    """values[sample, quantity, layer] = 1 / ((sample + 1) * (quantity + 1) * (layer + 1)); no ReLU but layer 1."""
    shape = np.ogrid[1:samples + 1, 1:len(QUANTITIES) + 1, 1:layers + 1]
    values = (1 / (shape[0] * shape[1] * shape[2])).astype(np.float32)
    values[:, QUANTITIES.index("dead"), [i for i in range(layers) if i != 1]] = np.nan
    values[:, QUANTITIES.index("saturated")] = np.nan
    return Inside(np.arange(1, samples + 1) ** 2, values)


def test_every_quantity_that_is_kept_is_shown():
    assert set(SHOWN) == set(QUANTITIES)


def test_a_few_layers_are_lines_over_the_steps():
    inside = seen()
    result = over_time(inside, LAYERS, SHOWN["mean"])
    assert isinstance(result, Curves) and [curve.name for curve in result.curves] == LAYERS
    for i, curve in enumerate(result.curves):
        assert np.array_equal(curve.x, inside.step) and np.array_equal(curve.y, inside.of("mean")[:, i])
    assert len({curve.place for curve in result.curves}) == 3


def test_a_layer_that_cannot_have_a_quantity_is_left_out():
    assert [curve.name for curve in over_time(seen(), LAYERS, SHOWN["dead"]).curves] == ["relu1"]
    assert over_time(seen(), LAYERS, SHOWN["saturated"]) is None
    assert over_time(no_samples(), LAYERS, SHOWN["mean"]) is None


def test_many_layers_are_a_strip():
    names = [f"linear{i}" for i in range(MOST_LINES + 1)]
    result = over_time(seen(layers=len(names)), names, SHOWN["spread"])
    assert isinstance(result, Heatmap) and result.row_labels == tuple(names)
    assert result.values.shape == (len(names), 4) and result.column_values.tolist() == [1, 4, 9, 16]
    assert result.log and not result.signed
    assert over_time(seen(layers=len(names)), names, SHOWN["mean"]).signed


def test_updates_have_the_rule_of_thumb_on_a_log_axis():
    result = over_time(seen(), LAYERS, SHOWN["update"])
    assert result.log_y and [(str(r.name), r.y) for r in result.references] == [("rule of thumb", 1e-3)]
    assert draw(result, Theme()).layout.yaxis.type == "log"


def test_a_long_run_is_thinned_evenly_over_its_steps_and_smoothed():
    inside = seen(2000)
    (raw, smoothed), *_others = np.array(over_time(inside, LAYERS, SHOWN["mean"]).curves).reshape(3, 2)
    assert raw.raw and not smoothed.raw and raw.name == smoothed.name
    assert len(raw.x) <= 300 and (raw.x[0], raw.x[-1]) == (1, 2000**2)
    assert np.diff(raw.x).max() < 3 * 2000**2 / 300
    assert np.isin(raw.y, inside.of("mean")[:, 0]).all()


def test_the_sentence_names_the_layers_with_most_and_least():
    words = str(latest_sentence(seen(), LAYERS, SHOWN["update"]))
    assert words == "At step 16: most in linear1 (update : weights 0.05), least in linear2 (0.0167)."
    assert str(latest_sentence(seen(), LAYERS, SHOWN["dead"])) == \
        "At step 16: share of units 4.17 % in relu1, and nowhere less."
    assert "none of it is a finite number" in str(latest_sentence(seen(), LAYERS, SHOWN["saturated"]))


def test_a_histogram_shows_shares_between_its_edges():
    counts = np.zeros(BINS, int)
    counts[[0, 32]] = 1, 3
    result = histogram_of(Counts(2.0, counts), "conv1", WEIGHTS, 1200)
    assert str(result.title) == "Weights of conv1 at step 1,200"
    assert (result.edges[0], result.edges[32], result.edges[-1]) == (-2, 0, 2)
    assert result.shares[[0, 32]].tolist() == [0.25, 0.75] and result.shares.sum() == 1
    figure = draw(result, Theme())
    assert np.asarray(figure.data[0].x)[32] == pytest.approx(2 / 64)
    assert figure.data[0].customdata[32] == "0 to 0.0625: 75 %" and figure.data[0].customdata[0] == "below −1.94: 25 %"
    assert str(describe(result)).endswith("the fullest bin, from 0 to 0.0625, holds 75 %.")


def test_an_empty_histogram_says_so():
    result = histogram_of(Counts(1.0, np.zeros(BINS, int)), "conv1", GRADIENTS, 1)
    assert draw(result, Theme()).layout.annotations[0].text == "Nothing to show yet"
    assert str(describe(result)).endswith("nothing to show yet.")


def test_a_distribution_has_its_median_between_its_quantiles():
    spread = {step: Counts(float(step), np.full(BINS, 5)) for step in (1, 2, 4)}
    curves = {curve.name: curve for curve in distribution_over_time(spread, "conv1", WEIGHTS).curves}
    assert curves["median"].y == pytest.approx([0, 0, 0], abs=1e-9)
    assert curves["95 %"].y == pytest.approx([0.9, 1.8, 3.6])
    assert curves["25 %"].y == pytest.approx([-0.5, -1, -2])
    assert distribution_over_time({}, "conv1", WEIGHTS).curves == ()
