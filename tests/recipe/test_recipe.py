"""The experiment as one document: read, refused in words, changed, written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.document import DocumentError
from explorer.network.initialize import DRAWS
from explorer.recipe import INITIALIZATIONS, OPTIMIZERS, SETTINGS, Chosen, Recipe, choose
from explorer.spec import BadValue, UnknownName

LENET = zoo.recipe("lenet")


def changed(**changes: Any) -> dict[str, Any]:
    return {**LENET.to_dict(), **changes}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
@pytest.mark.parametrize("init", INITIALIZATIONS.names())
def test_a_recipe_survives_its_json(tmp_path: Path, optimizer: str, init: str) -> None:
    recipe = LENET.with_optimizer(optimizer).with_(init=Chosen(init), threads=2, extra={"by": "me"},
                                                   data=Chosen("xor", {"noise": 0.1}))
    recipe.save(tmp_path / "recipe.json")
    again = Recipe.load(tmp_path / "recipe.json")
    assert again == recipe
    assert again.to_dict() == json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))


def test_a_recipe_of_a_network_alone_takes_every_default() -> None:
    recipe = Recipe.from_dict({"format": "layerscope/recipe", "version": 1, "network": zoo.get("mlp").to_dict()})
    assert recipe == Recipe(zoo.get("mlp"))
    assert {spec.name: getattr(recipe,
                               spec.name) for spec in SETTINGS} == {spec.name: spec.default for spec in SETTINGS}


@pytest.mark.parametrize(("document", "sentence"), [
    ([], "A recipe is a JSON object, not a list."),
    (zoo.get("lenet").to_dict(), 'This is not a recipe: its "format" should be "layerscope/recipe".'),
    (changed(version=7), "This recipe has version 7; this Layerscope reads versions up to 2."),
    ({"format": "layerscope/recipe", "version": 1}, 'The recipe has no "network".'),
    (changed(network=None), "A network is a JSON object, not null."),
    (changed(data="digits"), '"data" in a recipe should be an object with a "name".'),
    (changed(optimizer={"name": "adm"}), "There is no optimizer called adm. Did you mean adam?"),
    (changed(optimizer={"name": "sgd", "lr": "fast"}), "Learning rate must be a number, not 'fast'."),
    (changed(optimizer={"name": "sgd", "beta1": 0.9}), "There is no setting called 'beta1'."),
    (changed(init={"name": "xavier"}), "There is no initialization called xavier. Did you mean xavier_normal?"),
    (changed(epochs=0), "Epochs must be between 1 and 100,000, not 0."),
    (changed(epochs=True), "Epochs must be a number, not True."),
    (changed(seed=10**400), "Seed must be a finite number."),
    (changed(device="tpu"), "Device must be one of auto, cpu, cuda, mps, not 'tpu'."),
    (changed(x=float("nan")), "This JSON has a number that is infinite, undefined or far too long."),
    (changed(x=object()), "A document can only hold JSON: text, numbers, true, false, null, lists and objects."),
], ids=range(16))
def test_a_wrong_recipe_is_refused_in_one_sentence(document: Any, sentence: str) -> None:
    with pytest.raises(DocumentError) as error:
        Recipe.from_dict(document)
    assert str(error.value) == sentence


@pytest.mark.parametrize(("path", "typed", "value"), [
    ("epochs", "3", 3), ("batch_size", "256", 256), ("deterministic", "off", False), ("threads", "2", 2),
    ("device", "cpu", "cpu"),
])
def test_a_setting_is_changed_as_typed(path: str, typed: str, value: Any) -> None:
    recipe = LENET.with_typed(path, typed)
    assert getattr(recipe, path) == value
    assert recipe.to_dict()[path] == value
    assert getattr(LENET, path) != value
    assert recipe.with_typed("threads", "none").threads is None


def test_an_optimizer_or_initialization_is_changed_as_typed() -> None:
    recipe = LENET.with_typed("optimizer.lr", "0.1").with_typed("init.name", "xavier_uniform")
    assert recipe.optimizer == choose(OPTIMIZERS, "adam", {"lr": 0.1})
    assert recipe.with_typed("optimizer.name", "adam") == recipe, "its own name changes nothing"
    sgd = recipe.with_typed("optimizer.name", "sgd").with_typed("optimizer.lr", "0.9")
    assert sgd.optimizer == choose(OPTIMIZERS, "sgd", {"lr": 0.9})
    assert sgd.init == Chosen("xavier_uniform", {"gain": 1.0})


def test_the_data_set_and_its_settings_are_changed_as_typed() -> None:
    recipe = LENET.with_typed("data.name", "xor").with_typed("data.noise", "0.2").with_typed("data.kind", "x y")
    assert recipe.data == Chosen("xor", {"noise": 0.2, "kind": "x y"})


@pytest.mark.parametrize(("path", "typed", "sentence"), [
    ("epoch", "3", "A recipe has no setting called epoch. Did you mean epochs?"),
    ("optimiser.lr", "3", "A recipe has no setting called optimiser.lr. Did you mean optimizer.lr?"),
    ("optimizer.momentun", "3", "Adam has no setting called momentun."),
    ("optimizer.bta1", "0.5", "Adam has no setting called bta1. Did you mean beta1?"),
    ("optimizer.name", "sgdd", "There is no optimizer called sgdd. Did you mean sgd?"),
    ("optimizer.lr", "-1", "Learning rate must be between 0 and 1,000,000, not -1."),
    ("init.name", "kaiming_unform", "There is no initialization called kaiming_unform. Did you mean kaiming_uniform?"),
    ("init.lr", "1", "PyTorch's default has no setting called lr."),
    ("epochs", "many", "Epochs must be a number, not 'many'."),
    ("network.name", "x", "A recipe has no setting called network.name."),
])
def test_what_is_typed_wrongly_is_refused_in_one_sentence(path: str, typed: str, sentence: str) -> None:
    with pytest.raises(BadValue) as error:
        LENET.with_typed(path, typed)
    assert str(error.value).startswith(sentence)


def test_changes_by_name_are_checked_and_unknown_attributes_are_no_settings() -> None:
    assert LENET.with_(epochs=2, network=zoo.get("mlp")).network == zoo.get("mlp")
    with pytest.raises(BadValue):
        LENET.with_(epochs="2")
    with pytest.raises(BadValue, match="Did you mean epochs"):
        LENET.with_(epoch=2)
    with pytest.raises(UnknownName):
        choose(OPTIMIZERS, "nosuch", {})
    with pytest.raises(AttributeError):
        _ = LENET.nosuch


def test_every_initialization_a_recipe_may_name_can_be_drawn() -> None:
    assert set(DRAWS) == set(INITIALIZATIONS.names())
