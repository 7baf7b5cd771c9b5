"""A run taken away: every number in every format is the one that an independent look into the database finds."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import shutil
import sqlite3
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from small_runs import plane_recipe, regression_recipe
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

import explorer
from explorer.document import DocumentError, chain
from explorer.recipe import Recipe
from explorer.training import RunStore
from explorer.training.records import run_reader
from explorer.training.records.export import FORMATS, CannotExport, export_run, pack_run, usual_name
from explorer.training.records.metrics import EpochRow, StepRows
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.store import FINISHED, STOPPED
from explorer.training.work.session import train

ROOT = Path(__file__).resolve().parents[3]
EPOCH_TAGS = ["train/epoch_loss", "train/epoch_accuracy", "validation/loss", "validation/accuracy", "test/loss",
              "test/accuracy"]
ODD = ("r" * 63, "NULL", "A__", "block1")


def odd_recipe():
    """Layers of odd names, and one inside a block that is repeated."""
    body = chain("body", ("input", "input", {}), (ODD[1], "linear", {"out_features": 4}))
    net = chain("Odd", ("input", "input", {"shape": [2]}), (ODD[0], "linear", {"out_features": 4}),
                (ODD[3], "composite", {"definition": "body", "repeat": 2}), (ODD[2], "linear", {"out_features": 2}),
                definitions={"body": body})
    return plane_recipe(epochs=2).with_(network=net, test_every_epoch=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """`finished("classes")` -> a run trained once, for tests that only read it."""
    store, runs = RunStore(tmp_path_factory.mktemp("runs")), {}
    recipes = {"classes": plane_recipe, "numbers": regression_recipe, "odd names": odd_recipe}

    def get(name):
        if name not in runs:
            runs[name], status = train(recipes[name](), store)
            assert status.state == FINISHED
        return runs[name]

    return get


@pytest.fixture
def stopped(store):
    """A run that was asked to stop midway."""
    class Watch:
        def __call__(self, progress):
            store.list()[0].request("stop")

    run, status = train(plane_recipe(epochs=2000), store, watch=Watch())
    assert status.state == STOPPED
    return run


def stored(run):
    """(steps, epochs, layers) with None for what is missing, without any of the code that is tested."""
    with sqlite3.connect(run.metrics_path) as db:
        layers = json.loads(db.execute("SELECT value FROM facts WHERE name = 'layers'").fetchone()[0])
        steps = [(step, epoch, loss, accuracy, *struct.unpack(f"<{len(layers)}f", norms)) for
                 step, epoch, loss, accuracy, norms in db.execute("SELECT * FROM steps ORDER BY step")]
        return steps, db.execute("SELECT * FROM epochs ORDER BY epoch").fetchall(), layers


def names(layers):
    return ["step", "epoch", "loss", "accuracy", *(f"gradient_norm/{layer}" for layer in layers)]


def read_csv(path):
    """The header, and the rows as numbers; None for an empty field."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, [tuple(float(field) if field else None for field in row) for row in rows]


def read_events(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}


def column(rows, i, at=0):
    """(step, value as float32) of the rows where there is a value."""
    return [(row[at], float(np.float32(row[i]))) for row in rows if row[i] is not None]


