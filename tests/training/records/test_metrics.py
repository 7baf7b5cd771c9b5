"""A run's numbers: written by one, read by many, thinned, and continued."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from explorer.training import CurveReader
from explorer.training.records.metrics import (
    DamagedMetrics,
    EpochRow,
    StepRows,
    last_step,
    read_epochs,
    read_facts,
    read_steps,
)
from explorer.training.records.metrics_writer import MetricsWriter


def rows(first, last, offset=0.0):
    step = np.arange(first, last + 1)
    norms = np.ones((len(step), 2)) * step[:, None]
    scalars = {"loss": 1 / step + offset, "accuracy": np.full(len(step), 0.5)}
    return StepRows(step, np.full(len(step), 4), scalars, norms)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a run #1?" / "metrics.db"


@pytest.fixture
def writer(path):
    path.parent.mkdir()
    writer = MetricsWriter(path)
    yield writer
    with suppress(sqlite3.ProgrammingError):  # closed by the test
        writer.close()


def test_what_is_written_is_read_again_nan_included(path, writer):
    given = rows(1, 3)
    given.loss[1] = np.nan
    writer.add_steps(given, batches_per_epoch=2)
    steps = read_steps(path)
    assert steps.step.tolist() == [1, 2, 3]
    assert steps.epoch.tolist() == [0.5, 1, 1.5]
    assert np.array_equal(steps.loss, given.loss, equal_nan=True)
    assert steps.gradient_norm.tolist() == [[1, 1], [2, 2], [3, 3]]
    writer.add_epoch(EpochRow(1, 2, {"train": {"loss": 0.5}, "validation": {"loss": float("nan"), "accuracy": 0.25}}))
    assert read_epochs(path) == [EpochRow(1, 2, {"train": {"loss": 0.5}, "validation": {"accuracy": 0.25}})]
    writer.set_facts(layers=["a"], device="cpu")
    writer.set_facts(device="cuda")
    assert read_facts(path) == {"layers": ["a"], "device": "cuda"}


@pytest.mark.parametrize("every", [1, 2, 3, 8, 1000])
@pytest.mark.parametrize("after", [0, 1, 7, 8, 9, 100, 101])
def test_every_nth_row_behind_a_step_is_the_same_as_picking_it_from_all(path, writer, after, every):
    writer.add_steps(rows(1, 100), 10)
    picked = [step for step in range(1, 101) if step > after and (step - 1) % every == 0]
    assert read_steps(path, after, every).step.tolist() == picked


def test_before_the_first_row_everything_is_empty(tmp_path):
    nothing = tmp_path / "metrics.db"
    assert_empty(nothing)
    nothing.touch()
    assert_empty(nothing)
    assert not CurveReader(nothing).refresh()


def assert_empty(path):
    assert len(read_steps(path)) == last_step(path) == 0
    assert read_epochs(path) == []
    assert read_facts(path) == {}


def test_a_locked_database_counts_as_empty(path, writer, monkeypatch):
    monkeypatch.setattr("explorer.training.records.metrics.READ_PATIENCE_S", 0.05)
    writer.add_steps(rows(1, 5), 2)
    writer.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert_empty(path)
    other.close()
    assert last_step(path) == 5


@pytest.mark.parametrize("damage", ["text", "middle", "facts"])
def test_a_damaged_database_raises_one_clear_exception(path, writer, damage):
    writer.add_steps(rows(1, 2000), 10)
    writer.set_facts(layers=[])
    writer.close()
    if damage == "facts":
        with sqlite3.connect(path) as db:
            db.execute("UPDATE facts SET value = '{half'")
    else:
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.seek(0 if damage == "text" else 4096)
            file.write(b"damaged " * ((size - 4096) // 8 if damage == "middle" else 10))
    with pytest.raises(DamagedMetrics):
        read_steps(path)
        read_facts(path)


def test_closed_it_is_one_plain_file(path, writer):
    writer.add_steps(rows(1, 5), 2)
    writer.close()
    assert [file.name for file in path.parent.iterdir()] == ["metrics.db"]
    assert last_step(path) == 5


def test_readers_beside_a_busy_writer_see_whole_flushes_only(path, writer, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.training.records.metrics_writer.CLOSE_PATIENCE_S", 0.5)
    faults, done = [], threading.Event()

    def read():
        while not done.is_set():
            try:
                steps = read_steps(path)
                read_epochs(path), read_facts(path)
                if len(steps) % 10 or steps.step.tolist() != list(range(1, len(steps) + 1)):
                    faults.append(len(steps))
            except Exception as error:
                faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for flush in range(60):
        writer.add_steps(rows(flush * 10 + 1, flush * 10 + 10), 10)
        writer.add_epoch(EpochRow(flush + 1, flush * 10 + 10, {"train": {"loss": 1.0}}))
        writer.set_facts(flush=flush)
        time.sleep(0.005)
    writer.close()
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    alone = shutil.copy(path, tmp_path)
    assert last_step(Path(alone)) == 600, "closed, everything is in the one file"


def test_a_database_a_killed_writer_left_behind_is_read_with_all_it_had_committed(tmp_path):
    code = """if True:
        import os, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        import numpy as np
        from explorer.training.records.metrics import StepRows
        from explorer.training.records.metrics_writer import MetricsWriter
        writer = MetricsWriter(Path(sys.argv[1]))
        writer.add_steps(StepRows(np.arange(1, 8), np.ones(7), {"loss": np.ones(7)}, np.ones((7, 1))), 2)
        os.kill(os.getpid(), 9)"""
    path = tmp_path / "metrics.db"
    done = subprocess.run([sys.executable, "-c", code, str(path), os.getcwd()], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    assert last_step(path) == 7


def test_a_mean_over_an_epoch_does_not_depend_on_how_its_rows_were_flushed(path, writer):
    losses = np.random.default_rng(0).uniform(0, 3, 100)
    sizes = [32] * 99 + [7]
    for start in range(0, 100, 30):
        part = rows(start + 1, min(start + 30, 100))
        part.loss[:] = losses[start:start + 30]
        writer.add_steps(part, 100)
    means = writer.mean_over(("loss", "accuracy", "nothing"), sizes, 100)
    assert means == {"loss": pytest.approx(np.average(losses, weights=sizes), rel=1e-14), "accuracy": 0.5}
    assert writer.mean_over(("loss",), [32] * 3, 102) == {}


def test_a_curve_reader_reads_what_is_new_and_keeps_at_most_2000_points(path, writer):
    reader = CurveReader(path)
    for last in range(500, 10_001, 500):
        writer.add_steps(rows(last - 499, last), 100)
        assert reader.refresh()
        assert not reader.refresh()
        assert len(reader.steps) <= 2000
        assert reader.steps.step.tolist() == list(range(1, last + 1, reader.every))
        assert reader.steps.loss == pytest.approx(1 / reader.steps.step)
    assert reader.every == 8
    late = CurveReader(path)
    late.refresh()
    assert late.steps.step.tolist() == reader.steps.step.tolist()


def test_a_curve_reader_starts_anew_after_a_run_was_continued_from_an_earlier_step(path, writer):
    reader = CurveReader(path)
    writer.add_steps(rows(1, 500), 100)
    reader.refresh()
    writer.forget_after(300)
    assert reader.refresh()
    assert reader.steps.step[-1] == 300
    writer.add_steps(rows(301, 450, offset=5.0), 100)
    writer.forget_after(400)
    writer.add_steps(rows(401, 800, offset=7.0), 100)
    assert reader.refresh()
    assert len(reader.steps) == 800
    assert reader.steps.loss[[299, 300, 399, 400]] == pytest.approx([1 / 300, 5 + 1 / 301, 5 + 1 / 400, 7 + 1 / 401])


def test_a_curve_reader_without_a_file_is_empty_and_a_deleted_one_becomes_so(path, writer):
    reader = CurveReader(path)
    writer.add_steps(rows(1, 5), 2)
    assert reader.refresh()
    writer.close()
    path.unlink()
    assert reader.refresh()
    assert len(reader.steps) == 0
