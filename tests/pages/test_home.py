"""Home: a card for each network, the runs so far, and a file to open."""

from __future__ import annotations

import json

import pytest
from network_cards import press

from explorer import zoo
from explorer.training import RunStore
from explorer.ui.app import shell
from explorer.ui.session import draft, state
from explorer.workspace.draft_store import DraftStore


@pytest.mark.parametrize("name", ("lenet", "mlp", "resnet50"))
def test_train_on_a_card_opens_what_its_recipe_trains(name, open_app, sound):
    at = sound(press(open_app(), "train", name))
    assert at.session_state[state.DRAFT.key].recipe == zoo.recipe(name)
    assert at.query_params[state.NET_PARAMETER] == at.session_state[state.DRAFT.key].id
    assert at.button(key="start")


@pytest.mark.parametrize("name", ("lenet", "resnet18", "perceptron", "dcgan_generator"))
def test_build_on_a_card_opens_the_original(name, open_app, sound):
    at = sound(press(open_app(), "build", name))
    assert at.session_state[state.DRAFT.key].recipe.network == zoo.get(name)
    assert at.query_params[state.NET_PARAMETER] == at.session_state[state.DRAFT.key].id
    assert at.button(key="undo")


def test_there_is_one_obvious_next_step(open_app, sound):
    at = open_app()
    first = zoo.names()[0]
    primary = [button for button in at.button if button.proto.type == "primary"]
    assert [button.key for button in primary] == [f"start/{first}"]
    assert zoo.ZOO.get(first).title in primary[0].label
    sound(primary[0].click().run())
    assert at.session_state[state.DRAFT.key].recipe == zoo.recipe(first)


def test_a_finished_run_is_listed_with_what_it_reached_and_opens_in_inspect(open_app, sound, finished):
    run = finished()
    at = open_app()
    accuracy = run.status().summary["test_accuracy"]
    assert any(f"finished, accuracy {accuracy:.3f}" in element.value for element in at.markdown)
    sound(at.button(key=f"open/{run.id}").click().run())
    assert at.query_params[state.RUN_PARAMETER] == run.id
    assert at.session_state[state.RUN.key] == run.id
    assert at.session_state[state.DRAFT.key].recipe == run.recipe


def test_the_runs_of_another_browser_are_not_listed(open_app, finished):
    run = finished()
    (run.folder / "owner").write_text("b" * 32)
    assert not [button for button in open_app().button if button.key == f"open/{run.id}"]


def test_a_damaged_run_does_not_hide_the_others(open_app, sound, finished):
    run = finished()
    other = RunStore().create(zoo.recipe("mlp"))
    (other.folder / "recipe.json").write_text("{")
    assert sound(open_app()).button(key=f"open/{run.id}")


def upload(at, content: bytes, name: str = "network.json"):
    return at.file_uploader[0].set_value((name, content, "application/json")).run()


def test_a_network_file_opens_in_build(open_app, sound):
    at = sound(upload(open_app(), json.dumps(zoo.get("lenet").to_dict()).encode()))
    assert at.session_state[state.DRAFT.key].recipe.network == zoo.get("lenet")
    assert at.query_params[state.NET_PARAMETER] == at.session_state[state.DRAFT.key].id


@pytest.mark.parametrize("content", [
    b"", b"nonsense", b"\xff\xfe\x00", b"[]", b"{}", b'{"format": "layerscope/network"}', b"[" * 5000, b'{"a": 1e999}',
    b'{"format": "layerscope/recipe", "version": 7}'])
def test_a_file_that_is_no_network_is_told_and_nothing_is_lost(content, open_app, sound):
    at = open_app("train", zoo.recipe("mlp"))
    before = at.session_state[state.DRAFT.key]
    at.switch_page(shell.HOME).run()
    sound(upload(at, content))
    (told,) = at.error
    assert told.value.endswith(".")
    assert at.session_state[state.DRAFT.key] == before


def test_a_disk_that_is_full_is_told_when_a_card_is_opened(open_app, sound, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DraftStore, "save", full)
    at = press(open_app(), "train", "lenet")
    assert not at.exception
    assert any("No space left on device" in element.value for element in at.warning)


def test_an_edited_network_is_listed_and_opens_where_it_was_left(open_app, sound):
    edited = zoo.recipe("lenet").with_(epochs=7)
    left = draft.Draft("c" * 32, edited)
    for revision in (0, 1):
        draft.store().save(left, writer="test", based_on_revision=revision)
    draft.store().save(draft.Draft("d" * 32, edited), writer="test", based_on_revision=0)  # opened and left as it was
    draft.store().save(draft.Draft("e" * 32, edited, owner="f" * 32), writer="test", based_on_revision=5)
    at = sound(open_app())
    listed = [button.key for button in at.button if str(button.key).startswith("open_draft/")]
    assert listed == [f"open_draft/{left.id}"]
    sound(at.button(key=listed[0]).click().run())
    assert at.session_state[state.DRAFT.key] == left
    assert at.query_params[state.NET_PARAMETER] == left.id
    assert at.button(key="undo")


def test_home_starts_from_nothing_whatever_is_open(open_app, sound):
    at = open_app("build", zoo.recipe("mlp")).switch_page(shell.HOME).run()
    sound(next(button for button in at.button if button.label == "Start from scratch").click().run())
    assert at.session_state[state.DRAFT.key].recipe.network.nodes == ()
    assert at.button(key="undo")
