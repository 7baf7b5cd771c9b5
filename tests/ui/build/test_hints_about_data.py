"""A network that is opened as it is, for no data in particular, is not told to change for data that nobody chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer import network, training, zoo
from explorer.document import Network
from explorer.recipe import Chosen, Recipe
from explorer.ui.build.problems import find_problems, fits_no_data, misfit_origin
from explorer.ui.session.view import View
from explorer.workspace.draft_store import Draft, DraftStore
from explorer.zoo import Entry


def hints(recipe: Recipe, origin: str) -> dict:
    return find_problems(View((), recipe.network, network.analyze(recipe.network)), recipe, origin)


@pytest.mark.parametrize("entry", zoo.ZOO, ids=lambda entry: entry.name)
def test_an_original_has_no_hints_about_data(entry: Entry) -> None:
    recipe = entry.original_recipe
    assert hints(recipe, entry.name) == {}
    assert (misfit_origin(recipe, entry.name) is None) == (training.problems(recipe) == [])


def test_it_is_stated_to_fit_no_data_only_where_none_fit() -> None:
    assert {entry.name for entry in zoo.ZOO if fits_no_data(entry.name)} == {
        "vgg16", "resnet18", "resnet34", "resnet50", "vit_b_16", "swin_t",
        "fcn_resnet18", "dcgan_generator", "dcgan_discriminator"}
    assert misfit_origin(zoo.ZOO.get("perceptron").original_recipe, "perceptron")  # the digits, not the numbers


def test_where_a_network_came_from_is_kept_with_it(tmp_path: Path) -> None:
    store = DraftStore(tmp_path)
    store.save(Draft("d" * 32, zoo.ZOO.get("vgg16").original_recipe, origin="vgg16"), "writer", 0, str)
    assert store.load("d" * 32).draft.origin == "vgg16"


def test_hints_come_back_once_data_are_chosen_or_where_the_network_was_made_here() -> None:
    recipe = zoo.ZOO.get("resnet18").original_recipe
    assert hints(recipe, "resnet18") == {}
    assert "linear1" in hints(recipe, "")
    assert "linear1" in hints(recipe.with_(data=Chosen("mnist")), "resnet18")
    assert "linear3" in hints(Recipe(network.edit.set_param(zoo.get("lenet"), "linear3", "out_features", 7)), "lenet")
    assert misfit_origin(Recipe(Network()), "no network of the zoo") is None


def test_problems_of_the_network_itself_are_shown_wherever_it_came_from() -> None:
    recipe = zoo.ZOO.get("resnet18").original_recipe
    broken = recipe.with_(network=network.edit.remove(recipe.network, "flatten"))
    assert any(not one.is_hint for found in hints(broken, "resnet18").values() for one in found)
