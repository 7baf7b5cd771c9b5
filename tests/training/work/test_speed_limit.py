"""The speed limit: turns on a clock of the test's own, and a slow run that waits in a thread."""

import time

import pytest
from small_runs import paused_at, plane_recipe, training, wait_for

from explorer.training import Session
from explorer.training.records.metrics import last_step, read_facts
from explorer.training.work.speed_limit import SpeedLimit

ENDLESS, SLOWEST = 100_000, 1e-4  # steps a second: no second step within a test's life
WAITED_S = 1.0


def steps_within(limit, duration_s, step_s):
    """Count the steps of a run whose step takes `step_s`, on a clock that only steps and waits move."""
    now_s, steps = 0.0, 0
    while now_s < duration_s:
        now_s += step_s
        steps += 1
        now_s += limit.take_turn(now_s)
    return steps


@pytest.mark.parametrize("speed", (1, 5, 20, 100, 500))
def test_it_takes_as_many_steps_a_second_as_are_asked_for(speed):
    limit = SpeedLimit()
    limit.change(speed, now_s=0.0)
    assert steps_within(limit, 60.0, step_s=2**-10) == pytest.approx(60 * speed, abs=1)


def test_it_never_waits_at_full_speed_or_where_the_machine_is_slower():
    limit = SpeedLimit()
    assert steps_within(limit, 4.0, step_s=0.125) == 32
    limit.change(100, now_s=0.0)
    assert steps_within(limit, 4.0, step_s=0.125) == 32


def test_a_step_that_took_long_is_not_made_up_for():
    limit = SpeedLimit()
    limit.change(2, now_s=0.0)
    assert limit.take_turn(5.0) == 0
    assert limit.take_turn(5.0) == 0.5


def test_a_new_speed_holds_at_once():
    limit = SpeedLimit()
    limit.change(0.001, now_s=0.0)
    assert limit.take_turn(1.0) == 999
    limit.change(4, now_s=2.0)
    assert limit.wait_s(2.0) == 0
    assert limit.take_turn(2.0) == 0.25


@pytest.mark.parametrize("speed", (-1, float("nan"), 1e9))
def test_a_speed_that_is_none_is_refused(speed):
    with pytest.raises(ValueError, match="no number of steps"):
        SpeedLimit().change(speed, now_s=0.0)


@pytest.fixture
def run(store):
    return store.create(plane_recipe(epochs=ENDLESS))


def slowed(run):
    """The step at which a slow run waits: the one after a pause, whose rows are all recorded."""
    step = paused_at(run)
    run.request("speed", SLOWEST)
    run.request("resume")
    return wait_for(lambda: run.stored_status().state == "training" and last_step(run.metrics_path) > step
                    and last_step(run.metrics_path))


def test_a_slow_run_records_every_step_and_obeys_while_it_waits(run):
    with training(run, "pause") as ended:
        step = slowed(run)
        assert read_facts(run.metrics_path)["speed"] == SLOWEST
        run.request("one_batch")
        run.request("speed", 0)
        assert paused_at(run, step) == step + 1
        run.request("resume")
        wait_for(lambda: last_step(run.metrics_path) > step + 100)
        run.request("stop")
        assert wait_for(lambda: ended)[0].state == "stopped"


def test_a_slow_run_is_paused_and_stopped_while_it_waits(run):
    with training(run, "pause") as ended:
        step = slowed(run)
        run.request("pause")
        assert paused_at(run) == step
        run.request("resume")
        run.request("stop")
        assert wait_for(lambda: ended)[0].state == "stopped"


def test_a_resumed_run_is_at_full_speed(run):
    with training(run, "pause"):
        step = slowed(run)
    session = Session(run)
    session.prepare()
    steps = session.steps()
    for _ in range(50):
        next(steps)
    steps.close()
    assert session.trainer.step == step + 50
    assert read_facts(run.metrics_path)["speed"] == 0


def test_waiting_is_no_training_time_but_the_speed_that_is_shown_includes_it(run):
    def progress():
        return read_facts(run.metrics_path)["progress"]

    with training(run, "pause"):
        step, before_s = slowed(run), progress()["train_seconds"]
        time.sleep(WAITED_S)
        run.request("one_batch")
        paused_at(run, step)
        assert progress()["train_seconds"] - before_s < WAITED_S
        assert 0 < progress()["examples_per_s"] <= run.recipe.batch_size / WAITED_S
