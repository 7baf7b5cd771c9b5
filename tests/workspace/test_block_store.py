"""A person's own blocks: kept under a name, each owner's apart from the others'."""

from __future__ import annotations

import json
import os
import threading

import pytest

from explorer import zoo
from explorer.document import DocumentError, Network
from explorer.workspace.block_store import BlockStore

OWNER = "a" * 32


@pytest.fixture
def store(tmp_path) -> BlockStore:
    return BlockStore(tmp_path / "blocks", OWNER)


def names(store: BlockStore) -> list[str]:
    return [block.name for block in store.list()]


def test_a_kept_block_is_found_again_by_its_name(store):
    assert store.list() == []
    assert store.keep("  My LeNet ", zoo.get("lenet")) == "My LeNet"
    assert store.get("My LeNet") == zoo.get("lenet")
    (block,) = store.list()
    assert (block.name, block.digest, block.problem) == ("My LeNet", zoo.get("lenet").digest, None)


def test_every_owner_has_blocks_of_their_own_and_nobody_shares_theirs_unasked(tmp_path, store):
    store.keep("mine", Network("a"))
    shared, other = BlockStore(tmp_path / "blocks"), BlockStore(tmp_path / "blocks", "b" * 32)
    shared.keep("ours", Network("b"))
    assert (names(store), names(shared), names(other)) == (["mine"], ["ours"], [])
    assert sorted(path.name for path in (tmp_path / "blocks").iterdir()) == [OWNER, "shared"]


def test_the_same_name_with_another_content_gets_a_number_and_the_same_content_is_kept_once(store):
    assert [store.keep("x", Network(name)) for name in ("a", "b", "c", "b", "a")] == ["x", "x 2", "x 3", "x 2", "x"]
    assert names(store) == ["x", "x 2", "x 3"]
    assert [store.get(name).name for name in names(store)] == ["a", "b", "c"]


def test_a_long_name_makes_room_for_its_number(store):
    long = "x" * 120
    store.keep(long, Network("a"))
    assert store.keep(long, Network("b")) == "x" * 118 + " 2"


def test_blocks_are_renamed_and_deleted(store):
    store.keep("x", Network("a"))
    store.keep("y", Network("b"))
    store.rename("x", " z ")
    store.rename("z", "z")
    assert (names(store), store.get("z").name) == (["y", "z"], "a")
    with pytest.raises(DocumentError, match="has this name already"):
        store.rename("z", "y")
    store.delete("y")
    assert names(store) == ["z"]


def test_a_block_that_is_not_there_is_told(store):
    for attempt in (store.get, store.delete, lambda name: store.rename(name, "x")):
        with pytest.raises(DocumentError, match="no longer exists"):
            attempt("nothing")


@pytest.mark.parametrize("name", [
    "<img src=x onerror=alert(1)>", "\u202e\u200fשלום", "{braces}", "💡" * 120, "../../etc/passwd", "\0", "a\nb"])
def test_any_name_comes_back_as_it_was_given_and_none_becomes_a_path(store, tmp_path, name):
    assert store.keep(name, Network("a")) == name
    assert names(store) == [name]
    assert store.get(name) == Network("a")
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "blocks" / OWNER}


@pytest.mark.parametrize(("name", "sentence"), [
    (" ", "at least one character"), ("x" * 10_000, "at most 120 characters"), ("\udfff", "not valid Unicode")])
def test_a_name_that_cannot_be_one_is_refused_in_a_sentence(store, name, sentence):
    store.keep("good", Network("a"))
    for attempt in (lambda: store.keep(name, Network("b")), lambda: store.rename("good", name)):
        with pytest.raises(DocumentError, match=sentence):
            attempt()
    assert names(store) == ["good"]


@pytest.mark.parametrize("owner", ["..", "x", "a" * 31, "A" * 32, OWNER + "\n", "shared", None, 3])
def test_an_owner_is_checked_before_it_becomes_a_path(tmp_path, owner):
    with pytest.raises(DocumentError, match="not a browser's key"):
        BlockStore(tmp_path, owner)


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"\xff", b"{}", b'{"name": "x"}', b'{"name": 3, "network": {}}',
    json.dumps({"name": "x", "network": {**Network("a").to_dict(), "version": 99}}).encode()])
def test_a_damaged_block_is_listed_last_with_a_sentence_and_can_be_deleted(store, tmp_path, content):
    store.keep("sound", Network("a"))
    (tmp_path / "blocks" / OWNER / f"{'0' * 32}.json").write_bytes(content)
    sound, damaged = store.list()
    assert (sound.name, damaged.name) == ("sound", "0" * 32)
    assert str(damaged.problem).startswith("This block cannot be opened. ")
    assert str(tmp_path) not in str(damaged.problem)
    with pytest.raises(DocumentError, match="This block cannot be opened"):
        store.get(damaged.name)
    store.delete(damaged.name)
    assert names(store) == ["sound"]


@pytest.mark.parametrize(("number", "why"), [(28, "No space left on device"), (30, "Read-only file system")])
def test_a_disk_that_takes_nothing_is_told_and_leaves_what_was_there(store, monkeypatch, number, why):
    store.keep("x", Network("a"))

    def refuse(*_args):
        raise OSError(number, why)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        for attempt in (lambda: store.keep("y", Network("b")), lambda: store.rename("x", "z")):
            with pytest.raises(OSError, match=why):
                attempt()
    assert (names(store), store.get("x")) == (["x"], Network("a"))


def test_eight_threads_that_keep_a_block_of_one_name_get_eight_names(store):
    threads = [threading.Thread(target=store.keep, args=("x", Network(str(i)))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {store.get(name).name for name in names(store)} == {str(i) for i in range(8)}
    assert len(names(store)) == 8
