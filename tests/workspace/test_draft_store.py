"""The drafts folder: whatever threads, processes and tabs write, every network of theirs can be found afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer import zoo
from explorer.document import DocumentError, Network
from explorer.files import lock
from explorer.recipe import Recipe
from explorer.workspace import draft_store
from explorer.workspace.draft_store import Draft, DraftStore

ID = "d" * 32
ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from explorer.recipe import Recipe
from explorer.document import Network
from explorer.workspace.draft_store import Draft, DraftStore
folder, writer = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
revision = 1
for i in range(8):
    revision = DraftStore(folder).save(
        Draft("d" * 32, Recipe(Network(f"{writer} {i}"))), writer, 1 if i % 2 else revision).revision
"""


@pytest.fixture
def store(tmp_path) -> DraftStore:
    return DraftStore(tmp_path / "drafts")


def recipe(name: str) -> Recipe:
    return Recipe(Network(name))


def save(store: DraftStore, name: str, writer: str = "one", based_on: int = 0) -> draft_store.Saved:
    return store.save(Draft(ID, recipe(name)), writer, based_on)


def names_found(store: DraftStore) -> list[str]:
    """The names of all networks that can be found: the current one, then the versions."""
    versions = [store.load_version(ID, version.number) for version in store.versions(ID)]
    return [found.network.name for found in (store.load(ID).draft.recipe, *versions)]


def test_a_saved_draft_is_loaded_with_its_revision(store):
    opened = Draft(ID, zoo.recipe("lenet"), "a" * 32)
    assert store.save(opened, "one", 0).revision == 1
    assert store.save(opened, "one", 1).revision == 2
    found = store.load(ID)
    assert (found.draft, found.revision, found.stamp) == (opened, 2, store.stamp(ID))
    stored = json.loads((store.folder / f"{ID}.json").read_text())
    assert (stored["owner"], stored["revision"], stored["writer"]) == ("a" * 32, 2, "one")


@pytest.mark.parametrize("revision", [{}, {"revision": "x"}, {"revision": -1}, {"revision": None}])
def test_a_file_from_before_there_were_revisions_is_loaded_and_saved(store, revision):
    store.folder.mkdir()
    content = {"owner": "", "recipe": recipe("old").to_dict(), **revision}
    (store.folder / f"{ID}.json").write_text(json.dumps(content))
    assert store.load(ID).revision == 0
    assert save(store, "new").conflict is None
    assert store.load(ID).revision == 1


def test_what_another_writer_left_becomes_a_version_before_it_is_replaced(store):
    save(store, "first")
    assert save(store, "second", "two", based_on=1).conflict is None
    saved = save(store, "third", "one", based_on=1)
    assert saved.conflict == store.versions(ID)[0]
    assert saved.conflict.automatic
    assert saved.revision == 3
    assert names_found(store) == ["third", "second"]


def test_the_same_network_is_not_kept_twice(store):
    save(store, "first")
    for _ in range(3):
        save(store, "second", "two", based_on=0)
        save(store, "third", "one", based_on=0)
    assert names_found(store) == ["third", "third", "second", "first"]


def test_another_revision_with_the_same_network_is_no_conflict(store):
    save(store, "first")
    assert save(store, "first", "two").conflict is None
    assert store.versions(ID) == []


def test_a_writer_that_does_not_know_its_own_last_revision_has_no_conflict_with_itself(store):
    save(store, "first")
    save(store, "second", based_on=1)
    assert save(store, "third", based_on=1).conflict is None


def test_the_name_of_what_was_kept_is_in_the_language_of_the_session(store):
    save(store, "first")
    saved = store.save(Draft(ID, recipe("second")), "two", 0, lambda words: words.replace("From another", "Aus einem"))
    assert saved.conflict.name.startswith("Aus einem tab, ")


def test_eight_threads_that_write_at_once_lose_no_network(store):
    start = threading.Barrier(8)

    def write(thread: int) -> None:
        start.wait()
        for i in range(5):
            save(store, f"{thread} {i}", writer=f"{thread} {i}")

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names_found(store)) == [f"{thread} {i}" for thread in range(8) for i in range(5)]
    assert store.load(ID).revision == 40


def test_two_processes_that_write_at_once_lose_no_network_that_was_seen_by_the_other(store):
    save(store, "start", "start")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(store.folder), name], cwd=ROOT, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in ("left", "right")]
    for process in writers:
        process.stdout.readline()
    for process in writers:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    found = names_found(store)
    assert {"left 7", "right 7"} <= set(found)
    assert store.load(ID).revision == 17
    assert [path.name for path in store.folder.iterdir() if "writing" in path.name] == []


