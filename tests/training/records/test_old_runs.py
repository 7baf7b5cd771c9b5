"""Runs that an earlier version recorded: read, exported, continued and forked as then. See tests/old_runs/README.md."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.doctor import diagnose
from explorer.training import CurveReader, RunStore, Session
from explorer.training.analysis.live_view import read_live_view
from explorer.training.records.checkpoints import frame_steps, load_frame, load_state, state_steps
from explorer.training.records.export import FORMATS, export_run
from explorer.training.records.layer_statistics import read_histograms, read_layer_statistics
from explorer.training.records.metrics import read_epochs, read_facts, read_steps
from explorer.training.work.fork import fork

OLD_RUNS = Path(__file__).resolve().parents[2] / "old_runs"
EXPECTED = json.loads((OLD_RUNS / "expected.json").read_text())
FINISHED, STOPPED = "50b726dba726a668796f8134e81e2d4a", "432fe065d26b53cefec754b016aee9c4"
QUANTITIES = ("mean", "spread", "dead", "saturated", "update")
both = pytest.mark.parametrize("run_id", EXPECTED)


@pytest.fixture
def old(store):
    """A copy of the run of this id, in the store."""
    def copy(run_id):
        shutil.copytree(OLD_RUNS / run_id, store.folder / run_id)
        return store.open(run_id)
    return copy


def sha(content):
    return hashlib.sha256(content).hexdigest()


def sha_of_tensors(tensors):
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)};".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b"")
    return digest.hexdigest()


def columns(row):
    """An epoch's numbers in the order in which they were recorded then."""
    return row.epoch, row.step, *(row.value(part, name) for part in ("train", "validation", "test")
                                  for name in ("loss", "accuracy"))


def exact(values):
    """Numbers so that not a bit is lost, as JSON."""
    return [value.hex() if isinstance(value, float) else value for value in values]


@both
def test_its_status_and_its_curves_are_read_to_the_last_bit(old, run_id):
    run, expected = old(run_id), EXPECTED[run_id]
    status, steps = run.status(), read_steps(run.metrics_path)
    assert (status.state, str(status.reason) if status.reason else None) == (expected["state"], expected["reason"])
    assert dict(zip(status.summary, exact(status.summary.values()), strict=True)) == expected["summary"]
    assert len(steps) == expected["steps"]
    assert sha(steps.loss.astype("<f8").tobytes()) == expected["loss"]
    assert sha(steps.of("accuracy").astype("<f8").tobytes()) == expected["accuracy"]
    assert sha(steps.gradient_norm.astype("<f4").tobytes()) == expected["gradient_norm"]
    assert [exact(columns(row)) for row in read_epochs(run.metrics_path)] == expected["epoch_rows"]
    reader = CurveReader(run.metrics_path, points=50)
    reader.refresh()
    assert sha(reader.steps.loss.astype("<f8").tobytes()) == expected["loss"]


@both
def test_its_facts_and_the_statistics_of_its_layers_are_read(old, run_id):
    run, expected = old(run_id), EXPECTED[run_id]
    facts, statistics = read_facts(run.metrics_path), read_layer_statistics(run.metrics_path)
    values = np.stack([statistics.of(name) for name in QUANTITIES], 1) if len(statistics) else np.zeros((0, 5, 0))
    assert json.loads(json.dumps(facts)) == expected["facts"]
    assert "rules" not in facts
    assert len(statistics) == expected["samples"]
    assert int(np.prod(values.shape[1:])) == expected["layer_quantities"]
    assert (sha(values.astype("<f4").tobytes()) if len(statistics) else None) == expected["inside"]
    for layer in facts.get("weighted_layers", ()):
        assert read_histograms(run.metrics_path, layer, "weights")


@both
def test_its_checkpoints_and_its_live_view_are_read(old, run_id):
    run, expected = old(run_id), EXPECTED[run_id]
    assert (frame_steps(run.frames_folder), state_steps(run.frames_folder)) == (expected["frames"], expected["states"])
    assert sha_of_tensors(load_frame(run.frames_folder, expected["frames"][-1])) == expected["last_frame"]
    assert load_state(run.frames_folder, expected["states"][-1])[1]["step"] == expected["states"][-1]
    assert read_live_view(run.folder) is not None
    assert diagnose(run) is not None


@both
def test_it_is_exported_in_every_format_the_csv_byte_for_byte(old, tmp_path, run_id):
    run = old(run_id)
    for kind in FORMATS:
        assert export_run(run, kind, tmp_path / kind).exists()
    written = {path.name: sha(path.read_bytes()) for path in (tmp_path / "csv").iterdir()}
    assert written == EXPECTED[run_id]["csv"]


def test_the_stopped_one_goes_on_to_the_curve_of_then(old):
    run, expected = old(STOPPED), EXPECTED[STOPPED]["continued"]
    assert Session(run).execute().state == expected["state"]
    assert len(read_steps(run.metrics_path)) == expected["steps"]
    losses = [(float.fromhex(row[2]), float.fromhex(row[4])) for row in expected["epoch_rows"]]
    for row, then in zip(read_epochs(run.metrics_path), losses, strict=True):
        now = row.value("train", "loss"), row.value("validation", "loss")
        assert now == pytest.approx(then, rel=1e-4)  # exact on the machine of then
    assert set(read_facts(run.metrics_path)["rules"].values()) == {1}


@both
def test_it_can_be_forked_from_each_of_its_states(old, store, run_id):
    parent = old(run_id)
    for step in state_steps(parent.frames_folder)[:-1] if run_id == FINISHED else state_steps(parent.frames_folder):
        branch = fork(store, parent, step, parent.recipe.with_optimizer("sgd", lr=0.01))
        assert set(branch.recipe.rules.values()) == {1}
        assert Session(branch).execute().state == "finished"


@both
def test_reading_it_changes_no_byte_of_its_recipe_or_its_status(old, run_id):
    run = old(run_id)
    run.status(), run.recipe, RunStore(run.folder.parent).list()
    for name in ("recipe.json", "status.json"):
        assert (run.folder / name).read_bytes() == (OLD_RUNS / run_id / name).read_bytes()
