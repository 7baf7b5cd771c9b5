"""A rule of the recipe gets another version: what was recorded, or is stored, keeps the meaning it had."""

import json
from dataclasses import replace

import pytest
import torch
from comparing import assert_same_run, stop_at
from small_runs import plane_recipe

from explorer.doctor.cures import WEIGHT_DECAY, another_seed
from explorer.network.initialize import DRAWN_WEIGHTS
from explorer.recipe import RULES, Chosen, Recipe
from explorer.recipe.link import pack_recipe, unpack_recipe
from explorer.training import Session
from explorer.training.loop.parts import SCALINGS, SPLITS, load_parts
from explorer.training.records.checkpoints import load_frame
from explorer.training.records.metrics import read_facts
from explorer.training.runs.origin import Origin, create_twin
from explorer.training.work.folds import create_folds
from explorer.training.work.fork import fork
from explorer.training.work.recorder import KEPT_WEIGHTS
from explorer.workspace.draft_store import Draft, DraftStore

TABLES = {"split": SPLITS, "scaling": SCALINGS, "initialization": DRAWN_WEIGHTS, "kept_weights": KEPT_WEIGHTS}


def last_held_out(recipe, samples):
    count = round(len(samples) * recipe.validation_share)
    return samples.take(slice(0, len(samples) - count)), samples.take(slice(len(samples) - count, None))


def halved(recipe, samples):
    return replace(samples, inputs=samples.inputs / 2)


def keep_first(recorder, has_finished):
    if has_finished:
        recorder._trainer.model.load_state_dict(load_frame(recorder._run.frames_folder, 0))
        recorder.keep_state()


SECOND = {"split": last_held_out, "scaling": halved, "initialization": lambda module: iter(()),
          "kept_weights": keep_first}


@pytest.fixture
def raised(monkeypatch):
    """Give a rule its version 2: one more sentence, and one more function."""
    def add(name):
        rule = RULES.get(name)
        monkeypatch.setitem(RULES._entries, name, replace(rule, meanings=(*rule.meanings, "Another.")))
        monkeypatch.setitem(TABLES[name], 2, SECOND[name])
    return add


def recipe_now():
    """A recipe as somebody makes it now, with whatever version of the rules is the newest."""
    return plane_recipe().with_(init=Chosen("xavier_normal"))


def test_every_version_of_every_rule_has_its_function():
    assert {name: sorted(table) for name, table in TABLES.items()} == {
        rule.name: list(range(1, rule.newest + 1)) for rule in RULES}


@pytest.mark.parametrize("rule", TABLES)
def test_an_old_recipe_trained_afresh_and_a_run_continued_keep_version_1_and_a_new_recipe_takes_2(
        store, trained, raised, rule):
    old = recipe_now()
    whole, _ = trained(old)
    stopped = store.create(old)
    stop_at(stopped, 20, kill=False)
    document = {name: value for name, value in old.to_dict().items() if name != "rules"}
    raised(rule)

    afresh, _ = trained(Recipe.from_dict({**document, "version": 1}))
    assert_same_run(whole, afresh)
    again = store.open(stopped.id)
    assert Session(again).execute().state == "finished"
    assert_same_run(whole, again)
    assert read_facts(again.metrics_path)["rules"][rule] == 1

    new, status = trained(recipe_now())
    assert status.state == "finished"
    assert read_facts(new.metrics_path)["rules"] == {**old.rules, rule: 2}
    with pytest.raises(AssertionError):
        assert_same_run(whole, new)


def test_version_2_of_a_rule_is_what_the_recipe_says_and_not_what_is_newest(raised):
    raised("split")
    first, second = recipe_now().with_(rules={**recipe_now().rules, "split": 1}), recipe_now()
    assert torch.equal(load_parts(second).validation.inputs, load_parts(recipe_now()).validation.inputs)
    assert not torch.equal(load_parts(first).validation.inputs, load_parts(second).validation.inputs)


@pytest.mark.parametrize("rule", TABLES)
def test_forks_folds_twins_drafts_and_links_carry_the_versions_that_a_recipe_has(
        store, trained, raised, tmp_path, rule):
    old = recipe_now()
    parent, _ = trained(old)
    raised(rule)
    kept = [fork(store, parent, 0, parent.recipe.with_optimizer("sgd", lr=0.01)).recipe,
            *(run.recipe for run in create_folds(store, parent.recipe, 2)),
            *(create_twin(store, cure.change(parent.recipe), Origin(parent.id)).recipe
              for cure in (WEIGHT_DECAY, another_seed(7))),
            unpack_recipe(pack_recipe(parent.recipe)), parent.recipe.with_typed("optimizer.lr", "0.3")]
    drafts = DraftStore(tmp_path / "drafts")
    drafts.save(Draft("a" * 32, parent.recipe), "tab", 0)
    version = drafts.keep_version("a" * 32, "kept", parent.recipe)
    kept += [drafts.load("a" * 32).draft.recipe, drafts.load_version("a" * 32, version.number)]
    assert [recipe.rules for recipe in kept] == [old.rules] * len(kept)
    assert json.loads((parent.folder / "recipe.json").read_text())["rules"] == old.rules
