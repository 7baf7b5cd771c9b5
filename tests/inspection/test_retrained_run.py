"""Another run of the same recipe from another seed is found, and nothing else."""

from __future__ import annotations

import torch

from explorer import network, zoo
from explorer.inspection.retrained_run import find_retrained
from explorer.recipe import Recipe
from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import FrameKeeper

RECIPE = zoo.recipe("playground")


def kept(store: RunStore, recipe: Recipe, owner: str = "", steps: tuple[int, ...] = (0, 5)) -> Run:
    run = store.create(recipe, owner)
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in steps:
        keeper.keep(step, network.build(recipe.network, seed=step).state_dict())
    return run


def test_a_run_that_differs_by_its_seed_alone_is_found_with_its_last_weights(tmp_path):
    store = RunStore(tmp_path)
    run = kept(store, RECIPE)
    kept(store, RECIPE.with_(seed=1, epochs=RECIPE.epochs + 1))  # another recipe
    kept(store, RECIPE)  # the same seed
    kept(store, RECIPE.with_(seed=2), steps=())  # without weights
    assert find_retrained(store, run) is None
    kept(store, RECIPE.with_(seed=3, threads=1))
    found = find_retrained(store, run)
    assert found.seed == 3
    last = network.build(RECIPE.network, seed=5).state_dict()
    assert all(torch.equal(found.weights[name], value) for name, value in last.items())


def test_another_persons_run_and_a_damaged_one_are_left_alone(tmp_path):
    store = RunStore(tmp_path)
    run = kept(store, RECIPE, owner="anna")
    kept(store, RECIPE.with_(seed=1), owner="ben")
    damaged = kept(store, RECIPE.with_(seed=2), owner="anna")
    for file in damaged.frames_folder.iterdir():
        file.write_bytes(b"nothing")
    assert find_retrained(store, run) is None
