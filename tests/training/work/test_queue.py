"""The line that started runs wait in: its limits, its order, and that nothing in it is lost or waits for ever."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import plane_recipe, state_of, wait_for

from explorer.files.lock import locked
from explorer.training import Launcher, RunStore
from explorer.training.records.metrics import last_step
from explorer.training.runs.status import FINISHED, PAUSED, STOPPED, TRAINING, WAITING, Status
from explorer.training.work import launch, queue
from explorer.training.work.queue import LIMIT_VARIABLE, Queue, limit_of

ROOT = Path(__file__).resolve().parents[3]
ENDLESS = plane_recipe(epochs=100_000)


@pytest.fixture(autouse=True)
def one_at_once(monkeypatch):
    monkeypatch.setenv(LIMIT_VARIABLE, "1")
    monkeypatch.setattr(launch, "LOOK_EVERY_S", 0.1)


def ids(started):
    return [each.run.id for each in started]


@pytest.mark.parametrize("given, cpu, cuda", [
    ("", 3, 1), ("  ", 3, 1), ("2", 2, 2), ("cuda=2", 3, 2), ("cpu=5, cuda = 2", 5, 2), ("2,cpu=4", 4, 2),
    ("0", 3, 1), ("-1", 3, 1), ("many", 3, 1), ("cpu=", 3, 1), ("tpu=2", 3, 1), ("2,", 3, 1)])
def test_a_gpu_trains_one_run_and_a_cpu_one_on_every_core_but_one_unless_somebody_says_otherwise(
        monkeypatch, given, cpu, cuda):
    monkeypatch.setenv(LIMIT_VARIABLE, given)
    monkeypatch.setattr(queue, "count_cores", lambda: 4)
    assert (limit_of("cpu"), limit_of("cuda")) == (cpu, cuda)


def test_one_core_still_trains_one_run(monkeypatch):
    monkeypatch.delenv(LIMIT_VARIABLE)
    monkeypatch.setattr(queue, "count_cores", lambda: 1)
    assert limit_of("cpu") == 1


def test_runs_train_in_the_order_in_which_they_were_started_and_one_that_waits_can_be_canceled(launcher, store):
    first, second, third = (store.create(recipe) for recipe in (ENDLESS, ENDLESS, plane_recipe(epochs=1)))
    for run in (first, third, second):  # the order of the starts counts, not that of their making
        launcher.start(run)
        launcher.start(run)
    line = launcher.attend(store)
    wait_for(lambda: last_step(first.metrics_path) > 0)
    assert ids(line.read().training) == [first.id]
    assert ids(line.read().waiting) == [third.id, second.id]
    place = line.read().place_of(second)
    assert (place.device, place.number, place.length) == ("cpu", 2, 2)
    assert [run.id for run in (*place.training, *place.ahead)] == [first.id, third.id]
    assert line.read().place_of(first) is None
    assert line.cancel(second)
    assert not line.cancel(second), "it does not wait any more"
    assert not line.cancel(first), "it trains"
    first.request("stop")
    wait_for(lambda: state_of(third) == FINISHED)
    assert second.status().state == STOPPED
    assert "Canceled while it was queued" in str(second.status().reason)
    assert last_step(second.metrics_path) == 0


SERVER = """if True:
    import sys, time
    from explorer.training import Launcher, RunStore
    launcher, runs = Launcher(), RunStore(sys.argv[1])
    for run_id in sys.argv[2:]:
        launcher.start(runs.open(run_id))
    print("started", flush=True)
    time.sleep(600)"""


def test_what_waits_outlives_the_server_and_moves_up_when_the_worker_before_it_is_killed(launcher, store):
    trains, waits = store.create(ENDLESS), store.create(plane_recipe(epochs=1))
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(store.folder), trains.id, waits.id], cwd=ROOT,
                              stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline() == "started\n"
    server.kill()
    server.communicate()
    wait_for(lambda: last_step(trains.metrics_path) > 0)
    launcher.attend(RunStore(store.folder))  # the server comes back
    time.sleep(0.5)
    assert state_of(waits) == WAITING, "there is no room yet"
    os.kill(trains.status().pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    wait_for(lambda: state_of(waits) == FINISHED)


def idle():
    """A worker that takes its run and does nothing with it."""
    return subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_servers_that_share_a_folder_never_start_more_than_the_limit_or_one_run_twice(store, monkeypatch):
    spawned = []

    def spawn(_beside_a_run):
        spawned.append(idle())
        return spawned[-1]

    monkeypatch.setattr(launch, "spawn_worker", spawn)
    monkeypatch.setattr(launch, "NEXT_SPARE_AFTER_S", 3600)
    monkeypatch.setattr(Launcher, "prepare", lambda self, beside_a_run=False: None)
    servers, runs = [Launcher(), Launcher()], [store.create(plane_recipe()) for _ in range(6)]
    threads = [threading.Thread(target=servers[place % 2].start, args=(run,)) for place, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order, line = [], Queue(store)
    while training := ids(line.read().training):
        assert len(training) == 1
        order += training
        with locked(store.folder):  # no worker is being handed its run just now
            pid = store.open(training[0]).status().pid
            next(worker for worker in spawned if worker.pid == pid).kill()
        wait_for(lambda seen=training: ids(line.read().training) != seen
                 and (ids(line.read().training) or not line.read().waiting))
    for server in servers:
        server.close()
    assert sorted(order) == sorted(run.id for run in runs)
    assert len(spawned) == len(runs)


def at(store, state, device="cpu", queued_s=0.0):
    """A run that stands so; this process plays its worker where it needs one."""
    run = store.create(plane_recipe())
    run.await_worker(os.getpid())
    worker = {} if not queued_s else {"pid": 0, "asked_s": 0.0}
    run.write_status(replace(run.stored_status(), state=state, device=device, queued_s=queued_s, **worker))
    return run


def test_each_device_has_a_line_of_its_own_and_a_full_one_holds_up_no_other(store):
    at(store, TRAINING, "cpu")
    later, waits, other = (at(store, WAITING, device, s) for device, s in (("cpu", 3.0), ("cpu", 1.0), ("cuda", 2.0)))
    line = Queue(store).read()
    assert ids(line.waiting) == [waits.id, other.id, later.id]
    assert line.next() == [other]
    assert line.place_of(other).number == 1


def test_a_paused_run_gives_its_room_to_the_next_and_so_does_one_whose_worker_died(store):
    paused, waits = at(store, PAUSED), at(store, WAITING, queued_s=1.0)
    dead = at(store, TRAINING)
    dead.write_status(replace(dead.stored_status(), pid_created_s=1.0))
    line = Queue(store)
    assert line.read().next() == [waits]
    paused.write_status(replace(paused.stored_status(), state=TRAINING))
    assert line.read().next() == []


def test_a_run_started_from_the_command_line_takes_no_room(store):
    at(store, TRAINING, device="")
    waits = at(store, WAITING, queued_s=1.0)
    assert Queue(store).read().next() == [waits]


def test_a_run_may_wait_for_hours_and_a_deleted_one_leaves_the_line(store):
    waits, doomed = (at(store, WAITING, queued_s=time.time() - 36_000) for _ in range(2))
    assert waits.status().state == WAITING
    assert waits.is_asked_for
    line = Queue(store)
    assert len(line.read().waiting) == 2
    doomed.delete()
    assert ids(line.read().waiting) == [waits.id]


def test_the_line_is_read_again_only_where_something_was_written(store, monkeypatch):
    for _ in range(3):
        store.create(plane_recipe()).write_status(Status(FINISHED))
    waits = at(store, WAITING, queued_s=1.0)
    for run in store.all():  # what was written a moment ago is not trusted to stay
        os.utime(run.folder / "status.json", (time.time() - 1,) * 2)
    line, read = Queue(store), []
    stored_status = type(waits).stored_status
    monkeypatch.setattr(type(waits), "stored_status", lambda run: read.append(run.id) or stored_status(run))
    assert ids(line.read().waiting) == [waits.id]
    assert len(read) == 4
    assert ids(line.read().waiting) == [waits.id]
    assert len(read) == 4
    line.cancel(waits)
    assert line.read(max_age_s=60).waiting, "a look a moment ago serves a page"
    assert not line.read().waiting


def test_a_run_that_cannot_be_handed_over_stays_in_line_until_it_can(launcher, store, monkeypatch):
    run = store.create(plane_recipe())
    asked = []

    def refuse_once(self, run):
        asked.append(run)
        if len(asked) == 1:
            raise OSError(28, "No space left on device")
        return idle()

    monkeypatch.setattr(type(launcher), "hand_over", refuse_once)
    launcher.start(run)
    assert state_of(run) == WAITING
    wait_for(lambda: len(asked) > 1)
    assert asked[1] == run


def test_a_continued_run_waits_in_line_and_keeps_what_it_reached(store):
    run = at(store, STOPPED)
    run.write_status(replace(run.stored_status(), summary={"val_accuracy": 0.5}))
    Queue(store).add(run)
    assert run.status().is_queued
    Queue(store).cancel(run)
    assert run.status().summary == {"val_accuracy": 0.5}
