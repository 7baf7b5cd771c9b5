"""The draft a person edits: kept whole on disk, found again by its id, undone and redone."""

from __future__ import annotations

import json
import os

import pytest
import streamlit as st

from explorer import zoo
from explorer.document import DocumentError, Network
from explorer.recipe import Recipe
from explorer.ui.session import draft, state, versions
from explorer.workspace import draft_store


class Address(dict):
    """The page's address, without a browser."""


@pytest.fixture(autouse=True)
def session(monkeypatch, tmp_path):
    """A session without a browser: its state, its address, and a folder for the drafts."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(st, "session_state", {state.OWNER.key: "a" * 32})
    monkeypatch.setattr(st, "query_params", Address())
    return st.session_state


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs" / "drafts"


def reopen(draft_id: str, monkeypatch) -> draft.Draft | None:
    """What a fresh session makes of an address."""
    monkeypatch.setattr(st, "session_state", {})
    st.query_params[state.NET_PARAMETER] = draft_id
    return draft.current()


def test_an_opened_recipe_is_found_again_by_its_address_with_its_owner(monkeypatch, folder):
    opened = draft.open_recipe(zoo.recipe("lenet"))
    assert st.query_params[state.NET_PARAMETER] == opened.id
    assert [path.name for path in folder.glob("*.json")] == [f"{opened.id}.json"]
    found = reopen(opened.id, monkeypatch)
    assert found == opened
    assert found.owner == "a" * 32


def test_the_owner_stays_when_the_draft_is_changed_by_another_browser(monkeypatch):
    opened = draft.open_recipe(zoo.recipe("lenet"))
    reopen(opened.id, monkeypatch)
    st.session_state[state.OWNER.key] = "b" * 32
    draft.change_recipe(opened.recipe.with_(epochs=3))
    assert reopen(opened.id, monkeypatch).owner == "a" * 32


@pytest.mark.parametrize("wanted", [
    "../x", "../../etc/passwd", "x", "a" * 31, "a" * 33, "A" * 32, "a" * 32 + "\n", "a/../" + "b" * 27, "\0" * 32])
def test_an_id_is_checked_before_it_becomes_a_path(wanted, monkeypatch):
    monkeypatch.setattr(draft_store, "read_object", lambda *_args: pytest.fail("a path was read"))
    with pytest.raises(DocumentError, match="does not name a network"):
        reopen(wanted, monkeypatch)


def test_a_draft_that_is_not_there_is_told(monkeypatch):
    with pytest.raises(DocumentError, match="no longer exists"):
        reopen("0" * 32, monkeypatch)


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"3", b"\xff\xfe", b'{"owner": "x"}', b'{"recipe": 3}', b'{"recipe": {"format": "x"}}',
    b'{"recipe": null}', json.dumps({"recipe": {**zoo.recipe("mlp").to_dict(), "epochs": -1}}).encode(),
    json.dumps({"recipe": {**zoo.recipe("mlp").to_dict(), "version": 99}}).encode()])
def test_a_damaged_draft_is_told_and_left_as_it_is(content, monkeypatch, folder):
    folder.mkdir(parents=True)
    path = folder / f"{'d' * 32}.json"
    path.write_bytes(content)
    with pytest.raises(DocumentError) as told:
        reopen("d" * 32, monkeypatch)
    assert str(folder) not in str(told.value)  # a page shows no path of the server
    assert path.read_bytes() == content


def test_every_change_is_on_disk_as_a_whole_file(monkeypatch, folder):
    opened = draft.open_recipe(zoo.recipe("lenet"))
    seen = []
    monkeypatch.setattr(os, "replace", lambda source, target: seen.append((source, target)))
    draft.change_recipe(opened.recipe.with_(epochs=7))
    ((written, target),) = seen
    assert json.loads(written.read_text())["recipe"]["epochs"] == 7  # complete before it takes the place
    assert json.loads(target.read_text())["recipe"]["epochs"] == opened.recipe.epochs
    assert target.parent == written.parent == folder


def test_a_change_that_cannot_be_saved_is_kept_in_the_session_and_told(monkeypatch):
    opened = draft.open_recipe(zoo.recipe("lenet"))

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    draft.change_recipe(opened.recipe.with_(epochs=7))
    assert draft.current().recipe.epochs == 7
    assert str(st.session_state[state.NOTICE.key]) == "This change could not be saved: No space left on device."


def named(number: int) -> Network:
    return zoo.get("mlp").with_(name=f"Net {number}")


def test_undo_and_redo_lead_back_and_forth():
    draft.open_recipe(Recipe(named(0)))
    for number in (1, 2):
        draft.change_network(named(number))
    names = []
    for step in (draft.undo, draft.undo, draft.undo, draft.redo, draft.redo, draft.redo):
        step()
        names.append(draft.current().recipe.network.name)
    assert names == ["Net 1", "Net 0", "Net 0", "Net 1", "Net 2", "Net 2"]


def test_a_new_change_forgets_what_could_be_redone():
    draft.open_recipe(Recipe(named(0)))
    draft.change_network(named(1))
    draft.undo()
    draft.change_network(named(2))
    draft.redo()
    assert draft.current().recipe.network.name == "Net 2"


def test_undo_keeps_the_last_hundred_steps_and_the_other_settings():
    draft.open_recipe(Recipe(named(0)))
    for number in range(1, 151):
        draft.change_network(named(number))
    draft.change_recipe(draft.current().recipe.with_(epochs=9))
    for _ in range(150):
        draft.undo()
    recipe = draft.current().recipe
    assert (recipe.network.name, recipe.epochs) == ("Net 50", 9)


def test_another_draft_has_a_history_of_its_own(monkeypatch):
    first = draft.open_recipe(Recipe(named(0)))
    draft.change_network(named(1))
    second = draft.open_recipe(Recipe(named(5)))
    draft.undo()
    assert second.id != first.id
    assert draft.current().recipe.network.name == "Net 5"
    st.query_params[state.NET_PARAMETER] = first.id  # the browser's way back
    assert draft.current().recipe.network.name == "Net 1"


def test_an_upload_is_a_recipe_or_a_network():
    recipe = zoo.recipe("lenet").with_(epochs=3)
    assert draft.read_upload(json.dumps(recipe.to_dict()).encode()) == recipe
    network = zoo.get("mlp")
    assert draft.read_upload(json.dumps(network.to_dict()).encode()).network == network


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80abc", b"[1]", b"{}", b'{"format": "layerscope/recipe"}'])
def test_an_upload_that_is_neither_is_refused_in_words(content):
    with pytest.raises(DocumentError) as told:
        draft.read_upload(content)
    assert str(told.value).endswith(".")


@pytest.fixture
def tabs(monkeypatch, session):
    """`tabs(0)`, `tabs(1)`: go to one of two tabs that show the same draft."""
    sessions = [session, {state.OWNER.key: "a" * 32}]
    opened = draft.open_recipe(Recipe(named(0)))

    def turn_to(tab: int) -> None:
        monkeypatch.setattr(st, "session_state", sessions[tab])
        st.query_params[state.NET_PARAMETER] = opened.id
        draft.current()

    turn_to(1)
    turn_to(0)
    return turn_to


def current_name() -> str:
    return draft.current().recipe.network.name


def test_what_two_tabs_made_in_turns_can_all_be_found(tabs):
    draft.change_network(named(1))
    tabs(1)
    draft.change_network(named(2))
    assert "was also changed in another tab" in str(st.session_state[state.NOTICE.key])
    (kept,) = versions.kept()
    assert kept.automatic and kept.name.startswith("From another tab, ")
    assert kept.name in str(st.session_state[state.NOTICE.key]).replace("\\", "")
    tabs(0)
    draft.change_network(named(3))
    assert current_name() == "Net 3"
    found = {versions.load(version.number).network.name for version in versions.kept()}
    assert found == {"Net 1", "Net 2"}


def test_changes_of_one_tab_alone_make_no_versions_and_no_notice(tabs):
    for number in range(1, 5):
        draft.change_network(named(number))
    draft.undo()
    assert versions.kept() == []
    assert state.NOTICE.key not in st.session_state


def test_a_tab_sees_that_another_saved_and_takes_it(tabs):
    assert not draft.newer_elsewhere()
    tabs(1)
    draft.change_network(named(1))
    assert not draft.newer_elsewhere()
    tabs(0)
    assert draft.newer_elsewhere()
    assert draft.newer_elsewhere()  # until it is taken
    assert current_name() == "Net 0"
    draft.take_newer()
    assert not draft.newer_elsewhere()
    assert current_name() == "Net 1"
    draft.undo()
    assert current_name() == "Net 0"
    draft.redo()
    assert current_name() == "Net 1"
    assert versions.kept() == []


def test_the_file_is_read_only_when_its_time_has_changed(tabs, monkeypatch):
    monkeypatch.setattr(draft_store, "read_object", lambda *_args: pytest.fail("the file was read"))
    assert not draft.newer_elsewhere()


def test_a_tab_that_comes_to_the_same_state_has_nothing_newer(tabs):
    draft.change_network(named(1))
    tabs(1)
    st.session_state[state.DRAFT.key] = draft.Draft(draft.current().id, Recipe(named(1)), "a" * 32)
    assert not draft.newer_elsewhere()
    draft.change_network(named(2))
    assert versions.kept() == []


def test_training_in_one_tab_keeps_what_was_built_in_the_other(tabs):
    draft.change_network(named(1))
    tabs(1)
    draft.change_recipe(draft.current().recipe.with_(epochs=7))
    recipe = draft.current().recipe
    assert (recipe.network.name, recipe.epochs) == ("Net 1", 7)
    assert versions.kept() == []
    tabs(0)
    draft.change_recipe(draft.current().recipe.with_(batch_size=5))
    recipe = draft.current().recipe
    assert (recipe.network.name, recipe.epochs, recipe.batch_size) == ("Net 1", 7, 5)


def test_a_draft_that_was_deleted_meanwhile_is_nothing_newer_and_is_written_again(tabs, folder):
    (path,) = folder.glob("*.json")
    path.unlink()
    assert not draft.newer_elsewhere()
    draft.change_network(named(1))
    assert path.exists()


def test_a_draft_damaged_meanwhile_is_nothing_newer(tabs, folder):
    (path,) = folder.glob("*.json")
    path.write_text("{")
    assert not draft.newer_elsewhere()
    draft.take_newer()
    assert current_name() == "Net 0"


def test_an_opened_version_leaves_the_current_state_where_it_can_be_found(tabs):
    first = versions.keep("the start")
    draft.change_network(named(1))
    versions.open_version(first.number)
    assert current_name() == "Net 0"
    assert {versions.load(version.number).network.name for version in versions.kept()} == {"Net 0", "Net 1"}
    draft.undo()
    assert current_name() == "Net 1"
    versions.open_version(first.number)
    assert len(versions.kept()) == 2  # what is kept already is not kept again


def test_a_version_is_deleted(tabs):
    _first, second = versions.keep("one"), versions.keep("two")
    versions.delete(second.number)
    assert [version.name for version in versions.kept()] == ["one"]


def test_a_session_without_a_draft_has_no_versions_and_nothing_newer():
    assert versions.kept() == []
    assert not draft.newer_elsewhere()
    draft.take_newer()


def test_where_no_more_versions_fit_nothing_of_the_other_tab_is_overwritten(tabs, monkeypatch):
    monkeypatch.setattr(draft_store, "MAX_VERSIONS", 1)
    versions.keep("the only one")
    draft.change_network(named(1))
    tabs(1)
    draft.change_network(named(2))
    assert str(state.NOTICE.value).startswith("This change could not be saved. This network has 1 versions")
    assert current_name() == "Net 2"
    assert draft.store().load(draft.current().id).draft.recipe.network.name == "Net 1"


def test_a_version_cannot_be_kept_under_a_name_that_is_none(tabs):
    for name, sentence in (("  ", "at least one character"), ("x" * 10_000, "at most 120 characters")):
        with pytest.raises(DocumentError, match=sentence):
            versions.keep(name)
    assert versions.kept() == []
