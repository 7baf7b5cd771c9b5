"""Every page opens, whatever is or is not there, and says in a sentence what is wrong."""

from __future__ import annotations

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from explorer import zoo
from explorer.document import Edge, Network, Node
from explorer.recipe import Recipe
from explorer.ui.session import state

PAGES = ("home", "build", "train", "inspect")
BAD_IDS = ("0" * 32, "../x", "x", "'; drop table", "a" * 31)


def recipe_of(at: AppTest) -> Recipe:
    return at.session_state[state.DRAFT.key].recipe


def words(at: AppTest) -> str:
    shown = [*at.error, *at.warning, *at.info, *at.markdown, *at.caption]
    return "\n".join(element.value for element in shown)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_where_there_is_nothing_yet(page, open_app, sound):
    at = sound(open_app(page))
    assert not at.error
    assert at.button  # one obvious next step


@pytest.mark.parametrize("page", ("build", "train", "inspect"))
def test_an_empty_page_leads_on(page, open_app, sound):
    at = sound(open_app(page))
    (step,) = [button for button in at.button if button.label in ("Choose a network", "Train a network")]
    sound(step.click().run())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", zoo.names())
def test_a_page_opens_with_each_network_of_the_zoo(page, name, open_app, sound):
    recipe = zoo.ZOO.get(name).recipe or Recipe(zoo.get(name))
    at = sound(open_app(page, recipe))
    assert page == "home" or recipe_of(at).network == recipe.network
    assert not at.error


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ("digits", "plane", "line", "sine"))
def test_a_page_opens_with_a_finished_run(page, name, open_app, sound, finished):
    run = finished(name)
    at = sound(open_app(page, run.recipe, run=run.id))
    assert not at.error and not at.warning
    if page == "inspect":
        assert at.selectbox[0].value == run


@pytest.mark.parametrize("page", ("build", "train", "inspect"))
@pytest.mark.parametrize("wrong", BAD_IDS)
def test_an_address_without_a_network_is_told(page, wrong, open_app, sound):
    at = sound(open_app(page, net=wrong))
    assert "The network in the page's address no longer exists." in words(at) or "does not name a network" in words(at)


@pytest.mark.parametrize("page", ("train", "inspect"))
@pytest.mark.parametrize("wrong", BAD_IDS)
def test_an_address_without_a_run_is_told(page, wrong, open_app, sound):
    at = sound(open_app(page, run=wrong))
    assert "This is not the address of a run." in words(at) or "its folder was deleted" in words(at)


@pytest.mark.parametrize("wrong", BAD_IDS)
def test_a_bad_run_does_not_hide_the_network_on_the_training_page(wrong, open_app, sound):
    at = sound(open_app("train", zoo.recipe("mlp"), run=wrong))
    assert at.error
    assert any(button.label == "Train" for button in at.button)


def break_recipe(run):
    (run.folder / "recipe.json").write_text("{")


def lose_recipe(run):
    (run.folder / "recipe.json").unlink()


def break_status(run):
    (run.folder / "status.json").write_text('{"state": 3}')


def break_metrics(run):
    run.metrics_path.write_bytes(b"no database" * 1000)


def lose_metrics(run):
    run.metrics_path.unlink()


def break_frames(run):
    for frame in run.frames_folder.iterdir():
        frame.write_bytes(b"no tensors")


def lose_frames(run):
    shutil.rmtree(run.frames_folder)


def break_view(run):
    (run.folder / "live.safetensors").write_bytes(b"no view")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("damage", (break_recipe, lose_recipe, break_status, break_metrics, lose_metrics, break_frames,
                                    lose_frames, break_view), ids=lambda damage: damage.__name__)
def test_a_page_opens_with_a_damaged_run(page, damage, open_app, sound, finished):
    run = finished()
    recipe = run.recipe
    damage(run)
    at = sound(open_app(page, recipe, run=run.id))
    sound(at.run())  # and again, now that the session knows it


@pytest.mark.parametrize("page", ("home", "build", "train"))  # Inspect: in tests/e2e, since AppTest keeps old options
def test_a_page_opens_after_the_run_it_showed_was_deleted(page, open_app, sound, finished):
    run = finished()
    at = sound(open_app(page, run.recipe, run=run.id))
    shutil.rmtree(run.folder)
    sound(at.run())
    sound(at.run())


def broken_networks() -> dict[str, Network]:
    return {
        "nothing": Network(),
        "an_unknown_block": Network("N", (Node("a", "warp_drive", {}),), (), ("a",)),
        "a_circle": Network("N", (Node("a", "relu", {}), Node("b", "relu", {})), (Edge("a", "b"), Edge("b", "a")),
                            ("b",)),
        "a_loose_edge": Network("N", (Node("a", "relu", {}),), (Edge("ghost", "a"),), ("a",)),
        "a_bad_id": Network("N", (Node("../x", "relu", {}), Node("type", "input", {})), (), ("type",)),
        "bad_values": Network("N", (Node("a", "input", {"shape": "wide"}),
                                    Node("b", "linear", {"out_features": "many"})), (Edge("a", "b"),), ("b",)),
        "a_huge_layer": Network("N", (Node("a", "input", {"shape": [100_000]}),
                                      Node("b", "linear", {"out_features": 10_000_000})), (Edge("a", "b"),), ("b",)),
        "markup": Network("<script>alert(1)</script>", (Node("a", "input", {"shape": [1, 8, 8]}),), (), ("a",)),
        "no_output": zoo.get("mlp").with_(outputs=()),
        "a_strange_output": zoo.get("mlp").with_(outputs=("ghost",)),
    }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", broken_networks())
def test_a_page_opens_with_a_network_that_is_not_sound(page, name, open_app, sound):
    sound(open_app(page, Recipe(broken_networks()[name])))


@pytest.mark.parametrize("name", broken_networks())
def test_every_node_of_a_network_that_is_not_sound_can_be_selected_and_removed(name, open_app, sound):
    net = broken_networks()[name]
    at = open_app("build", Recipe(net))
    assert recipe_of(at).network == net
    for node in net.nodes:
        sound(at.button(key=f"select/{node.id}").click().run())
    for node in net.nodes:
        at.button(key=f"select/{node.id}").click().run()
        sound(at.button(key="remove").click().run())
    assert recipe_of(at).network.nodes == ()
