"""Cross-validation: the folds partition the samples, the runs know each other, mean and spread are right."""

import shutil
from dataclasses import replace

import pytest
import torch
from small_runs import plane_recipe

from explorer import data
from explorer.recipe import Chosen
from explorer.spec import BadValue
from explorer.training import RunStore, Session, load_parts, problems
from explorer.training.runs.status import CRASHED, FINISHED, STOPPED, Status
from explorer.training.work.folds import FILE_NAME, create_folds, fold_recipes, folds_of, spread, spreads, statuses_of


def rows(samples):
    return sorted(map(tuple, samples.inputs.flatten(1).tolist()))


@pytest.mark.parametrize("folds", [2, 3, 7, 100])
def test_the_folds_hold_every_training_sample_exactly_once(folds):
    recipe = plane_recipe(seed=3)
    whole, test = data.load("circles")
    held = []
    for each in fold_recipes(recipe, folds):
        parts = load_parts(each)
        assert rows(parts.train) == sorted(set(rows(whole)) - set(rows(parts.validation)))
        assert len(parts.train) + len(parts.validation) == len(whole)
        assert torch.equal(parts.test.inputs, test.inputs)
        held.append(parts.validation)
    assert sorted(row for part in held for row in rows(part)) == rows(whole)
    sizes = [len(part) for part in held]
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_draws_the_folds_and_touches_no_other_draw():
    first, again, other = (data.split_fold(data.load("circles")[0], 4, 2, seed)[1].inputs for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    data.split_fold(data.load("circles")[0], 4, 2, seed=5)
    assert torch.equal(torch.get_rng_state(), state)


def test_folds_that_cannot_be_are_told():
    few = data.load("xor", {"samples": 10})[0].take(slice(3))
    with pytest.raises(BadValue, match="3 samples cannot be split"):
        data.split_fold(few, 4, 1, seed=0)
    assert [problem.address for problem in problems(plane_recipe(folds=3, fold=4))] == ["fold"]
    assert problems(plane_recipe(folds=4, fold=4)) == []
    assert problems(plane_recipe(fold=4)) == []
    for folds in (1, 101):
        with pytest.raises(BadValue):
            fold_recipes(plane_recipe(), folds)


def test_without_folds_a_recipe_splits_as_it_always_did():
    recipe = plane_recipe()
    old = recipe.to_dict()
    del old["folds"], old["fold"]  # as an older version wrote it
    assert type(recipe).from_dict(old) == recipe
    kept, held = data.split_validation(data.load("circles")[0], recipe.validation_share, recipe.seed)
    parts = load_parts(recipe)
    assert torch.equal(parts.validation.inputs, held.inputs)
    assert torch.equal(parts.train.inputs, kept.inputs)
    assert recipe.holds_out
    assert not recipe.with_(validation_share=0).holds_out
    assert recipe.with_(validation_share=0, folds=2).holds_out


def test_a_set_trains_is_found_from_each_of_its_runs_and_again_after_a_restart(store):
    runs = create_folds(store, plane_recipe(epochs=1), 3, owner="ann")
    statuses = [Session(run).execute() for run in runs]
    again = RunStore(store.folder)
    for run in runs:
        found = folds_of(again, again.open(run.id))
        assert [each.id for each in found] == [each.id for each in runs]
        assert [each.recipe.fold for each in found] == [1, 2, 3]
        assert run.owner == "ann"
    values = [status.summary["val_accuracy"] for status in statuses]
    mean = sum(values) / 3
    deviation = (sum((value - mean) ** 2 for value in values) / 2) ** 0.5
    found = spreads(statuses)["val_accuracy"]
    assert (found.mean, found.deviation, found.count) == (pytest.approx(mean), pytest.approx(deviation), 3)
    runs[1].delete()
    assert [each.id for each in folds_of(again, runs[0])] == [runs[0].id, runs[2].id]


def test_only_finished_runs_count_and_one_alone_has_no_spread():
    statuses = [Status(FINISHED, summary={"val_accuracy": 0.5, "val_loss": 1.0}), Status(CRASHED),
                Status(STOPPED, summary={"val_accuracy": 0.9, "val_loss": 3.0}),
                Status(FINISHED, summary={"val_accuracy": None, "val_loss": 2.0})]
    found = spreads(statuses)
    assert found["val_accuracy"] == replace(spread([0.5]), deviation=None)
    assert (found["val_loss"].mean, found["val_loss"].count) == (1.5, 2)
    assert found["val_loss"].deviation == pytest.approx(0.5 ** 0.5)
    assert spreads([]) == {}


@pytest.mark.parametrize("content", ["", "{", "7", "[]", '{"runs": 3}', '{"runs": ["../.."]}', '{"runs": [null]}'])
def test_a_damaged_file_of_a_set_is_no_set(store, content):
    run = store.create(plane_recipe())
    assert folds_of(store, run) == []
    (run.folder / FILE_NAME).write_text(content)
    assert folds_of(store, run) == []


def test_a_full_disk_leaves_no_half_a_set(store, monkeypatch):
    create, made = RunStore.create, []

    def two_then_full(self, *args):
        if len(made) == 2:
            raise OSError(28, "No space left on device")
        made.append(create(self, *args))
        return made[-1]

    monkeypatch.setattr(RunStore, "create", two_then_full)
    with pytest.raises(OSError):
        create_folds(store, plane_recipe(), 3)
    assert len(made) == 2
    assert store.list() == []


def test_a_damaged_recipe_is_not_what_a_set_trips_over(store):
    runs = create_folds(store, plane_recipe(), 2)
    shutil.copy(__file__, runs[1].folder / "recipe.json")
    assert len(folds_of(store, runs[0])) == 2
    assert [run.id for run, _status in statuses_of(folds_of(store, runs[0]))] == [runs[0].id]


def test_labels_of_a_fold_are_noisy_in_the_training_part_alone():
    recipe = plane_recipe(folds=2, fold=1).with_(data=Chosen("circles"), label_noise=1.0)
    clean = load_parts(recipe.with_(label_noise=0.0))
    assert torch.equal(load_parts(recipe).validation.targets, clean.validation.targets)
    assert not torch.equal(load_parts(recipe).train.targets, clean.train.targets)
