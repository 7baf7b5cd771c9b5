"""Runs on disk: found by their id, listed, damaged, deleted."""

import json
import os
import threading
import time
from dataclasses import replace

import psutil
import pytest
from small_runs import plane_recipe

from explorer.document import DocumentError
from explorer.text import text
from explorer.training import RunDeleted, RunStore, Session, UnknownRun
from explorer.training.runs.status import STATES, Status
from explorer.training.runs.store import CRASHED, FINISHED, INTERRUPTED, TRAINING, WAITING


def test_a_run_is_found_again_by_its_id_with_its_recipe_and_its_owner(store):
    run = store.create(plane_recipe(seed=4), owner="a3f")
    again = RunStore(store.folder).open(run.id)
    assert again.recipe.to_dict() == plane_recipe(seed=4).to_dict()
    assert again.owner == "a3f"
    assert again.status().state == WAITING


@pytest.mark.parametrize("bad", ["", "../../etc", "a" * 31, "A" * 32, "a" * 32 + "/x", "a" * 32 + "\n", None, 7,
                                 "g" * 32, "٣" * 32])
def test_an_id_is_checked_before_it_becomes_a_path(store, bad):
    with pytest.raises(UnknownRun, match="not the address of a run"):
        store.open(bad)


def test_the_id_of_a_deleted_run_says_so(store):
    run = store.create(plane_recipe())
    run.delete()
    with pytest.raises(UnknownRun, match="no longer exists"):
        store.open(run.id)
    with pytest.raises(RunDeleted):
        run.status()


def test_the_folder_is_the_one_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "mine"))
    assert RunStore().folder == tmp_path / "mine"
    assert RunStore().list() == []


def test_runs_are_listed_newest_first_an_owners_own_with_those_of_nobody(store):
    runs = [store.create(plane_recipe(), owner=owner) for owner in ("ann", "", "bob")]
    for age, run in zip((30, 20, 10), runs, strict=True):
        os.utime(run.folder / "owner", (time.time() - age,) * 2)
    assert [run.id for run in store.list()] == [run.id for run in reversed(runs)]
    assert [run.id for run in store.list("ann")] == [runs[1].id, runs[0].id]


DAMAGE = ["", "{", "null", "[]", "7", '{"state": "exploded"}', '{"state": 5}', '{"state": "training", "pid": "x"}',
          '{"state": "training", "pid": -4}', '{"state": "finished", "summary": 3}',
          '{"state": "crashed", "reason": {"template": "{a}", "values": {}}}', '{"state": "crashed", "reason": "why"}']


@pytest.mark.parametrize("content", [*DAMAGE, b"\xff\xfe\x00"])
def test_a_damaged_status_is_a_crash_with_a_reason_and_harms_no_other_run(store, content):
    bad, good = store.create(plane_recipe()), store.create(plane_recipe())
    (bad.folder / "status.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert bad.status().state == CRASHED
    assert "damaged" in str(bad.status().reason)
    assert {run.id for run in store.list()} == {bad.id, good.id}
    assert good.status().state == WAITING


def test_a_damaged_recipe_raises_one_clear_exception(store):
    run = store.create(plane_recipe())
    (run.folder / "recipe.json").write_bytes(b"\x00\x01")
    with pytest.raises(DocumentError):
        _ = store.open(run.id).recipe


def test_a_status_survives_its_json_with_sentences_inside_sentences():
    reason = text("At {step:,}: {inner}", step=1200, inner=text("lower {name}", name="lr"))
    for state in STATES:
        status = Status(state, reason, 1.5, 2.5, 7, 3.5, "here", {"steps": 3, "val_loss": None})
        again = Status.from_dict(json.loads(json.dumps(status.to_dict())))
        assert again.to_dict() == status.to_dict()
        assert str(again.reason) == "At 1,200: lower lr"


def test_a_run_no_worker_takes_up_is_interrupted_after_half_a_minute(store):
    run = store.create(plane_recipe())
    run.write_status(Status(created_s=time.time() - 31))
    assert run.status().state == INTERRUPTED
    assert "No worker" in str(run.status().reason)


def test_another_process_that_was_given_the_workers_number_is_not_taken_for_it(store):
    run = store.create(plane_recipe())
    run.await_worker(os.getpid())
    asked = run.stored_status()
    assert run.status().state == WAITING
    run.write_status(replace(asked, pid_created_s=asked.pid_created_s - 100))
    assert run.status().state == INTERRUPTED


def test_a_worker_on_another_machine_is_told_by_its_heart(store):
    run = store.create(plane_recipe())
    process = psutil.Process()
    run.write_status(Status(TRAINING, pid=process.pid, pid_created_s=process.create_time(), host="elsewhere"))
    assert run.status().state == TRAINING
    os.utime(run.folder / "heartbeat", (time.time() - 60,) * 2)
    assert run.status().state == INTERRUPTED


def test_last_words_written_just_before_the_worker_ended_are_not_overwritten(store, monkeypatch):
    run = store.create(plane_recipe())
    run.write_status(Status(TRAINING, pid=2**22 + 1, pid_created_s=1.0, host=Status().host))
    died = type(run).death_reason

    def dies_after_finishing(self, status):
        if self.stored_status().state == TRAINING:
            self.write_status(Status(FINISHED))
            return text("gone")
        return died(self, status)

    monkeypatch.setattr(type(run), "death_reason", dies_after_finishing)
    assert run.status().state == FINISHED
    assert run.stored_status().state == FINISHED


def test_a_status_is_never_seen_half_written(store):
    run, done, seen = store.create(plane_recipe()), threading.Event(), []

    def write():
        while not done.is_set():
            run.write_status(Status(FINISHED, text("x" * 5000), summary={"steps": 1}))

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 1
    while time.monotonic() < until:
        seen.append(run.stored_status().state)
    done.set()
    for writer in writers:
        writer.join()
    assert set(seen) <= {WAITING, FINISHED}
    assert not list(run.folder.glob("*.writing"))


def test_asking_again_forgets_what_was_asked_of_the_worker_before(store):
    run = store.create(plane_recipe())
    run.request("pause")
    run.await_worker(os.getpid())
    assert run.take_requests() == ["pause"]
    Session(run).execute()
    run.request("stop")
    run.await_worker(os.getpid())
    assert run.take_requests() == []
    assert run.is_asked_for
