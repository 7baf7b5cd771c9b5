"""Charts of a loop of one's own: no recipe, any numbers, epochs of known or unknown length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torch import nn

import explorer
from explorer import charts
from explorer.results import Curves
from explorer.training import Run, RunStore

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")


def recorded(tmp_path: Path, **known: int) -> Run:
    with explorer.record(nn.Linear(2, 1), runs=RunStore(tmp_path), quiet=True, **known) as run:
        for step in range(1, 41):
            run.log(loss=1 / step, accuracy=step / 40, learning_rate=0.1, percent=step)
            if step % 20 == 0:
                run.log_epoch(validation={"loss": 0.3, "accuracy": 0.5, "reward": step})
    return run.run


def x_of(chart: Curves, name: str) -> list[float]:
    return next(curve.x.tolist() for curve in chart.curves if curve.name == name)


def test_a_loop_that_knows_its_epochs_is_drawn_over_epochs(tmp_path: Path) -> None:
    chart = charts.loss(recorded(tmp_path, epochs=2, steps_per_epoch=20))
    assert (chart.x_axis, str(chart.y_axis)) == ("epoch", "loss")
    assert x_of(chart, "validation") == [1, 2] and max(x_of(chart, "training")) <= 2


def test_a_loop_that_does_not_is_drawn_over_steps(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    for chart in (charts.loss(run), charts.metric(run, "accuracy"), charts.metric(run, "loss")):
        assert chart.x_axis == "step" and x_of(chart, "validation") == [20, 40]
        assert max(x_of(chart, "training")) > 25


def test_the_accuracy_has_its_title_and_limits_where_it_is_a_share(tmp_path: Path) -> None:
    chart = charts.metric(recorded(tmp_path), "accuracy")
    assert (chart.title, chart.y_range) == ("Accuracy", (0.0, 1.0))
    with explorer.record(nn.Linear(2, 1), runs=RunStore(tmp_path), quiet=True) as run:
        run.log(accuracy=83.5)
    assert charts.metric(run.run, "accuracy").y_range is None


def test_any_other_number_is_drawn_under_its_own_name(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    assert charts.metric(run, "percent").title == "percent"
    assert x_of(charts.metric(run, "reward"), "validation") == [20, 40]
    with pytest.raises(ValueError, match="no number is named 'nothing'"):
        charts.metric(run, "nothing")


def test_the_learning_rate_is_what_was_logged(tmp_path: Path) -> None:
    chart = charts.learning_rate(recorded(tmp_path))
    assert chart.title == "Learning rate" and chart.curves[0].y.tolist() == [0.1] * 40 and chart.x_axis == "step"
    with explorer.record(nn.Linear(2, 1), runs=RunStore(tmp_path), quiet=True) as run:
        run.log(loss=1)
    assert not charts.learning_rate(run.run).curves


def test_every_chart_of_a_loop_can_be_drawn(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    for chart in (charts.loss(run), charts.gradient_norm(run), charts.loss_by_epoch(run),
                  charts.layer_statistics(run, "spread"), charts.histogram(run, "(Linear)", "weights"),
                  charts.distribution(run, "(Linear)", "gradients")):
        assert figures.draw(chart).to_json()
    assert np.isfinite(charts.gradient_norm(run).values).all()
