"""A run that goes on, is forked or is repeated takes the number of threads that is recorded, and no other."""

import pytest
from comparing import stop_at
from small_runs import plane_recipe

from explorer.training import Session
from explorer.training.loop import threads
from explorer.training.loop.threads import ThreadTable, keep_table
from explorer.training.records.checkpoints import state_steps
from explorer.training.records.metrics import read_facts
from explorer.training.records.recorded_threads import recorded_threads
from explorer.training.work.fork import fork

RECIPE = plane_recipe(threads=None)


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Call it, and from then on this machine is one where three threads are measured to be the fastest."""
    monkeypatch.setattr(threads, "count_cores", lambda: 4)
    monkeypatch.setattr("explorer.training.work.session.count_cores", lambda: 4)

    def measure():
        monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
        (tmp_path / "cache").mkdir()
        keep_table(ThreadTable((3,), (0.0,)))

    return measure


def threads_of(run):
    return read_facts(run.metrics_path)["threads"]


def finished(run):
    assert Session(run).execute().state == "finished"
    return threads_of(run)


def test_a_new_recipe_takes_what_was_measured_and_a_repeat_what_was_recorded(store, measured):
    first = store.create(RECIPE)
    assert finished(first) == 1
    measured()
    assert finished(store.create(RECIPE.with_(seed=1))) == 3
    assert finished(store.create(RECIPE)) == 1
    first.delete()
    assert finished(store.create(RECIPE)) == 1  # by the repeat
    assert finished(store.create(RECIPE.with_(threads=2))) == 2


def test_a_resumed_run_and_a_fork_keep_the_number(store, measured):
    run = store.create(RECIPE)
    stop_at(run, 20, kill=False)
    assert threads_of(run) == 1
    measured()
    changed = fork(store, run, state_steps(run.frames_folder)[-1], RECIPE.with_(seed=3))
    assert finished(changed) == 1
    assert finished(run) == 1


def test_a_number_from_a_machine_of_more_cores_is_chosen_anew(store):
    run = store.create(RECIPE)
    finished(run)
    assert recorded_threads(run, at_most=1) == 1
    wide = store.create(RECIPE.with_(threads=3))
    finished(wide)
    assert recorded_threads(wide, at_most=4) == 3
    assert recorded_threads(wide, at_most=2) is None


def test_a_damaged_run_has_no_number(store):
    run = store.create(RECIPE)
    assert recorded_threads(run, 4) is None
    run.metrics_path.write_bytes(b"no database")
    assert recorded_threads(run, 4) is None
    (run.folder / "recipe.json").unlink()
    assert recorded_threads(run, 4) is None
