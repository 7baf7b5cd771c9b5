"""Means over fixed bins of steps, against numpy on all rows."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.training import CurveReader
from explorer.training.records import curve_reader
from explorer.training.records.metrics import EpochRow, StepRows
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.records.step_means import bin_width

PER_EPOCH, EPOCHS = 100, 50  # 5,000 steps: bins of 50, raw rows thinned to every fourth


@pytest.fixture
def writer(tmp_path):
    opened = MetricsWriter(tmp_path / "metrics.db")
    opened.set_facts(total_steps=PER_EPOCH * EPOCHS, batches_per_epoch=PER_EPOCH)
    yield opened
    opened.close()


@pytest.fixture
def reader(tmp_path):
    return CurveReader(tmp_path / "metrics.db")


def losses(step: np.ndarray) -> np.ndarray:
    return 2.3 * np.exp(-step / 800) + np.sin(step * 12.9898) * 0.3


def write(writer: MetricsWriter, first: int, last: int, **scalars: np.ndarray) -> None:
    step = np.arange(first, last + 1)
    writer.add_steps(StepRows(step, np.full(len(step), 32), {"loss": losses(step), **scalars},
                              np.ones((len(step), 1), np.float32)), PER_EPOCH)


def test_a_mean_is_over_all_rows_of_its_bin_and_never_changes_once_it_is_full(writer, reader):
    drawn: dict[float, float] = {}
    for last in (3, 49, 50, 51, 730, 731, 2_999, 5_000):
        write(writer, 1, last)
        reader.refresh()
        now = dict(zip(reader.means.step.tolist(), reader.means.loss.tolist(), strict=True))
        assert len(now) == last // 50
        assert {step: now[step] for step in drawn} == drawn
        drawn = now
    every_row = losses(np.arange(1, 5_001)).reshape(100, 50)
    assert reader.every == 4 and list(drawn.values()) == pytest.approx(every_row.mean(1).tolist(), rel=1e-12)
    assert list(drawn) == [50 * place + 25.5 for place in range(100)]


def test_at_the_end_of_the_first_epoch_the_line_ends_at_the_mean_of_the_last_steps(writer, reader):
    write(writer, 1, PER_EPOCH)
    reader.refresh()
    assert reader.means.loss[-1] == pytest.approx(losses(np.arange(51, 101)).mean())


def test_what_is_no_number_is_left_out_of_its_mean_and_a_bin_of_nothing_else_is_a_gap(writer, reader):
    accuracy = np.where(np.arange(1, 151) <= 50, np.nan, 0.5)
    accuracy[60] = np.nan
    write(writer, 1, 150, accuracy=accuracy, odd=np.where(np.arange(150) % 2, np.nan, 4.0))
    reader.refresh()
    assert np.isnan(reader.means.of("accuracy")[0]) and reader.means.of("accuracy")[1:].tolist() == [0.5, 0.5]
    assert reader.means.of("odd").tolist() == [4.0, 4.0, 4.0]
    assert np.isnan(reader.means.of("never recorded")).all()


def test_the_last_bin_of_a_run_may_be_narrower(tmp_path, reader):
    writer = MetricsWriter(tmp_path / "metrics.db")
    writer.set_facts(total_steps=1_030, batches_per_epoch=103)
    write(writer, 1, 1_029)
    reader.refresh()
    assert reader.means.width == 11 and len(reader.means) == 93
    write(writer, 1_030, 1_030)
    reader.refresh()
    assert len(reader.means) == 94
    assert reader.means.loss[-1] == pytest.approx(losses(np.arange(1_024, 1_031)).mean())
    assert reader.means.step[-1] == (1_024 + 1_030) / 2
    writer.close()


def test_a_run_that_was_resumed_from_an_earlier_step_is_averaged_from_its_start(writer, reader):
    write(writer, 1, 500)
    reader.refresh()
    before = reader.rereads
    writer.forget_after(75)
    reader.refresh()
    assert len(reader.means) == 1 and reader.rereads == before + 1
    write(writer, 76, 500)
    reader.refresh()
    assert reader.means.loss == pytest.approx(losses(np.arange(1, 501)).reshape(10, 50).mean(1))


def test_a_fork_of_another_length_has_bins_of_its_own(writer, reader):
    write(writer, 1, 400)
    reader.refresh()
    writer.set_facts(total_steps=1_000)
    write(writer, 401, 410)
    reader.refresh()
    assert reader.means.width == 10 and len(reader.means) == 41


@pytest.mark.parametrize(("total", "per_epoch", "width"), [
    (410, 41, 5), (100, 10, 1), (5, 5, 1), (1_170, 117, 12), (30_000, 100, 100), (2_000_000, 100, 2_000), (0, 0, 1)])
def test_a_bin_is_a_hundredth_of_the_run_at_most_an_epoch_and_wider_only_in_very_long_runs(total, per_epoch, width):
    assert bin_width({"total_steps": total, "batches_per_epoch": per_epoch}) == width


def test_bins_of_a_loop_whose_length_nobody_knows_double_as_it_grows(tmp_path, reader):
    writer = MetricsWriter(tmp_path / "metrics.db")
    for last, width in ((15, 1), (200, 1), (201, 2), (5_000, 32)):
        write(writer, 1, last)
        reader.refresh()
        full = last // width
        assert (reader.means.width, len(reader.means)) == (width, full)
        assert reader.means.loss == pytest.approx(losses(np.arange(1, full * width + 1)).reshape(full, width).mean(1))
    writer.close()


def test_a_loop_that_goes_on_longer_than_was_said_has_the_same_bins_however_it_was_watched(writer, reader, tmp_path):
    writer.set_facts(total_steps=230, batches_per_epoch=115)
    for last in (100, 229, 230, 231, 300, 333, 450):
        write(writer, 1, last)
        reader.refresh()
        fresh = CurveReader(tmp_path / "metrics.db")
        fresh.refresh()
        assert reader.means.step.tolist() == fresh.means.step.tolist()
        assert reader.means.loss.tolist() == fresh.means.loss.tolist()


def test_rows_that_come_while_one_reads_are_read_the_next_time(writer, reader, monkeypatch):
    write(writer, 1, 490)
    found = curve_reader.find_facts
    monkeypatch.setattr(curve_reader, "find_facts", lambda db: (write(writer, 491, 5_000), found(db))[1])
    reader.refresh()
    assert (reader.last_step, reader.steps.step[-1], len(reader.means)) == (490, 490, 9)
    monkeypatch.undo()
    assert reader.refresh() and len(reader.means) == 100 and reader.last_step == 5_000


def test_only_new_epochs_are_read(writer, reader, monkeypatch):
    asked = []
    found = curve_reader.find_epochs
    monkeypatch.setattr(curve_reader, "find_epochs", lambda db, after: asked.append(after) or found(db, after))
    for epoch in range(1, 4):
        writer.add_epoch(EpochRow(epoch, epoch, {"validation": {"loss": 1.0, "odd": 2.0}}))
        assert reader.refresh()
    assert asked == [0, 1, 2] and [row.values["validation"]["odd"] for row in reader.epochs] == [2.0] * 3
    assert not reader.refresh()
