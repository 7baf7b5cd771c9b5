"""What is asked of a run while it trains, and what it does then. The run trains in a thread here."""

import os

import pytest
from small_runs import paused_at, plane_recipe, state_of, training, wait_for

from explorer.training import Session
from explorer.training.records.metrics import last_step, read_epochs, read_facts
from explorer.training.work.failures import Stopped

ENDLESS = 100_000


@pytest.fixture
def run(store):
    return store.create(plane_recipe(epochs=ENDLESS))


def test_pause_holds_it_one_batch_takes_exactly_one_step_and_three_clicks_three(run):
    with training(run, "pause"):
        step = paused_at(run)
        run.request("one_batch")
        assert paused_at(run, step) == step + 1
        for _ in range(3):
            run.request("one_batch")
        wait_for(lambda: last_step(run.metrics_path) == step + 4)
        assert paused_at(run, step + 3) == step + 4


def test_one_epoch_goes_to_the_end_of_the_epoch_and_rests(run):
    with training(run, "pause"):
        step = paused_at(run)
        run.request("one_epoch")
        reached = paused_at(run, step)
        per_epoch = read_facts(run.metrics_path)["batches_per_epoch"]
        assert reached % per_epoch == 0
        assert len(read_epochs(run.metrics_path)) == reached // per_epoch
        run.request("one_epoch")
        assert paused_at(run, reached) == reached + per_epoch


def test_resume_goes_on_and_stop_ends_it(run):
    with training(run, "pause") as ended:
        step = paused_at(run)
        run.request("resume")
        wait_for(lambda: last_step(run.metrics_path) > step + 100)
        assert state_of(run) == "training"
        run.request("stop")
        assert wait_for(lambda: ended)[0].state == "stopped"
    status = run.status()
    assert status.state == "stopped"
    assert status.summary["steps"] == last_step(run.metrics_path)
    assert f"{status.summary['steps']:,}" in str(status.reason)


def test_stop_is_obeyed_while_it_is_paused(run):
    with training(run, "pause") as ended:
        paused_at(run)
        run.request("stop")
        assert wait_for(lambda: ended)[0].state == "stopped"


def test_requests_are_obeyed_in_the_order_they_were_made(run):
    with training(run, "pause", "resume", "pause", "resume", "stop") as ended:
        assert wait_for(lambda: ended)[0].state == "stopped"
    for _ in range(50):
        run.request("pause")
        run.request("one_batch")
    assert run.take_requests() == ["pause", "one_batch"] * 50
    assert run.take_requests() == []


def test_one_epoch_in_the_last_epoch_finishes_the_run(store):
    run = store.create(plane_recipe(epochs=1))
    with training(run, "pause", "one_epoch") as ended:
        assert wait_for(lambda: ended)[0].state == "finished"


def test_an_unknown_request_is_refused_and_a_foreign_file_is_left_alone(run):
    with pytest.raises(ValueError, match="explode"):
        run.request("explode")
    (run.folder / "requests" / "notes.txt").write_text("mine")
    run.request("stop")
    assert run.take_requests() == ["stop"]
    assert (run.folder / "requests" / "notes.txt").exists()


def test_a_paused_run_keeps_a_state_so_that_a_killed_one_goes_on_from_there(run):
    with training(run, "pause"):
        step = paused_at(run)
        assert (run.frames_folder / f"{step}.state.safetensors").exists()


def test_a_clock_that_is_set_back_does_not_reorder_requests(run, monkeypatch):
    times = iter((5_000_000_000, 4_000_000_000, 4_000_000_001, 9_000_000_000))
    monkeypatch.setattr("explorer.training.runs.requests.time.time_ns", lambda: next(times))
    for verb in ("pause", "one_batch", "resume", "stop"):
        run.request(verb)
    assert run.take_requests() == ["pause", "one_batch", "resume", "stop"]


def test_a_request_that_a_listing_missed_is_still_taken_before_a_later_one(run, monkeypatch):
    """What is made while a folder is listed may be missed, though what was made after it is seen."""
    run.request("pause")
    run.request("one_batch")
    listed, whole = iter((1, 0)), os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: sorted(whole(folder))[next(listed):])
    assert run.take_requests() == ["pause", "one_batch"]


def test_a_request_made_after_the_latest_that_was_seen_waits_for_the_next_time(run, monkeypatch):
    run.request("pause")
    run.request("stop")
    listed, whole = iter((-1, 2)), os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: sorted(whole(folder))[:next(listed)])
    assert run.take_requests() == ["pause"]
    monkeypatch.undo()
    assert run.take_requests() == ["stop"]


def test_a_batch_that_was_asked_for_is_trained_before_what_was_asked_for_after_it(run):
    asked = ("pause", "one_batch", "pause", "one_batch", "stop")
    with training(run, *asked) as ended:
        assert wait_for(lambda: ended)[0].summary["steps"] == 3  # the first step, and the two that were asked for


def test_a_learning_rate_holds_from_the_batch_that_is_asked_for_after_it(run):
    with training(run, "pause"):
        step = paused_at(run)
    run.request("learning_rate", 0.5)
    for rate in (0.25, 0.125):
        run.request("one_batch")
        run.request("learning_rate", rate)
    run.request("stop")
    session = Session(run, poll_s=0.0)
    session.prepare()
    with pytest.raises(Stopped):
        for _ in session.steps():
            pass
    assert session.trainer.step == step + 3
    first = step + 1  # the step before anything that is asked is looked at
    assert session.trainer.learning_rate.changes == [(first, 0.5), (first + 1, 0.25), (first + 2, 0.125)]


def test_a_learning_rate_set_while_it_rests_is_told(run):
    with training(run, "pause"):
        step = paused_at(run)
        run.request("learning_rate", 0.5)
        wait_for(lambda: read_facts(run.metrics_path)["lr_changes"] == [[step, 0.5]])
