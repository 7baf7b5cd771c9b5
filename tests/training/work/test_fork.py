"""A fork goes on where its parent stood, with one thing changed; a family is a tree."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from comparing import assert_same_steps
from small_runs import digits_recipe, plane_recipe

from explorer.recipe import SCHEDULES, choose
from explorer.text import text
from explorer.training import Session
from explorer.training.records.checkpoints import frame_steps, load_frame, state_steps
from explorer.training.records.metrics import last_step, read_epochs, read_facts, read_steps
from explorer.training.runs.origin import family, origin_of
from explorer.training.runs.store import RunStore
from explorer.training.work.fork import CannotFork, fork


@pytest.fixture
def parent(store: RunStore):
    """A run that was paused after its 40th step and then went on to its end."""
    run = store.create(digits_recipe(epochs=4))
    session = Session(run)
    session.prepare()
    assert next(step for step in session.steps() if step == 40)
    session.recorder.flush()
    session.recorder.keep_state()
    assert session.execute().state == "finished"
    return run


def test_a_fork_without_a_change_is_the_parents_curve_bit_for_bit(store: RunStore, parent) -> None:
    child = fork(store, parent, 40, parent.recipe, text("nothing"))
    assert Session(child).execute().state == "finished"
    assert_same_steps(read_steps(child.metrics_path), read_steps(parent.metrics_path))
    assert read_epochs(child.metrics_path) == read_epochs(parent.metrics_path)


def test_a_fork_shares_the_past_and_has_a_future_of_its_own(store: RunStore, parent) -> None:
    before = read_steps(parent.metrics_path)
    weights = load_frame(parent.frames_folder, frame_steps(parent.frames_folder)[-1])
    recipe = parent.recipe.with_optimizer("adam", lr=0.0001)
    child = fork(store, parent, 40, recipe, text("learning rate 0.0001"), owner="me")
    assert last_step(child.metrics_path) == 40
    assert Session(child).execute().state == "finished"
    ours = read_steps(child.metrics_path)
    assert np.array_equal(ours.loss[:40], before.loss[:40])
    assert (ours.loss[41:] != before.loss[41:]).all()
    assert child.owner == "me"
    assert origin_of(child).step == 40
    assert np.array_equal(read_steps(parent.metrics_path).loss, before.loss)
    again = load_frame(parent.frames_folder, frame_steps(parent.frames_folder)[-1])
    assert all(torch.equal(weights[name], again[name]) for name in weights)


def test_another_optimizer_begins_without_the_averages_of_the_one_before(store: RunStore, parent) -> None:
    child = fork(store, parent, 40, parent.recipe.with_optimizer("sgd", lr=0.05, momentum=0.9), text("SGD"))
    assert Session(child).execute().state == "finished"
    assert len(read_steps(child.metrics_path)) == len(read_steps(parent.metrics_path))


def test_a_schedule_goes_on_where_the_fork_begins(store: RunStore, parent) -> None:
    child = fork(store, parent, 40, parent.recipe.with_(schedule=choose(SCHEDULES, "cosine", {})), text("cosine"))
    session = Session(child)
    session.prepare()
    total = session.trainer.total_steps
    assert session.trainer.learning_rate.set_for(40) == pytest.approx(0.01 * (1 + np.cos(np.pi * 40 / total)) / 2)


def test_a_learning_rate_changed_while_it_ran_is_kept_by_a_fork_and_told(store: RunStore) -> None:
    run = store.create(plane_recipe(epochs=2))
    session = Session(run, poll_s=0)
    session.prepare()
    for step in session.steps():
        if step == 4:
            run.request("learning_rate", 0.003)
        if step == 10:
            break
    assert {group["lr"] for group in session.trainer.optimizer.param_groups} == {0.003}
    session.recorder.flush()
    session.recorder.keep_state()
    assert read_facts(run.metrics_path)["lr_changes"] == [[4, 0.003]]
    child = Session(fork(store, run, 10, run.recipe, text("nothing")))
    child.prepare()
    assert child.trainer.learning_rate.set_for(10) == 0.003


def test_there_is_no_fork_from_a_step_without_a_state(store: RunStore, parent) -> None:
    assert 7 not in state_steps(parent.frames_folder)
    count = len(store.list())
    with pytest.raises(CannotFork):
        fork(store, parent, 7, parent.recipe, text("x"))
    assert len(store.list()) == count


def test_a_family_is_told_from_its_oldest_member_down(store: RunStore, parent) -> None:
    child = fork(store, parent, 40, parent.recipe, text("a"))
    last = state_steps(parent.frames_folder)[-1]
    other = fork(store, parent, last, parent.recipe, text("b"))
    grandchild = fork(store, child, 40, parent.recipe, text("c"))
    store.create(plane_recipe())  # a stranger
    tree = [(each.run.id, each.depth) for each in family(grandchild, store.list())]
    assert tree == [(parent.id, 0), (child.id, 1), (grandchild.id, 2), (other.id, 1)]
    parent.delete()
    assert [each.run.id for each in family(grandchild, store.list())] == [child.id, grandchild.id]


def test_early_stopping_ends_the_run_once_the_validation_loss_has_not_improved(store: RunStore) -> None:
    run = store.create(plane_recipe(epochs=200, patience=3).with_optimizer("sgd", lr=2.0))
    status = Session(run).execute()
    losses = [row.value("validation", "loss") for row in read_epochs(run.metrics_path)]
    assert status.state == "finished"
    assert "Stopped early" in str(status.reason)
    assert len(losses) < 200
    assert min(losses) == losses[-4]
    assert status.summary["test_loss"] is not None
