"""Every chart of a run that was trained: it can be drawn, and its numbers are those of the rows in SQLite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from explorer import charts
from explorer.results import Heatmap, Report
from explorer.training.analysis.report import report_of
from explorer.training.records.checkpoints import frame_steps

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")

CHARTS = {
    "loss": charts.loss, "loss_by_epoch": charts.loss_by_epoch, "metric": lambda run: charts.metric(run, "accuracy"),
    "learning_rate": charts.learning_rate, "gradient_norm": charts.gradient_norm,
    "layer_statistics": lambda run: charts.layer_statistics(run, "update"),
    "histogram": lambda run: charts.histogram(run, "linear1", "weights", 1),
    "distribution": lambda run: charts.distribution(run, "linear1", "gradients"),
    "schedule": lambda run: charts.schedule(run.recipe),
    "folds": lambda run: charts.folds({1: run.status().summary, 2: {}}),
    "confusion": lambda run: charts.confusion(report(run)), "calibration": lambda run: charts.calibration(report(run)),
    "class_accuracy": lambda run: charts.class_accuracy(report(run)),
}


def report(run) -> Report:
    return report_of(run, frame_steps(run.frames_folder)[-1], "validation")


def rows(run, query: str) -> list[tuple]:
    """What the metrics hold, asked of SQLite itself."""
    with closing(sqlite3.connect(run.metrics_path)) as db:
        return db.execute(query).fetchall()


def fact(run, name: str):
    return json.loads(rows(run, f"SELECT value FROM facts WHERE name = '{name}'")[0][0])


def line(result, name: str, raw: bool = False):
    return next(curve for curve in result.curves if (curve.name, curve.raw) == (name, raw))


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_with_names_at_its_axes(run, name):
    result = CHARTS[name](run)
    figure = figures.draw(result)
    assert figure.data
    names = (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text)
    if isinstance(result, Heatmap) or name in ("folds", "class_accuracy"):  # labels stand at an axis of names
        assert any(names)
    else:
        assert all(names)
    assert str(figures.describe(result))


def test_every_public_chart_is_among_these():
    of_something_else = {"class_probabilities", "largest_outputs", "signal_propagation", "unit_shares",
                         "latest"}
    assert set(CHARTS) == set(charts.__all__) - of_something_else


def test_the_loss_and_the_accuracy_are_those_of_each_step(run):
    loss, accuracy = (list(column) for column in zip(*rows(run, "SELECT loss, accuracy FROM steps ORDER BY step")))
    for chart, values in ((charts.loss(run), loss), (charts.metric(run, "accuracy"), accuracy)):
        assert line(chart, "training").y.tolist() == values  # of so short a run each step is a bin of its own
    validation = [value for value, in rows(run, "SELECT validation_loss FROM epochs ORDER BY epoch")]
    assert line(charts.loss(run), "validation").y.tolist() == validation
    assert [reference.y for reference in charts.loss(run).references] == [fact(run, "guess_loss")]
    assert str(charts.loss(run).y_axis) == "Cross-entropy (nats)"


def test_the_loss_of_each_epoch_is_its_row(run):
    training, validation = zip(*rows(run, "SELECT train_loss, validation_loss FROM epochs ORDER BY epoch"))
    chart = charts.loss_by_epoch(run)
    assert (line(chart, "training").y.tolist(), line(chart, "validation").y.tolist()) == \
        (list(training), list(validation))


def test_the_gradient_norm_is_layer_by_step(run):
    found = rows(run, "SELECT step, gradient_norm FROM steps ORDER BY step")
    chart = charts.gradient_norm(run)
    assert chart.row_labels == tuple(fact(run, "layers"))
    by_step = {step: np.frombuffer(norms, np.float32) for step, norms in found}
    for place, step in enumerate(chart.column_values.tolist()):
        assert np.array_equal(chart.values[:, place], by_step[step])
    assert chart.column_values[-1] == found[-1][0]


def test_the_learning_rate_reaches_the_last_step(run):
    (steps,), = rows(run, "SELECT MAX(step) FROM steps")
    curve = line(charts.learning_rate(run), "learning rate")
    assert curve.x[-1] == pytest.approx((steps - 1) / fact(run, "batches_per_epoch"))
    assert set(curve.y.tolist()) == {0.01}


def test_layer_statistics_are_those_of_the_samples(run):
    layers = fact(run, "sampled_layers")
    for quantity in ("mean", "spread", "dead", "saturated", "update"):
        found = rows(run, f"SELECT by_layer FROM layer_values WHERE quantity = '{quantity}' ORDER BY step")
        values = np.stack([np.frombuffer(packed, "<f4") for packed, in found])
        chart = charts.layer_statistics(run, quantity, ["relu1"] if quantity == "dead" else None)
        drawn = chart.curves if not isinstance(chart, Heatmap) else ()
        for curve in drawn:
            if len(found) < 60 or curve.raw:
                assert curve.y.tolist() == values[:, layers.index(curve.name)].tolist()
    assert [curve.name for curve in charts.layer_statistics(run, "dead").curves if not curve.raw] == ["relu1"]
    assert [curve.name for curve in charts.layer_statistics(run, "saturated").curves if not curve.raw] == ["sigmoid1"]


def test_a_histogram_holds_the_counts_of_its_step(run):
    (bound, counts), = rows(run, "SELECT bound, counts FROM histograms "
                                 "WHERE layer = 'linear1' AND what = 'weights' AND step = 1")
    counted = np.frombuffer(counts, "<u2").astype(float)
    chart = charts.histogram(run, "linear1", "weights", 1)
    assert chart.shares == pytest.approx(counted / counted.sum())
    assert chart.edges == pytest.approx(np.linspace(-bound, bound, 65))
    with pytest.raises(ValueError, match="no layer with weights is named 'relu1'"):
        charts.histogram(run, "relu1", "weights")


def test_folds_are_the_summaries_of_their_runs(run):
    summary = run.status().summary
    bars = charts.folds({1: summary, 2: {"val_accuracy": 0.5}, 3: {}})
    assert bars.labels == ("1", "2", "3") and bars.title == "Validation accuracy of each fold"
    assert bars.values[:2] == pytest.approx([summary["val_accuracy"], 0.5]) and np.isnan(bars.values[2])
    assert charts.folds({1: {"val_loss": 0.25, "val_accuracy": None}}).title == "Validation loss of each fold"
    assert np.isnan(charts.folds({1: {}}).values).all()


def test_the_confusion_adds_up_to_the_accuracy_in_the_rows(run):
    matrix = charts.confusion(report(run)).values
    (accuracy,), = rows(run, "SELECT validation_accuracy FROM epochs ORDER BY epoch DESC LIMIT 1")
    assert np.trace(matrix) / matrix.sum() == pytest.approx(accuracy)
