"""A run's numbers as charts take them: what the readers return, thinned as a page has it."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import plane_recipe

from explorer.training import CurveReader
from explorer.training.records.curve_reader import thinned
from explorer.training.records.metrics import StepRows, read_epochs, read_facts, read_steps
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.records.run_numbers import numbers_so_far, read_numbers


@pytest.mark.parametrize("count", [1, 2000, 2001, 9001])
def test_thinning_keeps_the_rows_that_a_reader_keeps(tmp_path, count):
    step = np.arange(1, count + 1)
    writer = MetricsWriter(tmp_path / "metrics.db")
    scalars = {"loss": 1 / step, "odd": np.where(step % 3, np.nan, step)}
    writer.add_steps(StepRows(step, step, scalars, np.ones((count, 2), np.float32)), 10)
    writer.close()
    reader = CurveReader(tmp_path / "metrics.db")
    assert reader.refresh() and reader.last_step == count
    kept = thinned(read_steps(tmp_path / "metrics.db"))
    assert len(kept) <= 2000
    for name in ("step", "epoch", "gradient_norm"):
        assert np.array_equal(getattr(kept, name), getattr(reader.steps, name))
    for name in ("loss", "odd", "accuracy"):
        assert np.array_equal(kept.of(name), reader.steps.of(name), equal_nan=True)


def test_the_numbers_of_a_run_are_what_its_readers_return(trained):
    run, _status = trained(plane_recipe(epochs=2, instruments="full"))
    numbers = read_numbers(run)
    assert np.array_equal(numbers.steps.loss, read_steps(run.metrics_path).loss)
    assert (list(numbers.epochs), numbers.facts) == (read_epochs(run.metrics_path), read_facts(run.metrics_path))
    assert numbers.last_step == numbers.steps.step[-1] and numbers.recipe == run.recipe
    assert len(numbers.layer_statistics) > 0 and numbers.histograms("linear1", "weights")
    assert read_numbers(numbers) is numbers


def test_a_run_without_a_step_has_no_numbers(store):
    run = store.create(plane_recipe())
    numbers = numbers_so_far(run.recipe, CurveReader(run.metrics_path))
    assert (len(numbers.steps), numbers.epochs, numbers.facts, numbers.last_step) == (0, (), {}, 0)
    assert len(numbers.layer_statistics) == 0 and numbers.histograms("linear1", "weights") == {}
