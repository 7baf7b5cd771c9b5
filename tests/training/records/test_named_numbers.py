"""Numbers by name: new ones are read, averaged, exported and drawn by their name alone, and so are unknown ones."""

from __future__ import annotations

import csv
import sqlite3

import numpy as np
import pytest
import torch
from comparing import stop_at
from pyarrow import parquet
from small_runs import plane_recipe, regression_recipe
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from explorer import charts
from explorer.training import CurveReader, Session
from explorer.training.loop import instruments, sampler
from explorer.training.loop.model import draw_model
from explorer.training.records.export import export_run
from explorer.training.records.layer_statistics import Sample, read_layer_statistics, write_samples
from explorer.training.records.metrics import EpochRow, StepRows, read_epochs, read_steps
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.records.run_numbers import read_numbers
from explorer.training.work.fork import fork


def weight_norm(model):
    """The one line that a new number of every step takes."""
    return torch.stack([p.detach().norm() for p in model.parameters()]).norm()


@pytest.fixture
def recorder(monkeypatch):
    monkeypatch.setitem(instruments.STEP_NUMBERS, "weight_norm", weight_norm)


def csv_columns(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def test_a_new_number_of_every_step_takes_its_recorder_and_is_read_exported_and_drawn(recorder, trained, tmp_path):
    run, status = trained(plane_recipe(epochs=2))
    assert status.state == "finished"
    steps = read_steps(run.metrics_path)
    norm = steps.of("weight_norm")
    assert list(steps.scalars) == ["loss", "accuracy", "weight_norm"] and np.isfinite(norm).all()
    assert norm[0] == pytest.approx(weight_norm(draw_model(run.recipe)).item(), rel=1e-6)
    for kind in ("csv", "parquet", "tensorboard"):
        export_run(run, kind, tmp_path / kind)
    assert list(map(float, csv_columns(tmp_path / "csv" / "steps.csv")["weight_norm"])) == norm.tolist()
    assert parquet.read_table(tmp_path / "parquet" / "steps.parquet")["weight_norm"].to_pylist() == norm.tolist()
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    assert [event.value for event in events.Scalars("train/weight_norm")] == norm.astype(np.float32).tolist()
    chart = charts.metric(run, "weight_norm")
    assert (chart.title, [curve.name for curve in chart.curves]) == ("weight_norm", ["training"])
    assert chart.curves[0].y.tolist() == norm.tolist()
    assert pytest.importorskip("explorer.figures").draw(chart).data
    assert {name for row in read_epochs(run.metrics_path) for name in row.values["train"]} == {"loss", "accuracy"}




def test_a_new_quantity_of_layers_takes_its_measurement_and_bears_its_name(monkeypatch, trained, always, tmp_path):
    measure = sampler.describe_output
    monkeypatch.setattr(sampler, "describe_output", lambda module, output, batch:
                        {**measure(module, output, batch), "largest": output.abs().max().item()})
    run, _ = trained(plane_recipe(epochs=1, instruments="full"))
    statistics = read_layer_statistics(run.metrics_path)
    assert statistics.names == ("mean", "spread", "dead", "saturated", "update", "largest")
    export_run(run, "csv", tmp_path / "csv")
    assert list(map(float, csv_columns(tmp_path / "csv" / "samples.csv")["largest/linear1"])) == pytest.approx(
        statistics.of("largest")[:, read_numbers(run).facts["sampled_layers"].index("linear1")].tolist())
    assert charts.layer_statistics(run, "largest").title == "largest"


@pytest.fixture
def written(store):
    """A run of two epochs with numbers that no version knows, and its writer."""
    run, step = store.create(regression_recipe()), np.arange(1, 21)
    writer = MetricsWriter(run.metrics_path)
    writer.set_facts(layers=["a"], sampled_layers=["a", "b"], progress={})
    scalars = {"loss": 1 / step, "odd": np.where(step % 2, step * 0.1, np.nan)}
    writer.add_steps(StepRows(step, np.full(20, 4), scalars, np.ones((20, 1))), 10)
    for epoch in (1, 2):
        writer.add_epoch(EpochRow(epoch, 10 * epoch, {"validation": {"loss": 0.5, "odd": 0.25 * epoch}}))
    yield run, writer
    writer.close()


def test_a_number_that_nobody_knows_is_shown_under_its_name(written, tmp_path):
    run, _writer = written
    numbers = read_numbers(run)
    assert numbers.names == ("loss", "odd")
    assert numbers.epochs[1].value("validation", "odd") == 0.5 and numbers.epochs[1].value("test", "odd") is None
    chart = charts.metric(numbers, "odd")
    assert [(curve.name, curve.raw) for curve in chart.curves] == [
        ("training", False), ("validation", False)]
    assert chart.curves[1].y.tolist() == [0.25, 0.5]
    assert pytest.importorskip("explorer.figures").draw(chart).data
    with pytest.raises(ValueError, match="no number is named 'even': there are loss, odd"):
        charts.metric(numbers, "even")
    export_run(run, "csv", tmp_path / "csv")
    assert csv_columns(tmp_path / "csv" / "steps.csv")["odd"][:3] == ("0.1", "", "0.30000000000000004")
    assert csv_columns(tmp_path / "csv" / "epochs.csv")["validation_odd"] == ("0.25", "0.5")


def test_thinned_rows_have_the_named_numbers_of_their_steps(written):
    run, _writer = written
    steps = read_steps(run.metrics_path, after=3, every=4)
    assert steps.step.tolist() == [5, 9, 13, 17] and steps.of("odd").tolist() == pytest.approx([0.5, 0.9, 1.3, 1.7])


def test_a_reader_joins_rows_that_have_different_numbers(written):
    run, writer = written
    reader = CurveReader(run.metrics_path)
    reader.refresh()
    step = np.arange(21, 31)
    writer.add_steps(StepRows(step, step, {"loss": 1 / step, "late": step * 1.0}, np.ones((10, 1))), 10)
    reader.refresh()
    assert np.isnan(reader.steps.of("late")[:20]).all() and reader.steps.of("late")[20:].tolist() == step.tolist()
    assert np.isnan(reader.steps.of("odd")[20:]).all() and np.isnan(reader.steps.of("never")).all()


def test_the_mean_of_a_named_number_is_over_samples(written):
    _run, writer = written
    step = np.arange(21, 25)
    writer.add_steps(StepRows(step, step, {"loss": step * 1.0, "error": step * 2.0}, np.ones((4, 1))), 10)
    assert writer.mean_over(("loss", "error", "odd"), [4, 4, 4, 2], 24) == {
        "loss": pytest.approx((4 * (21 + 22 + 23) + 2 * 24) / 14, rel=1e-15),
        "error": pytest.approx(2 * (4 * (21 + 22 + 23) + 2 * 24) / 14, rel=1e-15)}


def test_what_is_forgotten_is_forgotten_under_every_name(written):
    run, writer = written
    write_samples(writer, [Sample(step, {"mean": np.ones(2), "new": np.ones(2)}) for step in (5, 15)])
    writer.forget_after(10)
    assert read_steps(run.metrics_path).step[-1] == 10
    assert [row.epoch for row in read_epochs(run.metrics_path)] == [1]
    assert read_layer_statistics(run.metrics_path).step.tolist() == [5]
    with sqlite3.connect(run.metrics_path) as db:
        assert [db.execute(f"SELECT MAX(step) FROM {table}").fetchone()[0]
                for table in ("scalars", "epoch_values", "layer_values")] == [10, 10, 5]


def test_a_run_of_samples_without_names_is_joined_with_what_is_recorded_now(written):
    run, writer = written
    old = np.arange(10, dtype="<f4")
    with sqlite3.connect(run.metrics_path) as db:
        db.execute("INSERT INTO samples VALUES (1, ?)", (old.tobytes(),))
    write_samples(writer, [Sample(2, {"mean": np.array([7.0, 8.0]), "new": np.array([1.0, 2.0])})])
    found = read_layer_statistics(run.metrics_path)
    assert found.names == ("mean", "spread", "dead", "saturated", "update", "new")
    assert found.of("mean").tolist() == [[0, 1], [7, 8]] and found.of("update")[0].tolist() == [8, 9]
    assert np.isnan(found.of("update")[1]).all() and np.isnan(found.of("new")[0]).all()
    assert len(found.until(1)) == 1
    with pytest.raises(ValueError, match="no quantity 'size' was recorded"):
        found.of("size")


def test_a_resumed_run_and_a_fork_keep_their_named_numbers(recorder, store, trained):
    recipe = plane_recipe(epochs=3)
    whole, _ = trained(recipe)
    run = store.create(recipe)
    stop_at(run, 30, kill=True)
    assert Session(run).execute().state == "finished"
    wanted = read_steps(whole.metrics_path).of("weight_norm")
    assert np.array_equal(read_steps(run.metrics_path).of("weight_norm"), wanted)
    stopped = store.create(recipe)
    stop_at(stopped, 30, kill=False)
    Session(stopped).execute()
    child = fork(store, stopped, 30, recipe)
    assert np.array_equal(read_steps(child.metrics_path).of("weight_norm"), wanted[:30])


def test_a_metric_that_some_steps_lack_is_not_a_number_there():
    model = torch.nn.Sequential(torch.nn.Linear(2, 1))
    recording = instruments.LightInstruments(model)
    for step, measures in enumerate(({}, {"hits": torch.tensor(8.0)}, {}, {"hits": torch.tensor(4.0)}), 1):
        model.zero_grad()
        loss = model(torch.ones(4, 2)).sum()
        loss.backward()
        recording.record(step, loss, measures, 4)
    assert recording.flush().of("hits").tolist() == pytest.approx([np.nan, 2.0, np.nan, 1.0], nan_ok=True)