@pytest.mark.parametrize("name", ["classes", "numbers", "odd names"])
class TestEveryNumber:
    def test_is_in_the_csv_to_the_last_bit(self, finished, name, tmp_path):
        steps, epochs, layers = stored(finished(name))
        export_run(finished(name), "csv", tmp_path)
        assert read_csv(tmp_path / "steps.csv") == (names(layers), steps)
        assert read_csv(tmp_path / "epochs.csv")[1] == epochs
        assert len(steps) > 50
        assert epochs

    def test_is_in_the_parquet_files_with_null_for_what_is_missing(self, finished, name, tmp_path):
        steps, epochs, layers = stored(finished(name))
        export_run(finished(name), "parquet", tmp_path)
        table = parquet.read_table(tmp_path / "steps.parquet")
        assert table.column_names == names(layers)
        assert list(zip(*(c.to_pylist() for c in table.columns), strict=True)) == steps
        assert [str(kind) for kind in table.schema.types] == ["int64", *["double"] * 3, *["float"] * len(layers)]
        table = parquet.read_table(tmp_path / "epochs.parquet")
        assert list(zip(*(c.to_pylist() for c in table.columns), strict=True)) == epochs

    def test_is_what_tensorboard_shows_and_what_is_missing_has_no_tag(self, finished, name, tmp_path):
        steps, epochs, layers = stored(finished(name))
        export_run(finished(name), "tensorboard", tmp_path)
        tags = ["train/loss", "train/accuracy", *(f"gradient_norm/{layer}" for layer in layers)]
        expected = {tag: column(steps, i) for i, tag in enumerate(tags, 2)}
        expected |= {tag: column(epochs, i, at=1) for i, tag in enumerate(EPOCH_TAGS, 2)}
        found = {tag: [(e.step, e.value) for e in events] for tag, events in read_events(tmp_path).items()}
        assert found == {tag: values for tag, values in expected.items() if values}

    def test_and_the_recipe_goes_round(self, finished, name, tmp_path):
        export_run(finished(name), "json", tmp_path / "new" / "recipe.json")
        assert Recipe.load(tmp_path / "new" / "recipe.json") == finished(name).recipe


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_full_instruments_saw_is_a_table_of_its_own_and_otherwise_there_is_none(
        finished, store, tmp_path, kind, always):
    run, _ = train(plane_recipe(instruments="full"), store)
    export_run(run, kind, tmp_path / "full")
    with sqlite3.connect(run.metrics_path) as db:
        layers = json.loads(db.execute("SELECT value FROM facts WHERE name = 'sampled_layers'").fetchone()[0])
        quantities = ("mean", "spread", "dead", "saturated", "update")
        packed = {(step, name): values for step, name, values in db.execute("SELECT * FROM layer_values")}
        wanted = [(step, *(None if math.isnan(v) else v for name in quantities
                           for v in struct.unpack(f"<{len(layers)}f", packed[step, name])))
                  for step in sorted({step for step, _name in packed})]
    header = ["step", *(f"{quantity}/{layer}" for quantity in quantities for layer in layers)]
    if kind == "csv":
        assert read_csv(tmp_path / "full" / "samples.csv") == (header, wanted)
    else:
        table = parquet.read_table(tmp_path / "full" / "samples.parquet")
        assert (table.column_names, list(zip(*(c.to_pylist() for c in table.columns), strict=True))) == (header, wanted)
    assert len(wanted) > 3
    export_run(finished("classes"), kind, tmp_path / "light")
    assert not list((tmp_path / "light").glob("samples.*"))


def test_the_three_runs_show_what_they_were_made_for(finished):
    assert {row[3] for row in stored(finished("numbers"))[0]} == {None}
    assert stored(finished("odd names"))[2] == [ODD[0], f"block1.r0.{ODD[1]}", f"block1.r1.{ODD[1]}", ODD[2]]
    assert all(None not in row for row in stored(finished("odd names"))[1])


def test_events_are_dated_by_when_the_run_was_made_and_how_long_it_trained(finished, tmp_path):
    run = finished("classes")
    export_run(run, "tensorboard", tmp_path)
    times = [event.wall_time for event in read_events(tmp_path)["train/loss"]]
    assert times == sorted(times)
    assert run.status().created_s < times[0]
    assert times[-1] == pytest.approx(run.status().created_s + run.status().summary["seconds"], abs=1)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_run_read_in_parts_of_any_size_is_the_same(finished, tmp_path, monkeypatch, size):
    run = finished("classes")
    monkeypatch.setattr(run_reader, "VALUES_PER_PART", size * (4 + len(stored(run)[2])))
    for kind in ("csv", "parquet"):
        export_run(run, kind, tmp_path / kind)
    assert read_csv(tmp_path / "csv" / "steps.csv")[1] == stored(run)[0]
    assert parquet.read_table(tmp_path / "parquet" / "steps.parquet")["loss"].to_pylist() == [
        row[2] for row in stored(run)[0]]


def test_a_run_that_was_stopped_midway_is_whole_up_to_there(stopped, tmp_path):
    steps, epochs, _ = stored(stopped)
    for kind in FORMATS:
        export_run(stopped, kind, tmp_path / kind)
    assert read_csv(tmp_path / "csv" / "steps.csv")[1] == steps
    assert read_csv(tmp_path / "csv" / "epochs.csv")[1] == epochs
    assert len(parquet.read_table(tmp_path / "parquet" / "steps.parquet")) == len(steps)
    assert len(read_events(tmp_path / "tensorboard")["train/loss"]) == len(steps)


