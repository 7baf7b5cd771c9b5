"""The versions of a recipe's rules, and documents of earlier versions: `documents/` holds some of version 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.document import DocumentError, NewerDocument
from explorer.recipe import RULES, VERSION, Recipe
from explorer.recipe.link import pack_recipe, unpack_recipe
from explorer.recipe.migrations import migrate
from explorer.recipe.rules import newest_rules

DOCUMENTS = Path(__file__).parent / "documents"
OLD = sorted([*DOCUMENTS.glob("*.json"), *(DOCUMENTS.parents[1] / "old_runs").glob("*/recipe.json")])
FIRST = {"split": 1, "scaling": 1, "initialization": 1, "kept_weights": 1}
TODAY = zoo.recipe("playground").to_dict()


def with_rules(**versions: Any) -> dict[str, Any]:
    return {**TODAY, "rules": {**TODAY["rules"], **versions}}


def test_a_new_recipe_takes_the_newest_version_of_every_rule_and_writes_it_down() -> None:
    assert zoo.recipe("lenet").rules == newest_rules() == {rule.name: rule.newest for rule in RULES}
    assert TODAY["version"] == VERSION
    assert TODAY["rules"] == newest_rules()


@pytest.mark.parametrize("path", OLD, ids=lambda path: f"{path.parent.name[:8]}-{path.stem}")
def test_a_document_of_version_1_means_version_1_of_every_rule_and_keeps_all_else(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["version"] == 1
    recipe = Recipe.load(path)
    assert recipe.rules == FIRST
    written = recipe.to_dict()
    assert Recipe.from_dict(written) == recipe
    assert written.pop("rules") == FIRST
    assert {**written, "version": 1} == document


def test_a_link_of_version_1_opens() -> None:
    recipe = unpack_recipe((DOCUMENTS / "link.txt").read_text().strip())
    assert (recipe.network, recipe.folds, recipe.fold) == (zoo.recipe("playground").network, 5, 2)
    assert recipe.rules == FIRST
    assert unpack_recipe(pack_recipe(recipe)) == recipe


@pytest.mark.parametrize("path", OLD, ids=lambda path: f"{path.parent.name[:8]}-{path.stem}")
def test_migrating_twice_is_migrating_once_and_leaves_the_document_given_as_it_was(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    once = migrate(document)
    assert once["version"] == VERSION
    assert migrate(once) == once
    assert document == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("document", "sentence"), [
    ({**TODAY, "version": 1}, 'This recipe has version 1 and "rules", which came with version 2: only half of it was '
                              "brought to that version."),
    ({name: value for name, value in TODAY.items() if name != "rules"},
     '"rules" in a recipe should be an object with the version of each rule.'),
    ({**TODAY, "rules": 1}, '"rules" in a recipe should be an object with the version of each rule.'),
    ({**TODAY, "rules": {"split": 1, "initialization": 1}},
     'The "rules" of this recipe lack a version of Scaling, Kept weights.'),
    *((with_rules(split=version), f"The version of the rule Split in this recipe should be a whole number from 1 on, "
                                  f"not {found}.")
      for version, found in (("newest", "'newest'"), ("1", "'1'"), (True, "True"), (1.0, "1.0"), (0, "0"), (-1, "-1"),
                             (None, "None"), ([1], "[1]"))),
    *(({**TODAY, "version": version}, f"This recipe has version {found}; this Layerscope reads versions up to 2.")
      for version, found in (("two", "'two'"), (True, "True"), (2.0, "2.0"), (0, "0"), (-1, "-1"), (None, "None"))),
])
def test_a_half_migrated_recipe_or_a_version_that_is_none_is_one_sentence(
    document: dict[str, Any], sentence: str,
) -> None:
    with pytest.raises(DocumentError) as refusal:
        Recipe.loads(json.dumps(document))
    assert str(refusal.value) == sentence
    assert not isinstance(refusal.value, NewerDocument)


@pytest.mark.parametrize(("document", "sentence"), [
    ({**TODAY, "version": 3}, "This recipe has version 3; this Layerscope reads versions up to 2."),
    (with_rules(scaling=2),
     "This recipe follows version 2 of the rule Scaling; this Layerscope knows versions up to 1."),
    (with_rules(dropout=1), "This recipe follows a rule called 'dropout', which only a newer Layerscope knows."),
    ({**TODAY, "network": {**TODAY["network"], "version": 2}},
     "This network has version 2; this Layerscope reads versions up to 1."),
])
def test_a_recipe_of_a_newer_version_is_one_sentence_that_differs_from_damage(
    document: dict[str, Any], sentence: str,
) -> None:
    with pytest.raises(NewerDocument) as refusal:
        Recipe.from_dict(document)
    assert str(refusal.value) == sentence