def test_a_lock_is_free_again_when_its_holder_was_killed(store):
    store.folder.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, time\nfrom pathlib import Path\nfrom explorer.files.lock import locked\n"
         "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)", str(store.folder)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.kill()
    holder.communicate()
    assert save(store, "free").revision == 1


def test_a_folder_that_another_program_holds_is_told_after_a_while(store, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_S", 0.05)
    with lock.locked(store.folder), pytest.raises(TimeoutError, match="another program holds"):
        save(store, "late")


def test_versions_are_listed_newest_first_and_renamed_and_deleted(store):
    numbers = [store.keep_version(ID, name, recipe(name)).number for name in ("a", "b", "c")]
    store.rename_version(ID, numbers[1], "  b, wider ")
    store.delete_version(ID, numbers[0])
    assert [(version.number, version.name) for version in store.versions(ID)] == [
        (numbers[2], "c"), (numbers[1], "b, wider")]
    assert store.load_version(ID, numbers[1]).network.name == "b"
    assert store.versions("e" * 32) == []


def test_a_number_does_not_come_back_after_its_version_was_deleted(store, monkeypatch):
    first = store.keep_version(ID, "a", recipe("a")).number
    second = store.keep_version(ID, "b", recipe("b")).number
    assert second > first
    store.delete_version(ID, second)
    monkeypatch.setattr(draft_store.time, "time_ns", lambda: (second + 1) * 10**6)
    assert store.keep_version(ID, "c", recipe("c")).number > second


@pytest.mark.parametrize("name", [
    "<img src=x onerror=alert(1)>", "\u202e\u200fשלום", "**bold** [link](http://x)", "{braces}", "💡" * 120, "é" * 120,
    "../../etc/passwd", "a\nb", "\0"])
def test_any_name_comes_back_as_it_was_given(store, name):
    version = store.keep_version(ID, name, recipe("a"))
    assert [found.name for found in store.versions(ID)] == [name]
    assert version == store.versions(ID)[0]


@pytest.mark.parametrize(("name", "sentence"), [
    ("", "at least one character"), (" \n\t ", "at least one character"), ("x" * 121, "at most 120 characters"),
    ("x" * 10_000, "this one has 10,000"), ("\ud800", "not valid Unicode")])
def test_a_name_that_cannot_be_one_is_refused_in_a_sentence(store, name, sentence):
    kept = store.keep_version(ID, "good", recipe("a"))
    for attempt in (lambda: store.keep_version(ID, name, recipe("b")),
                    lambda: store.rename_version(ID, kept.number, name)):
        with pytest.raises(DocumentError, match=sentence):
            attempt()
    assert [version.name for version in store.versions(ID)] == ["good"]


@pytest.mark.parametrize("wanted", ["../x", "d" * 31, "D" * 32, ID + "\n", "\0" * 32, 3, None])
def test_an_id_is_checked_before_it_becomes_a_path(store, wanted):
    for attempt in (store.load, store.versions, store.stamp, lambda i: store.keep_version(i, "x", recipe("x")),
                    lambda i: store.load_version(i, 1), lambda i: store.save(Draft(i, recipe("x")), "one", 0)):
        with pytest.raises(DocumentError, match="does not name a network"):
            attempt(wanted)


@pytest.mark.parametrize("number", [-1, 10**20, "1", "../1", None, True, 1.5, 7])
def test_a_version_that_is_not_there_is_told(store, number):
    store.keep_version(ID, "a", recipe("a"))
    for attempt in (store.load_version, store.delete_version, lambda i, n: store.rename_version(i, n, "x")):
        with pytest.raises(DocumentError, match="no longer exists"):
            attempt(ID, number)


GOOD = {"name": "a", "created_s": 5, "automatic": False, "recipe": Recipe(Network("a")).to_dict()}


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"\xff\xfe", b"null", json.dumps({**GOOD, "name": 3}).encode(), b"[" * 10_000,
    json.dumps({**GOOD, "name": "x" * 500}).encode(), json.dumps({**GOOD, "created_s": 10**400}).encode(),
    json.dumps({**GOOD, "created_s": "now"}).encode(), json.dumps({**GOOD, "recipe": None}).encode(),
    json.dumps({**GOOD, "recipe": {**GOOD["recipe"], "epochs": -1}}).encode()])
