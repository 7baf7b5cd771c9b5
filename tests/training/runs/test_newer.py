"""Runs and drafts that a newer version of the program wrote: one sentence, and not a byte of them changes."""

import hashlib
import json

import pytest
from small_runs import plane_recipe

from explorer.document import DocumentError
from explorer.training import Session
from explorer.training.runs.status import STATES, Status
from explorer.training.runs.store import NEWER
from explorer.training.work.queue import Queue
from explorer.workspace.draft_store import Draft, DraftStore

SENTENCE = "This run was recorded by a newer version of Layerscope."
GONE_WORKER = {"pid": 4_000_000, "pid_created_s": 1.0, "host": "elsewhere"}


def contents(folder):
    """{path: what is in it} of all files, so that a changed byte, and a new or a missing file, shows."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"}


def newer_status(run, state):
    run.write_status(Status(state, created_s=7.0, device="cpu", queued_s=5.0 if state == "waiting" else 0.0,
                            **GONE_WORKER))
    path = run.folder / "status.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2, "mood": ["good"]}))


def newer_recipe(run, state):
    run.write_status(Status(state, created_s=7.0, device="cpu", queued_s=5.0 if state == "waiting" else 0.0,
                            **GONE_WORKER))
    document = plane_recipe().to_dict()
    document["rules"]["split"] = 2
    (run.folder / "recipe.json").write_text(json.dumps(document))


@pytest.mark.parametrize("state", ["waiting", "training", "paused", "stopped", "interrupted"])
@pytest.mark.parametrize("make_newer", [newer_status, newer_recipe])
def test_nothing_changes_a_run_of_a_newer_version(store, launcher, make_newer, state):
    run = store.create(plane_recipe())
    run.request("pause")
    make_newer(run, state)
    before = contents(run.folder)

    status = run.status()
    assert (status.state, str(status.reason), status.created_s) == (NEWER, SENTENCE, 7.0)
    assert not status.is_live and not run.is_asked_for
    queue = Queue(store)
    assert queue.read().training == queue.read().waiting == ()
    assert not queue.cancel(run)
    assert Session(run).execute() == status
    for change in (lambda: launcher.start(run), lambda: run.await_worker(1), lambda: run.enqueue("cpu"),
                   lambda: run.write_status(Status())):
        with pytest.raises(PermissionError, match="recorded by a newer version"):
            change()
    assert contents(run.folder) == before


def test_a_status_of_a_newer_version_may_hold_a_state_that_nobody_knows_yet(store):
    run = store.create(plane_recipe())
    (run.folder / "status.json").write_text(json.dumps({"version": 9, "state": "dreaming", "created_s": "long ago"}))
    assert (run.status().state, str(run.status().reason), run.status().created_s) == (NEWER, SENTENCE, 0.0)
    assert NEWER not in STATES


@pytest.mark.parametrize("version", ["two", "1", True, 1.0, 0, -1, None, [1]])
def test_a_version_of_a_status_that_is_none_is_damage_in_one_sentence(store, version):
    run = store.create(plane_recipe())
    stored = json.loads((run.folder / "status.json").read_text())
    assert stored["version"] == 1
    (run.folder / "status.json").write_text(json.dumps({**stored, "version": version}))
    before = contents(run.folder)
    assert str(run.status().reason) == "The run's status file is damaged."
    assert contents(run.folder) == before


def test_a_status_without_a_version_has_the_first(store):
    run = store.create(plane_recipe())
    stored = json.loads((run.folder / "status.json").read_text())
    del stored["version"]
    (run.folder / "status.json").write_text(json.dumps(stored))
    assert run.status().state == "waiting"


def test_a_draft_of_a_newer_version_is_not_overwritten(tmp_path):
    drafts, draft = DraftStore(tmp_path), Draft("a" * 32, plane_recipe())
    drafts.save(draft, "tab", 0)
    path = tmp_path / f"{draft.id}.json"
    stored = json.loads(path.read_text())
    stored["recipe"]["version"] = 3
    path.write_text(json.dumps({**stored, "revision": 2, "writer": "a newer program"}))
    before = contents(tmp_path)
    with pytest.raises(DocumentError) as refusal:
        drafts.save(draft, "tab", 1)
    assert str(refusal.value) == "This network was saved by a newer version of Layerscope."
    with pytest.raises(DocumentError) as refusal:
        drafts.load(draft.id)
    assert str(refusal.value) == ("The saved network cannot be opened. This recipe has version 3; "
                                  "this Layerscope reads versions up to 2.")
    assert drafts.edited("", 10) == []
    assert contents(tmp_path) == before


@pytest.mark.parametrize("damage", [{"version": 1}, {"rules": {"split": 1}}, {"rules": {"split": "newest"}}],
                         ids=["half migrated", "rules missing", "a word"])
def test_a_run_whose_recipe_is_half_migrated_is_one_sentence_and_not_changed_by_reading(store, damage):
    run = store.create(plane_recipe())
    (run.folder / "recipe.json").write_text(json.dumps({**plane_recipe().to_dict(), **damage}))
    before = contents(run.folder)
    assert run.status().state == "waiting"
    with pytest.raises(DocumentError) as refusal:
        _ = run.recipe
    assert str(refusal.value).count(".") == 1 and "\n" not in str(refusal.value)
    assert contents(run.folder) == before
