"""What was seen inside a run as results: each number where it belongs, and never more than can be read."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import charts, zoo
from explorer.charts.layer_plots import MOST_LINES, QUANTITIES, latest_sentence
from explorer.results import Curves, Heatmap
from explorer.training import Trainer, load_parts
from explorer.training.records.layer_statistics import (
    BINS,
    GRADIENTS,
    WEIGHTS,
    Counts,
    LayerStatistics,
    Sample,
    read_layer_statistics,
    write_samples,
)
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.records.run_numbers import RunNumbers

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")

NAMES = ("mean", "spread", "dead", "saturated", "update")
LAYERS = ["linear1", "relu1", "linear2"]


@pytest.fixture
def record(tmp_path):
    """`record(inside, layers, histograms)` -> the numbers of a run that has recorded this; histograms by step."""
    def write(inside, layers=LAYERS, histograms=None):
        writer = MetricsWriter(tmp_path / "metrics.db")
        steps = inside.step.tolist()
        samples = {step: Sample(step, {name: inside.of(name)[i] for name in inside.names})
                   for i, step in enumerate(steps)}
        for step, counts in (histograms or {}).items():
            values = {name: found[0] for name, found in seen(1).values.items()}
            samples[step] = Sample(step, values, {("conv1", WEIGHTS): counts})
        write_samples(writer, samples.values())
        writer.close()
        return RunNumbers(zoo.recipe("mlp"), facts={"sampled_layers": layers}, metrics_path=tmp_path / "metrics.db")
    return write


def seen(samples: int = 4, layers: int = 3) -> LayerStatistics:
    """Of the i-th quantity: values[sample, layer] = 1 / ((sample + 1) * (i + 1) * (layer + 1)); no ReLU but layer 1."""
    sample, layer = np.ogrid[1:samples + 1, 1:layers + 1]
    values = {name: (1 / (sample * i * layer)).astype(np.float32) for i, name in enumerate(NAMES, 1)}
    values["dead"][:, [i for i in range(layers) if i != 1]] = np.nan
    values["saturated"][:] = np.nan
    return LayerStatistics(np.arange(1, samples + 1) ** 2, values)


def test_every_quantity_that_is_recorded_has_a_title():
    recipe = zoo.recipe("mlp").with_(instruments="full", device="cpu", threads=1)
    trainer = Trainer(recipe, load_parts(recipe))
    trainer.train_step()
    assert set(trainer.sampler.flush()[0].values) == set(QUANTITIES) == set(NAMES)


def test_a_quantity_that_nobody_knows_is_drawn_under_its_own_name(record):
    statistics = seen()
    known = {**statistics.values, "curvature": statistics.of("mean") * 2}
    numbers = record(LayerStatistics(statistics.step, known))
    chart = charts.layer_statistics(numbers, "curvature")
    assert (chart.title, chart.y_axis) == ("curvature", "curvature")
    assert [curve.y.tolist() for curve in chart.curves] == (2 * statistics.of("mean")).T.tolist()
    assert "highest in linear1 (curvature 0.5)" in str(latest_sentence(numbers, "curvature"))
    with pytest.raises(ValueError, match="no quantity 'size' was recorded: there are mean, spread,"):
        charts.layer_statistics(numbers, "size")


def test_a_known_quantity_that_was_not_recorded_has_no_line(record):
    statistics = seen()
    numbers = record(LayerStatistics(statistics.step, {"mean": statistics.of("mean")}))
    nothing = charts.layer_statistics(numbers, "update")
    assert nothing.curves == () and str(nothing.note) == "No layer has trainable weights."


def test_a_few_layers_are_lines_over_the_steps(record):
    inside = seen()
    result = charts.layer_statistics(record(inside), "mean")
    assert isinstance(result, Curves) and [curve.name for curve in result.curves] == LAYERS
    for i, curve in enumerate(result.curves):
        assert np.array_equal(curve.x, inside.step) and np.array_equal(curve.y, inside.of("mean")[:, i])
    assert len({curve.place for curve in result.curves}) == 3


def test_a_layer_that_cannot_have_a_quantity_is_left_out(record):
    numbers = record(seen())
    assert [curve.name for curve in charts.layer_statistics(numbers, "dead").curves] == ["relu1"]
    nowhere = charts.layer_statistics(numbers, "saturated")
    assert nowhere.curves == () and "this network has none" in str(nowhere.note)
    assert figures.draw(nowhere).layout.annotations[0].text.replace("<br>", " ") == str(nowhere.note)


def test_before_the_first_sample_the_chart_waits():
    result = charts.layer_statistics(RunNumbers(zoo.recipe("mlp")), "mean", ["linear1"])
    assert result.curves == () and figures.draw(result).layout.annotations[0].text == "Waiting for the first step"


def test_only_the_layers_that_are_asked_for_are_drawn(record):
    numbers = record(seen())
    assert [curve.name for curve in charts.layer_statistics(numbers, "mean", ["linear2", "linear1"]).curves] == \
        ["linear1", "linear2"]
    with pytest.raises(ValueError, match="no layer named 'conv9' was sampled: there are linear1, relu1, linear2"):
        charts.layer_statistics(numbers, "mean", ["conv9"])


def test_many_layers_are_a_strip(record):
    names = [f"linear{i}" for i in range(MOST_LINES + 1)]
    numbers = record(seen(layers=len(names)), names)
    result = charts.layer_statistics(numbers, "spread")
    assert isinstance(result, Heatmap) and result.row_labels == tuple(names)
    assert result.values.shape == (len(names), 4) and result.column_values.tolist() == [1, 4, 9, 16]
    assert result.log and not result.signed
    assert charts.layer_statistics(numbers, "mean").signed


def test_updates_have_the_rule_of_thumb_on_a_log_axis(record):
    result = charts.layer_statistics(record(seen()), "update")
    assert result.log_y and [(str(r.name), r.y) for r in result.references] == [("rule of thumb", 1e-3)]
    assert figures.draw(result, figures.Theme()).layout.yaxis.type == "log"


def test_a_long_run_is_thinned_evenly_over_its_steps_behind_means_of_all_samples(record):
    inside = seen(2000)
    raw, *_others, strong, _2, _3 = charts.layer_statistics(record(inside), "mean").curves
    assert raw.raw and not strong.raw and raw.name == strong.name
    assert strong.y == pytest.approx(inside.of("mean")[:, 0].reshape(250, 8).mean(1))
    assert strong.x == pytest.approx(inside.step.reshape(250, 8).mean(1))
    assert len(raw.x) <= 300 and (raw.x[0], raw.x[-1]) == (1, 2000**2)
    assert np.diff(raw.x).max() < 3 * 2000**2 / 300
    assert np.isin(raw.y, inside.of("mean")[:, 0]).all()


def test_the_sentence_names_the_layers_with_most_and_least(record):
    numbers = record(seen())
    assert str(latest_sentence(numbers, "update")) == \
        "At step 16: highest in linear1 (update : weights 0.05), lowest in linear2 (0.0167)."
    assert str(latest_sentence(numbers, "dead")) == \
        "At step 16: share of units 4.2 % in relu1."
    assert "this network has none" in str(latest_sentence(numbers, "saturated"))


@pytest.mark.parametrize(("last", "words"), [
    (0.5, "At step 16: mean 0.5 in all 3 layers."), (np.inf, "At step 16, no value is finite.")])
def test_the_sentence_says_so_where_no_layer_differs_or_all_have_diverged(record, last, words):
    inside = seen()
    inside.values["mean"][-1] = last
    assert str(latest_sentence(record(inside), "mean")) == words


def test_a_histogram_shows_shares_between_its_edges(record):
    counts = np.zeros(BINS, int)
    counts[[0, 32]] = 1, 3
    result = charts.histogram(record(seen(), histograms={1200: Counts(2.0, counts)}), "conv1", WEIGHTS)
    assert str(result.title) == "Weights of conv1 at step 1,200"
    assert (result.edges[0], result.edges[32], result.edges[-1]) == (-2, 0, 2)
    assert result.shares[[0, 32]].tolist() == [0.25, 0.75] and result.shares.sum() == 1
    figure = figures.draw(result, figures.Theme())
    assert np.asarray(figure.data[0].x)[32] == pytest.approx(2 / 64)
    assert figure.data[0].customdata[32] == "0 to 0.0625: 75 %"
    assert figure.data[0].customdata[0] == "below −1.94: 25 %"
    assert str(figures.describe(result)).endswith("the fullest bin, from 0 to 0.0625, holds 75\N{NO-BREAK SPACE}%.")


def test_a_histogram_is_that_of_the_nearest_sampled_step(record):
    numbers = record(seen(), histograms={step: Counts(float(step), np.full(BINS, 5)) for step in (1, 2, 40)})
    assert [charts.histogram(numbers, "conv1", WEIGHTS, step).edges[-1] for step in (1, 3, 30, None)] == [1, 2, 40, 40]


def test_an_empty_histogram_says_so(record):
    result = charts.histogram(record(seen()), "conv1", GRADIENTS)
    assert figures.draw(result, figures.Theme()).layout.annotations[0].text == "Nothing to show yet"
    assert str(figures.describe(result)).endswith("nothing to show yet.")
    with pytest.raises(ValueError, match="weights and gradients, not of 'biases'"):
        charts.histogram(record(seen()), "conv1", "biases")


def test_a_distribution_has_its_median_between_its_quantiles(record):
    numbers = record(seen(), histograms={step: Counts(float(step), np.full(BINS, 5)) for step in (1, 2, 4)})
    curves = {curve.name: curve for curve in charts.distribution(numbers, "conv1", WEIGHTS).curves}
    assert curves["median"].y == pytest.approx([0, 0, 0], abs=1e-9)
    assert curves["95 %"].y == pytest.approx([0.9, 1.8, 3.6])
    assert curves["25 %"].y == pytest.approx([-0.5, -1, -2])
    assert charts.distribution(numbers, "conv1", GRADIENTS).curves == ()


def test_what_was_recorded_is_read_once(record):
    numbers = record(seen(), histograms={1: Counts(1.0, np.full(BINS, 5))})
    charts.layer_statistics(numbers, "mean")
    charts.histogram(numbers, "conv1", WEIGHTS)
    numbers.metrics_path.unlink()
    assert len(read_layer_statistics(numbers.metrics_path)) == 0
    assert len(charts.layer_statistics(numbers, "mean").curves) == 3
    assert charts.histogram(numbers, "conv1", WEIGHTS).shares.sum() == pytest.approx(1)