def test_a_damaged_version_is_listed_with_a_sentence_and_can_be_deleted(store, content):
    sound = store.keep_version(ID, "sound", recipe("a"))
    (store.folder / f"{ID}.versions" / "7.json").write_bytes(content)
    listed = store.versions(ID)
    assert [version.number for version in listed] == [sound.number, 7]
    assert str(listed[1].problem).startswith("This version cannot be opened. ")
    assert str(store.folder) not in str(listed[1].problem)
    save(store, "x")
    assert save(store, "y", "two").conflict is not None  # a damaged neighbor stops nobody
    store.delete_version(ID, 7)
    assert all(version.problem is None for version in store.versions(ID))


def test_a_damaged_version_is_not_opened(store):
    number = store.keep_version(ID, "a", recipe("a")).number
    (store.folder / f"{ID}.versions" / f"{number}.json").write_text('{"recipe": {}}')
    with pytest.raises(DocumentError, match=r"This version cannot be opened\. This is not a recipe"):
        store.load_version(ID, number)


@pytest.mark.parametrize("content", [b"{", b'{"recipe": 3, "revision": 9, "writer": "two"}'])
def test_a_draft_damaged_on_disk_is_put_aside_and_not_overwritten(store, content):
    save(store, "first")
    (store.folder / f"{ID}.json").write_bytes(content)
    save(store, "second", based_on=1)
    assert store.load(ID).draft.recipe.network.name == "second"
    (kept,) = store.versions(ID)
    assert kept.problem is not None
    assert (store.folder / f"{ID}.versions" / f"{kept.number}.json").read_bytes() == content


def test_automatic_versions_make_room_and_named_ones_do_not(store, monkeypatch):
    monkeypatch.setattr(draft_store, "MAX_VERSIONS", 3)
    store.keep_version(ID, "mine", recipe("mine"))
    for number in range(4):
        store.keep_version(ID, f"auto {number}", recipe(str(number)), automatic=True)
    assert [version.name for version in store.versions(ID)] == ["auto 3", "auto 2", "mine"]
    for name in ("yours", "hers"):
        store.keep_version(ID, name, recipe(name))
    assert [version.name for version in store.versions(ID)] == ["hers", "yours", "mine"]
    with pytest.raises(DocumentError, match="This network has 3 versions, the most it can keep"):
        store.keep_version(ID, "one more", recipe("more"))


def test_a_renamed_automatic_version_stays(store, monkeypatch):
    monkeypatch.setattr(draft_store, "MAX_VERSIONS", 1)
    number = store.keep_version(ID, "auto", recipe("a"), automatic=True).number
    store.rename_version(ID, number, "dear to me")
    with pytest.raises(DocumentError, match="most it can keep"):
        store.keep_version(ID, "auto", recipe("b"), automatic=True)


@pytest.mark.parametrize(("function", "number", "why"), [
    ("replace", 28, "No space left on device"), ("replace", 30, "Read-only file system")])
def test_a_disk_that_takes_nothing_is_told_and_leaves_what_was_there(store, monkeypatch, function, number, why):
    save(store, "first")

    def refuse(*_args):
        raise OSError(number, why)

    with monkeypatch.context() as patch:
        patch.setattr(os, function, refuse)
        for attempt in (lambda: save(store, "second", "two"), lambda: store.keep_version(ID, "x", recipe("x"))):
            with pytest.raises(OSError, match=why):
                attempt()
    assert names_found(store) == ["first"]
    assert not list(store.folder.rglob("*.writing"))


def test_a_file_system_without_locks_is_written_without_one(store, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_args):
        raise OSError(lock.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert save(store, "first").revision == 1


def test_what_a_person_edited_last_is_listed_first_and_what_cannot_be_opened_is_left_out(store):
    own, other = "a" * 32, "b" * 32
    for place, (owner, revision) in enumerate(((own, 1), ("", 1), (other, 1), (own, 0), (own, 1))):
        saved = Draft(f"{place:032x}", recipe(str(place)), owner)
        store.save(saved, "test", based_on_revision=revision)
        os.utime(store.folder / f"{place:032x}.json", ns=(10**18, 10**18 + place))
    assert [one.draft.recipe.network.name for one in store.edited(own, 9)] == ["4", "1", "0"]
    assert [one.draft.recipe.network.name for one in store.edited(own, 2)] == ["4", "1"]
    (store.folder / f"{4:032x}.json").write_text(json.dumps({"revision": 5, "owner": own}))
    (store.folder / f"{1:032x}.json").write_text("{")
    assert [one.draft.recipe.network.name for one in store.edited(own, 9)] == ["0"]
    assert DraftStore(store.folder / "missing").edited(own, 9) == []