@pytest.fixture
def written(store):
    """A run without a worker, and the writer of its metrics: (run, writer)."""
    run = store.create(plane_recipe())
    writer = MetricsWriter(run.metrics_path)
    writer.set_facts(layers=["a,b", 'c "d"'], progress={"train_seconds": 10.0})
    yield run, writer
    writer.close()


def rows(first, last, loss=0.1, norm=1.0):
    count = last - first + 1
    scalars = {"loss": np.full(count, loss), "accuracy": np.full(count, 0.5)}
    return StepRows(np.arange(first, last + 1), np.full(count, 4), scalars, np.full((count, 2), norm))


def test_numbers_that_are_none_or_infinite_and_names_with_commas(written, tmp_path):
    run, writer = written
    writer.add_steps(rows(1, 1, math.nan, math.nan), 2)
    writer.add_steps(rows(2, 2, 1e300, math.inf), 2)
    for kind in ("csv", "parquet", "tensorboard"):
        export_run(run, kind, tmp_path / kind)
    header, table = read_csv(tmp_path / "csv" / "steps.csv")
    assert header[4:] == ["gradient_norm/a,b", 'gradient_norm/c "d"']
    assert table == [(1, 0.5, None, 0.5, None, None), (2, 1.0, 1e300, 0.5, math.inf, math.inf)]
    assert parquet.read_table(tmp_path / "parquet" / "steps.parquet")["gradient_norm/a,b"].to_pylist() == [
        None, math.inf]
    assert len(parquet.read_table(tmp_path / "parquet" / "epochs.parquet")) == 0
    events = read_events(tmp_path / "tensorboard")
    assert [(e.step, e.value) for e in events["train/loss"]] == [(2, math.inf)]
    assert [(e.step, e.value) for e in events["gradient_norm/a,b"]] == [(2, math.inf)]


def test_a_run_that_goes_on_while_it_is_exported_is_taken_up_to_where_it_was(written, tmp_path, monkeypatch):
    run, writer = written
    writer.add_steps(rows(1, 10), 5)
    monkeypatch.setattr(run_reader, "VALUES_PER_PART", 6 * 4)  # four rows
    opened, seen = run_reader.open_run(run), []
    for part in opened.parts():
        seen += part.step.tolist()
        writer.add_steps(rows(10 + len(seen), 20 + len(seen)), 5)
        writer.add_epoch(EpochRow(9, 15, {"train": {"loss": 0.1}}))
    assert seen == list(range(1, 11))
    assert opened.epochs() == []


