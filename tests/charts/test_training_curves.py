"""The rows of a run as results: each point where the definition puts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from explorer import charts, zoo
from explorer.training.records.metrics import EpochRow, Steps, no_steps
from explorer.training.records.run_numbers import RunNumbers
from explorer.training.records.step_means import StepMeans

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")

FACTS = {"guess_loss": float(np.log(4)), "guess_accuracy": 0.3, "class_names": ["a", "b", "c", "d"],
         "layers": ["conv1", "linear1"]}


def rows(count: int, per_epoch: int = 5) -> Steps:
    step = np.arange(1, count + 1)
    norms = np.stack([step, step * 10.0], 1).astype(np.float32)  # (step, layer)
    return Steps(step, step / per_epoch, {"loss": 2.0 / step, "accuracy": step / count}, norms)


def epoch(number: int, validation: float | None, test: float | None = None) -> EpochRow:
    values = {"train": 1.0, "validation": validation, "test": test}
    return EpochRow(number, number * 5, {part: {"loss": value, "accuracy": value} for part, value in values.items()
                                         if value is not None})


WIDTH = 4


def numbers(steps: Steps, epochs: Sequence[EpochRow] = (), facts: Mapping = FACTS, every: int = 1) -> RunNumbers:
    return RunNumbers(zoo.recipe("mlp"), steps, tuple(epochs), {"batches_per_epoch": 5, **facts},
                      means=means_by_hand(steps), every=every)


def means_by_hand(steps: Steps) -> StepMeans:
    """The mean of every four steps in turn, at the middle of their numbers."""
    starts = range(0, len(steps) - WIDTH + 1, WIDTH)
    return StepMeans(np.array([start + 2.5 for start in starts]), {
        name: np.array([values[start:start + WIDTH].mean() for start in starts])
        for name, values in steps.scalars.items()}, WIDTH)


def by_name(result) -> dict:
    return {curve.name: curve for curve in result.curves}


def test_the_loss_of_each_step_lies_behind_the_means_of_fixed_bins():
    steps = rows(14)
    result = charts.loss(numbers(steps))
    each, training = by_name(result)["each step"], by_name(result)["training"]
    assert each.raw and not training.raw
    assert np.array_equal(each.y, steps.loss) and np.array_equal(each.x, steps.epoch)
    assert training.y == pytest.approx([np.mean([2 / 1, 2 / 2, 2 / 3, 2 / 4]), np.mean([2 / 5, 2 / 6, 2 / 7, 2 / 8]),
                                        np.mean([2 / 9, 2 / 10, 2 / 11, 2 / 12])])
    assert training.x == pytest.approx([2.5 / 5, 6.5 / 5, 10.5 / 5])  # the middles, in epochs of five steps
    assert (result.x_axis, str(result.y_axis)) == ("epoch", "Cross-entropy (nats)")


def test_the_axis_explains_what_is_drawn():
    assert str(charts.loss(numbers(rows(14))).drawn) == "line: mean of 4 steps · pale: each step"
    assert str(charts.loss(numbers(rows(14), every=8)).drawn) == "line: mean of 4 steps · pale: one step in 8"
    figure = figures.draw(charts.metric(numbers(rows(14)), "accuracy"), figures.Theme())
    assert figure.layout.xaxis.title.text == "epoch · line: mean of 4 steps · pale: each step"


def test_where_each_step_is_a_bin_of_its_own_the_steps_are_the_line():
    run = replace(numbers(rows(3)), means=StepMeans(width=1))
    (line,) = charts.loss(run).curves
    assert (line.name, line.raw) == ("training", False) and line.y.tolist() == rows(3).loss.tolist()
    assert charts.loss(run).drawn is None


def test_validation_and_test_stand_at_the_ends_of_their_epochs():
    result = by_name(charts.loss(numbers(rows(10), [epoch(1, 0.8), epoch(2, 0.6, 0.7)])))
    assert (result["validation"].x.tolist(), result["validation"].y.tolist()) == ([1, 2], [0.8, 0.6])
    assert (result["test"].x.tolist(), result["test"].y.tolist()) == ([2], [0.7])
    assert (result["validation"].role, result["test"].role) == ("validation", "test")


def test_an_epoch_without_a_number_has_no_point():
    result = by_name(charts.metric(numbers(rows(10), [epoch(1, None), epoch(2, 0.6)]), "accuracy"))
    assert result["validation"].x.tolist() == [2]
    assert "test" not in result


def test_the_dashed_lines_are_the_chance_levels():
    (loss,) = charts.loss(numbers(rows(3))).references
    assert (str(loss.name), loss.y) == ("chance level (ln 4)", pytest.approx(1.3863, abs=1e-4))
    (accuracy,) = charts.metric(numbers(rows(3)), "accuracy").references
    assert (str(accuracy.name), accuracy.y) == ("largest class", 0.3)
    line = RunNumbers(zoo.recipe("linear_regression"), rows(3), facts={"guess_loss": 2.5})
    (mean,) = charts.loss(line).references
    assert (str(mean.name), mean.y) == ("chance level (the mean)", 2.5)


def test_before_the_first_row_there_are_charts_without_lines():
    assert charts.loss(RunNumbers(zoo.recipe("mlp"))).curves == ()
    assert charts.loss(RunNumbers(zoo.recipe("mlp"))).references == ()
    assert charts.metric(RunNumbers(zoo.recipe("mlp")), "accuracy").y_range == (0.0, 1.0)
    assert charts.gradient_norm(numbers(no_steps())).values.shape == (2, 0)


def test_the_gradient_strip_is_layer_by_step():
    strip = charts.gradient_norm(numbers(rows(5)))
    assert strip.values.tolist() == [[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]]
    assert strip.column_values.tolist() == [1, 2, 3, 4, 5]
    assert strip.row_labels == ("conv1", "linear1")
    assert strip.log and not strip.signed


def test_the_gradient_strip_of_a_long_run_keeps_its_first_and_last_step():
    strip = charts.gradient_norm(numbers(rows(2000)))
    assert strip.values.shape == (2, 120)
    assert (strip.column_values[0], strip.column_values[-1]) == (1, 2000)
    assert np.array_equal(strip.values[0], strip.column_values)


def with_losses(losses: np.ndarray) -> Steps:
    return replace(rows(len(losses)), scalars={"loss": losses})


def test_a_short_peak_leaves_the_plot_with_a_remark_and_the_rest_stays_readable():
    losses = np.linspace(1.4, 0.2, 200)
    losses[20:23] = 1e3, 1e21, 1e6
    result = charts.loss(numbers(with_losses(losses), [epoch(40, 0.3)]))
    assert not result.log_y
    low, high = result.y_range
    assert low == 0 and 1.4 < high < 2.0
    assert str(result.note) == "Above the plot: up to 1×10²¹ at step 22"
    training = by_name(result)["training"].y
    assert np.flatnonzero(training > high).tolist() == [5]  # the peak does not linger
    figure = figures.draw(result, figures.Theme())
    assert list(figure.layout.yaxis.range) == [low, high]
    assert any(a.text == str(result.note) for a in figure.layout.annotations)
    assert str(result.note) in str(figures.describe(result))


def test_a_peak_of_the_validation_loss_alone_is_told_too():
    result = charts.loss(numbers(with_losses(np.full(20, 1.2)), [epoch(1, 0.9), epoch(2, 1e9)]))
    assert result.y_range[1] < 2 and "at step 10" in str(result.note)


def test_a_loss_that_stays_far_up_has_a_log_axis():
    losses = np.concatenate([[1.4], np.geomspace(1e2, 1e12, 60)])
    result = charts.loss(numbers(with_losses(losses)))
    assert result.log_y and result.y_range is None and result.note is None
    assert by_name(result)["training"].y[1] == pytest.approx(losses[4:8].mean())


@pytest.mark.parametrize("losses", [[2.0, 1.0, 1e-9], [5.0, -2000.0, 0.0], [1.4, 900.0, 1.2], [np.nan, np.nan]])
def test_ordinary_losses_keep_their_linear_axis(losses):
    result = charts.loss(numbers(with_losses(np.array(losses))))
    assert (result.log_y, result.y_range, result.note) == (False, None, None)


def test_where_a_line_stands_is_its_last_finite_value():
    steps = rows(8)
    steps.loss[4:] = np.nan
    chart = charts.loss(numbers(steps, [epoch(1, 0.8)]))
    assert charts.latest(chart) == pytest.approx(steps.loss[:4].mean())
    assert charts.latest(chart, "validation") == 0.8
    assert np.isnan(charts.latest(chart, "test"))


def test_the_loss_of_each_epoch_has_a_gap_where_nothing_was_measured():
    training, validation = charts.loss_by_epoch(numbers(rows(10), [epoch(1, None), epoch(2, 0.6)])).curves
    assert (training.role, training.y.tolist()) == ("training", [1.0, 1.0])
    assert validation.x.tolist() == [1, 2] and np.isnan(validation.y[0]) and validation.y[1] == 0.6


def test_perplexity_is_e_to_the_mean_loss_at_every_point_also_where_the_loss_jumped():
    recipe = zoo.recipe("char_rnn")
    steps = replace(rows(40), scalars={"loss": np.where(np.arange(40) == 3, 300.0, 2.0), "accuracy": np.full(40, 0.5)})
    run = RunNumbers(recipe, steps, (epoch(1, 1.5),), {"guess_loss": float(np.log(28))}, means=means_by_hand(steps))
    curves = by_name(charts.metric(run, "perplexity"))
    assert curves["training"].y[:2].tolist() == pytest.approx([np.exp((2 + 2 + 2 + 300) / 4), np.exp(2)])
    assert curves["each step"].y[3:5].tolist() == pytest.approx([np.exp(300), np.exp(2)])
    assert curves["validation"].y.tolist() == pytest.approx([np.exp(1.5)])
    assert charts.metric(run, "perplexity").log_y
    (line,) = charts.metric(run, "perplexity").references
    assert (str(line.name), line.y) == ("chance level", pytest.approx(28))
