"""The learning rate as a curve: what was, what is to come, and what a schedule promises."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import charts, zoo
from explorer.recipe import SCHEDULES, choose
from explorer.training.records.run_numbers import RunNumbers

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")


def by_name(result) -> dict:
    return {curve.name: curve for curve in result.curves}


RUN = {"total_steps": 100, "batches_per_epoch": 10}


def test_the_learning_rate_up_to_now_is_strong_and_what_is_to_come_pale():
    recipe = zoo.recipe("mlp").with_optimizer("sgd", lr=0.5).with_(schedule=choose(SCHEDULES, "cosine", {}), epochs=10)
    result = charts.learning_rate(RunNumbers(recipe, facts=RUN, last_step=40))
    done, ahead = by_name(result)["learning rate"], by_name(result)["to come"]
    assert done.y == pytest.approx([recipe.lr_at(step, 100, 10) for step in range(40)])
    assert done.x == pytest.approx(np.arange(40) / 10)
    assert ahead.raw and np.isnan(ahead.y[:39]).all()
    assert ahead.y[39:] == pytest.approx([recipe.lr_at(step, 100, 10) for step in range(39, 100)])
    assert result.log_y  # a cosine falls to nothing


def test_a_change_midway_is_a_step_in_the_curve_also_where_points_are_left_out():
    recipe = zoo.recipe("mlp").with_optimizer("sgd", lr=0.5).with_(epochs=10)
    facts = {"total_steps": 100_000, "batches_per_epoch": 10_000, "lr_changes": [(50_001, 0.1)]}
    numbers = RunNumbers(recipe, facts=facts, last_step=100_000)
    curve = by_name(charts.learning_rate(numbers))["learning rate"]
    places = (curve.x * 10_000).round().astype(int).tolist()
    assert len(places) < 600
    assert [curve.y[places.index(step)] for step in (50_000, 50_001)] == [0.5, 0.1]
    assert not charts.learning_rate(numbers).log_y  # a fivefold change reads well as it is


def test_before_the_first_step_the_learning_rate_waits():
    assert charts.learning_rate(RunNumbers(zoo.recipe("mlp"))).curves == ()
    figure = figures.draw(charts.learning_rate(RunNumbers(zoo.recipe("mlp"))), figures.Theme())
    assert figure.layout.annotations[0].text == "Waiting for the first step"
    assert len(by_name(charts.learning_rate(RunNumbers(zoo.recipe("mlp"), facts=RUN)))["to come"].x) == 100


def test_a_schedule_is_drawn_before_there_is_a_run():
    recipe = zoo.recipe("mlp").with_optimizer("sgd", lr=0.5).with_(schedule=choose(SCHEDULES, "cosine", {}), epochs=10)
    (curve,) = charts.schedule(recipe).curves
    assert (curve.x[0], curve.x[-1]) == (0, pytest.approx(10 - 1 / 60))
    assert curve.y == pytest.approx([recipe.lr_at(step, 600, 60) for step in range(600)])
    long = charts.schedule(recipe.with_(epochs=1000)).curves[0]
    assert len(long.x) <= 2_000