def test_a_run_that_is_taken_back_while_it_is_exported_leaves_nothing_behind(written, tmp_path, monkeypatch):
    run, writer = written
    writer.add_steps(rows(1, 10), 5)
    monkeypatch.setattr(run_reader, "VALUES_PER_PART", 6 * 4)
    read, calls = run_reader.read_steps, itertools.count()

    def read_and_forget(*args, **more):
        if next(calls) == 1:
            writer.forget_after(3)
        return read(*args, **more)

    monkeypatch.setattr(run_reader, "read_steps", read_and_forget)
    with pytest.raises(CannotExport, match="Export it again"):
        export_run(run, "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["csv", "parquet", "tensorboard"])
def test_before_the_first_step_there_is_only_the_recipe(store, kind, tmp_path):
    run = store.create(plane_recipe())
    with pytest.raises(CannotExport, match="Nothing has been recorded yet"):
        export_run(run, kind, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert export_run(run, "json", tmp_path / "recipe.json").is_file()


def damage_header(path):
    path.write_bytes(b"no database at all" * 100)


def damage_middle(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3:] = b"\xff" * len(content[len(content) // 3:])
    path.write_bytes(content)


def _sql(*statement):
    def damage(path):
        db = sqlite3.connect(path)
        with db:
            db.execute(*statement)
        db.close()
    return damage


@pytest.mark.parametrize("damage", [
    damage_header, damage_middle, _sql("UPDATE steps SET gradient_norm = x'00000000' WHERE step > 9"),
    _sql("UPDATE steps SET gradient_norm = 'no blob' WHERE step = 9"), _sql("UPDATE facts SET value = '{'"),
    _sql("UPDATE facts SET value = '7' WHERE name = 'layers'"), _sql("DELETE FROM facts"),
], ids=["header", "middle", "a norm lost", "no blob", "no JSON", "no layers", "no facts"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "tensorboard"])
def test_damaged_metrics_are_one_sentence_and_leave_nothing_behind(finished, tmp_path, kind, damage):
    folder = tmp_path / finished("classes").id
    shutil.copytree(finished("classes").folder, folder)
    run = type(finished("classes"))(folder)
    damage(run.metrics_path)
    with pytest.raises(CannotExport, match=r"^The run's metrics are damaged and cannot be read\.$"):
        export_run(run, kind, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_there_already_is_replaced_only_when_told_to(finished, tmp_path):
    run, out = finished("classes"), tmp_path / "out"
    (out / "mine").mkdir(parents=True)
    (out / "steps.csv").write_text("old")
    with pytest.raises(CannotExport, match="already exists"):
        export_run(run, "csv", out)
    assert (out / "steps.csv").read_text() == "old"
    export_run(run, "csv", out, force=True)
    assert read_csv(out / "steps.csv")[1] == stored(run)[0]
    assert sorted(path.name for path in out.iterdir()) == ["epochs.csv", "mine", "steps.csv"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_place_that_cannot_be_written_is_named(finished, tmp_path, kind):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotExport, match=r"file.out cannot be written: "):
        export_run(finished("classes"), kind, tmp_path / "file" / "out", force=True)


@pytest.mark.parametrize("package", ["pyarrow", "tensorboard"])
def test_a_package_that_is_not_installed_is_named(finished, tmp_path, monkeypatch, package):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    kind = {"pyarrow": "parquet"}.get(package, package)
    with pytest.raises(CannotExport, match=f"needs the package {package}.*; install it first"):
        export_run(finished("classes"), kind, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_pack_holds_what_an_export_writes(finished, tmp_path, kind):
    run = finished("classes")
    packed, out = pack_run(run, kind), export_run(run, kind, tmp_path / "out")
    if kind == "json":
        assert packed == out.read_bytes()
        return
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"{usual_name(run, kind)}/{path.name}": path.read_bytes() for path in out.iterdir()}


def test_nothing_heavy_is_imported_before_it_is_needed_and_pandas_never(finished, tmp_path):
    code = ("import sys; from pathlib import Path; import explorer.training, explorer.training.records.export as e\n"
            "def here(): print(*sorted({'torch', 'pyarrow', 'tensorboard', 'pandas'} & set(sys.modules)), sep=',')\n"
            "here()\nrun = e.find_run(sys.argv[1])\n"
            "for kind in e.FORMATS: e.export_run(run, kind, Path(sys.argv[2]) / kind)\nhere()")
    done = subprocess.run([sys.executable, "-c", code, str(finished("classes").folder), str(tmp_path)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["", "pyarrow,tensorboard"], done.stderr


def test_a_loop_of_ones_own_is_exported_like_a_run_but_has_no_recipe(tmp_path):
    with explorer.record(nn.Linear(2, 1), "loop", quiet=True, runs=RunStore(tmp_path / "runs")) as loop:
        for step in range(1, 4):
            loop.log(loss=1 / step, **({"reward/mean": 5.0} if step == 2 else {}))
        loop.log_epoch(validation={"loss": 0.25})
    export_run(loop.run, "csv", tmp_path / "csv")
    with (tmp_path / "csv" / "steps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [1, 1 / 2, 1 / 3]
    assert [row["reward/mean"] for row in rows] == ["", "5.0", ""] and {row["epoch"] for row in rows} == {""}
    export_run(loop.run, "parquet", tmp_path / "parquet")
    assert parquet.read_table(tmp_path / "parquet" / "steps.parquet")["step"].to_pylist() == [1, 2, 3]
    export_run(loop.run, "tensorboard", tmp_path / "tensorboard")
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.value for event in found.Scalars("validation/loss")] == [0.25]
    with pytest.raises(DocumentError, match="no recipe"):
        export_run(loop.run, "json", tmp_path / "recipe.json")
