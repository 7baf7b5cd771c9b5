"""A weight changed by hand starts a fork, and leaves its parent as it was."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

import pytest
import torch
from small_runs import plane_recipe, wait_for

from explorer.training import Session
from explorer.training.records.checkpoints import load_frame, load_state, state_path, state_steps
from explorer.training.records.metrics import last_step, read_steps
from explorer.training.runs.origin import origin_of
from explorer.training.runs.process import identify
from explorer.training.work import weight_change
from explorer.training.work.weight_change import CannotChange, WeightChange, fork_with_weight

CHANGE = WeightChange("linear1.weight", (3, 0), 0.5)


def contents(run):
    """A hash of every file of the run's weights and numbers, by its name."""
    files = [*run.frames_folder.iterdir(), run.metrics_path]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differing(before, after):
    """The places, as (name, index), at which two sets of tensors differ."""
    return [(name, tuple(index)) for name in before
            for index in torch.nonzero(before[name] != after[name]).tolist()]


@pytest.mark.parametrize("averaging", [None, 0.9])
def test_the_fork_differs_in_one_weight_and_the_parents_files_and_curve_are_untouched(store, trained, averaging):
    parent, _ = trained(plane_recipe(averaging=averaging))
    before, curve = contents(parent), read_steps(parent.metrics_path)
    child = fork_with_weight(store, parent, CHANGE, "me")
    step = state_steps(parent.frames_folder)[-1]
    weights = load_frame(child.frames_folder, step)
    assert differing(load_frame(parent.frames_folder, step), weights) == [("linear1.weight", (3, 0))]
    assert weights["linear1.weight"][3, 0] == 0.5
    old, new = (load_state(run.frames_folder, step)[0] for run in (parent, child))
    assert differing(old, new) == ([] if averaging is None else [("model/linear1.weight", (3, 0))])
    assert str(origin_of(child).changes[0]) == "weight linear1[3, 0] = 0.5"
    assert (origin_of(child).step, child.owner) == (step, "me")
    assert Session(child).execute().state == "finished"
    assert contents(parent) == before
    assert (read_steps(parent.metrics_path).loss == curve.loss).all()


def test_a_run_that_trains_is_paused_first_and_its_fork_continues_from_there(store):
    parent = store.create(plane_recipe(epochs=100_000))
    worker = threading.Thread(target=Session(parent).execute)
    worker.start()
    try:
        wait_for(lambda: state_steps(parent.frames_folder))
        child = fork_with_weight(store, parent, CHANGE, within_s=60)
        assert parent.status().state == "paused"
        assert origin_of(child).step == last_step(parent.metrics_path) == state_steps(parent.frames_folder)[-1]
        assert next(steps_of(child)) == origin_of(child).step + 1
    finally:
        parent.request("stop")
        worker.join()


def steps_of(run):
    session = Session(run)
    session.prepare()
    return session.steps()


@pytest.mark.parametrize(("change", "sentence"), [
    (WeightChange("linear1.weight", (3, 0), float("nan")), "A weight must be a finite number."),
    (WeightChange("linear1.weight", (3, 0), float("-inf")), "A weight must be a finite number."),
    (WeightChange("linear1.weight", (3, 0), 1e39), "A weight must be a finite number."),
    (WeightChange("linear1.weight", (8, 0), 0.5), "This network has no weight linear1.weight[8, 0]."),
    (WeightChange("linear1.weight", (-1, 0), 0.5), "This network has no weight linear1.weight[-1, 0]."),
    (WeightChange("linear1.weight", (3,), 0.5), "This network has no weight linear1.weight[3]."),
    (WeightChange("linear9.weight", (3, 0), 0.5), "This network has no weight linear9.weight[3, 0]."),
])
def test_what_is_no_weight_is_refused_in_one_sentence_and_leaves_no_run_behind(store, trained, change, sentence):
    parent, _ = trained(plane_recipe())
    with pytest.raises(CannotChange) as refused:
        fork_with_weight(store, parent, change)
    assert str(refused.value) == sentence
    assert store.all() == [parent]


def test_a_run_of_another_browser_is_not_paused_but_is_forked_once_it_has_ended(store, trained):
    parent, ended = trained(plane_recipe())
    (parent.folder / "owner").write_text("somebody")
    parent.write_status(replace(ended, state="training", **identify()))
    with pytest.raises(CannotChange, match="started in another browser"):
        fork_with_weight(store, parent, CHANGE, "me")
    assert parent.take_requests() == []
    assert store.all() == [parent]
    parent.write_status(ended)
    assert fork_with_weight(store, parent, CHANGE, "me").owner == "me"


def test_a_damaged_state_is_refused_before_the_run_is_paused_and_leaves_no_run_behind(store, trained):
    parent, ended = trained(plane_recipe())
    parent.write_status(replace(ended, state="training", **identify()))
    state_path(parent.frames_folder, state_steps(parent.frames_folder)[-1]).write_bytes(b"junk")
    with pytest.raises(CannotChange, match="no checkpoint to continue from"):
        fork_with_weight(store, parent, CHANGE)
    assert parent.take_requests() == []
    assert store.all() == [parent]


def test_a_state_that_is_damaged_once_it_was_tried_leaves_no_run_behind(store, trained, monkeypatch):
    parent, _ = trained(plane_recipe())
    monkeypatch.setattr(weight_change, "_check", lambda *_: None)
    state_path(parent.frames_folder, state_steps(parent.frames_folder)[-1]).write_bytes(b"junk")
    with pytest.raises(CannotChange, match="no checkpoint to continue from"):
        fork_with_weight(store, parent, CHANGE)
    assert store.all() == [parent]


def test_a_run_without_a_checkpoint_is_given_a_moment_in_one_sentence(store):
    run = store.create(plane_recipe())
    with pytest.raises(CannotChange, match="no checkpoint to continue from yet"):
        fork_with_weight(store, run, CHANGE)
    assert run.take_requests() == []
