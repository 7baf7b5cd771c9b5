"""Training on one's own images and tables, from the file to the test accuracy."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data"))  # for own_files

from own_files import csv_of, picture, zipped
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression

from explorer import data, tasks, training
from explorer.data import own
from explorer.data.own import images, tables
from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.training.loop.parts import load_parts
from explorer.training.runs.status import LIVE_STATES
from explorer.training.work.session import train


@pytest.fixture(autouse=True)
def shelf(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))


def recipe_for(prepared, *steps, **settings):
    record = prepared.record
    net = chain("Own", ("input", "input", {"shape": list(record.shape)}), *steps,
                ("last", "linear", {"out_features": len(record.class_names) or 1}))
    settings = {"batch_size": 16, "threads": 1, "device": "cpu", **settings}
    chosen = Chosen("own", {"id": own.keep(prepared)})
    recipe = tasks.with_data(Recipe(net), chosen, data.get(chosen.name, chosen.params))
    return recipe.with_optimizer("adam", lr=0.02).with_(**settings)


def test_a_small_network_learns_iris_from_a_csv_file(store):
    points, kinds = load_iris(return_X_y=True)
    columns = {**dict(zip("abcd", points.T)), "kind": np.array(["x", "y", "z"])[kinds]}
    table = tables.read_table(csv_of(columns), "iris.csv")
    recipe = recipe_for(tables.prepare(table, "kind"), ("hidden", "linear", {"out_features": 16}),
                        ("relu1", "relu", {}), epochs=20)
    assert training.problems(recipe) == []
    run, status = train(recipe, store)
    assert status.state == "finished" and status.summary["test_accuracy"] >= 0.9
    assert run.recipe == recipe


def test_a_linear_network_finds_the_least_squares_solution_of_ones_own_table(store):
    values, targets = load_diabetes(return_X_y=True, scaled=False)
    table = tables.read_table(csv_of({**{f"x{i}": column for i, column in enumerate(values.T)}, "y": targets}), "d.csv")
    prepared = tables.prepare(table, "y")
    _, status = train(recipe_for(prepared, epochs=60, validation_share=0), store)
    (inputs, goals), (test_inputs, test_goals) = prepared.parts["train"], prepared.parts["test"]
    line = LinearRegression().fit(inputs, goals)
    best = float(((line.predict(test_inputs) - test_goals) ** 2).mean())
    assert status.state == "finished" and abs(status.summary["test_loss"] - best) < 0.1 * best


def test_a_small_convolutional_network_learns_ones_own_images(store):
    rs = np.random.RandomState(0)
    files = {}
    for index in range(40):
        for name, slope in (("left", 1), ("right", -1)):
            ramp = np.linspace(0, 200, 16)[::slope]
            values = ramp[None, :, None] + rs.randint(0, 50, (16, 16, 3))
            files[f"ramps/{name}/{index}.png"] = picture(values)
    prepared = images.read_images(zipped(files), "ramps.zip", 16)
    recipe = recipe_for(prepared, ("conv1", "conv2d", {"out_channels": 4}), ("relu1", "relu", {}),
                        ("flatten", "flatten", {}), epochs=6)
    assert training.problems(recipe) == []
    _, status = train(recipe, store)
    assert status.state == "finished" and status.summary["test_accuracy"] >= 0.9


def test_the_parts_a_run_trains_on_are_those_that_were_kept():
    table = tables.read_table(csv_of({"a": range(100), "kind": ["x", "y"] * 50}), "t.csv")
    prepared = tables.prepare(table, "kind")
    parts = load_parts(recipe_for(prepared, validation_share=0.25))
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (60, 20, 20)
    assert torch.equal(parts.test.inputs, torch.from_numpy(prepared.parts["test"][0]))
    both = torch.cat([parts.train.inputs, parts.validation.inputs]).sort(0).values
    assert torch.equal(both, torch.from_numpy(np.sort(prepared.parts["train"][0], 0)))


def test_a_worker_of_its_own_trains_on_ones_own_data(store, spawn):
    from small_runs import state_of, wait_for

    table = tables.read_table(csv_of({"a": range(100), "kind": ["x", "y"] * 50}), "t.csv")
    run = store.create(recipe_for(tables.prepare(table, "kind"), epochs=1))
    spawn(run)
    wait_for(lambda: state_of(run) not in LIVE_STATES)
    assert state_of(run) == "finished"


def test_a_run_whose_data_are_not_on_this_machine_ends_with_a_sentence(store, monkeypatch, tmp_path):
    table = tables.read_table(csv_of({"a": range(100), "kind": ["x", "y"] * 50}), "t.csv")
    recipe = recipe_for(tables.prepare(table, "kind"))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "elsewhere"))
    (problem,) = training.problems(recipe)
    assert problem.address == "data" and "not on this machine" in str(problem.message)
    _, status = train(recipe, store)
    assert status.state == "crashed" and "not on this machine" in str(status.reason)
    with pytest.raises(data.DataMissing):
        load_parts(recipe)
