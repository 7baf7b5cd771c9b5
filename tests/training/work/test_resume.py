"""A run that was stopped or killed and then continued is, bit for bit, the run that was not."""

import os
import random
import signal
import time

import pytest
from comparing import assert_same_run, stop_at
from small_runs import digits_recipe, plane_recipe, state_of, wait_for

from explorer.recipe import AUGMENTATIONS, SCHEDULES, choose
from explorer.training import Session
from explorer.training.records.checkpoints import frame_path, state_path, state_steps
from explorer.training.records.metrics import read_epochs, read_facts, read_steps

RECIPES = {
    "dropout and Adam": digits_recipe(epochs=4),
    "momentum": plane_recipe(epochs=4).with_optimizer("sgd", lr=0.05, momentum=0.9),
    "all at once": digits_recipe(epochs=3, averaging=0.9, balanced=True, warmup_epochs=0.5, clip_norm=1.0,
                                 label_noise=0.1, precision="fp16", train_samples=700).with_(
        augmentation=(choose(AUGMENTATIONS, "noise", {}), choose(AUGMENTATIONS, "crop", {"padding": 1})),
        schedule=choose(SCHEDULES, "cosine", {})).with_optimizer("sgd", lr=0.05, momentum=0.9, nesterov=True),
    "dropout and SGD": plane_recipe(("drop1", "dropout", {"p": 0.2}), epochs=4),
}


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("name", RECIPES)
def test_continuing_equals_not_stopping(store, trained, monkeypatch, name, kill):
    monkeypatch.setattr("explorer.training.work.recorder.STATE_EVERY_S", 0.05)
    monkeypatch.setattr("explorer.training.work.recorder.STATE_COST_SHARE", 0)
    recipe = RECIPES[name]
    whole, status = trained(recipe)
    steps = status.summary["steps"]
    run = store.create(recipe)
    for at in sorted(random.Random(name).sample(range(1, steps), 2)):
        stop_at(run, at, kill)
    again = Session(run).execute()
    assert again.state == "finished"
    assert_same_run(whole, run)
    same = ("steps", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy")
    assert {name: again.summary[name] for name in same} == {name: status.summary[name] for name in same}


def test_seconds_and_examples_go_on_where_they_were(store):
    run = store.create(plane_recipe())
    stop_at(run, 20, kill=False)
    seconds = read_facts(run.metrics_path)["progress"]["train_seconds"]
    session = Session(run)
    session.execute()
    assert session.recorder.progress.train_seconds > seconds
    assert session.recorder.progress.examples == 3 * read_facts(run.metrics_path)["train_samples"]


def test_a_run_stopped_at_the_end_of_an_epoch_keeps_that_epochs_row(store, trained):
    whole, _ = trained(plane_recipe())
    per_epoch = read_facts(whole.metrics_path)["batches_per_epoch"]
    run = store.create(plane_recipe())
    stop_at(run, per_epoch, kill=False)
    assert len(read_epochs(run.metrics_path)) == 1
    Session(run).execute()
    assert_same_run(whole, run)


def test_a_damaged_last_state_falls_back_on_the_one_before(store, trained):
    whole, _ = trained(plane_recipe())
    run = store.create(plane_recipe())
    stop_at(run, 20, kill=False)
    state_path(run.frames_folder, state_steps(run.frames_folder)[-1]).write_bytes(b"damaged")
    assert Session(run).execute().state == "finished"
    assert_same_run(whole, run)


def test_where_every_state_is_damaged_the_run_says_so(store):
    run = store.create(plane_recipe())
    stop_at(run, 20, kill=False)
    for step in state_steps(run.frames_folder):
        frame_path(run.frames_folder, step).write_bytes(b"damaged")
    status = Session(run).execute()
    assert status.state == "crashed"
    assert "damaged" in str(status.reason)


def test_a_worker_killed_with_signal_9_at_a_random_moment_is_found_out_and_continued(store, spawn, trained):
    recipe = digits_recipe(epochs=40)
    whole, _ = trained(recipe)
    run = store.create(recipe)
    for _ in range(2):
        worker = spawn(run)
        wait_for(lambda: state_of(run) == "training")
        seen = len(read_steps(run.metrics_path))
        wait_for(lambda seen=seen: len(read_steps(run.metrics_path)) > seen)
        time.sleep(random.uniform(0, 0.3))
        os.kill(worker.pid, signal.SIGKILL)  # never waited for here, so it stays as a zombie for a while
        status = wait_for(lambda: (found := run.status()).state == "interrupted" and found)
        assert "killed" in str(status.reason)
    assert Session(run).execute().state == "finished"
    assert_same_run(whole, run)
