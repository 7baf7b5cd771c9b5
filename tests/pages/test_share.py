"""Share: an address that opens a recipe on Train, once; and what a damaged one says."""

from __future__ import annotations

import pytest

from explorer import zoo
from explorer.document import chain
from explorer.recipe import Recipe
from explorer.recipe.link import PARAMETER, pack_recipe
from explorer.training import RunStore
from explorer.ui.session import draft, state

RECIPE = zoo.recipe("lenet_relu").with_(epochs=7, seed=3)


@pytest.fixture
def open_link(open_app):
    """`open_link("...")` -> Train, opened with that recipe in its address."""
    def visit(packed: str):
        at = open_app("train")
        at.query_params[PARAMETER] = packed
        return at.run()

    return visit


def drafts() -> list[str]:
    return sorted(path.stem for path in (RunStore().folder / "drafts").glob("*.json"))


def shown(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.error, *at.warning, *at.info, *at.caption])


def test_an_address_opens_its_recipe_ready_to_train_and_a_reload_makes_no_other_draft(open_link, open_app, sound):
    at = sound(open_link(pack_recipe(RECIPE)))
    assert at.session_state[state.DRAFT.key].recipe == RECIPE
    assert not at.button(key="start").disabled
    assert PARAMETER not in at.query_params
    (made,) = drafts()
    assert at.query_params[state.NET_PARAMETER] in (made, [made])
    sound(open_app("train", net=made))
    at.query_params[PARAMETER] = pack_recipe(RECIPE)  # the browser's way back
    sound(at.run())
    assert drafts() == [made]
    assert at.session_state[state.DRAFT.key].id == made


def test_another_address_is_another_draft_and_leaves_the_run_that_was_shown(open_app, sound, finished):
    run = finished()
    at = open_app("train", run.recipe, run=run.id)
    at.query_params[PARAMETER] = pack_recipe(RECIPE)
    sound(at.run())
    assert at.session_state[state.DRAFT.key].recipe == RECIPE
    assert at.session_state[state.RUN.key] is None


def test_the_address_that_is_shared_holds_the_recipe_as_it_is_now(open_app, sound):
    at = open_app("train", RECIPE)
    (address,) = [code.value for code in at.code if f"/train?{PARAMETER}=" in code.value]
    assert address.endswith(pack_recipe(RECIPE))
    field = next(widget for widget in at.number_input if widget.label == "Epochs")
    sound(field.set_value(4).run())
    (address,) = [code.value for code in at.code if f"/train?{PARAMETER}=" in code.value]
    assert address.endswith(pack_recipe(RECIPE.with_(epochs=4)))


def test_a_network_too_large_for_an_address_says_to_send_the_file(open_app, sound):
    steps = [(f"layer{i}", "linear", {"out_features": (i * i * 7919) % 97 + 1}) for i in range(700)]
    large = Recipe(chain("Long", ("input", "input", {"shape": [2]}), *steps))
    at = sound(open_app("train", large))
    assert "too large for an address" in shown(at)
    assert not [code for code in at.code if PARAMETER in code.value]


@pytest.mark.parametrize("link", ["", "abc", "🙈", pack_recipe(RECIPE)[:-7], "A" * 9000])
def test_a_damaged_address_is_one_sentence_and_makes_nothing(open_link, sound, link):
    at = sound(open_link(link))
    assert [error.value.startswith("The recipe in this address") for error in at.error] == [True]
    assert drafts() == []


def test_a_full_disk_is_told(open_link, sound, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(draft, "open_recipe", full)
    assert "No space left on device" in shown(sound(open_link(pack_recipe(RECIPE))))
