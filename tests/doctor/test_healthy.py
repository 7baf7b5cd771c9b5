"""Healthy runs: the doctor finds no problem in any kind of network, and reports when it is too early."""

import numpy as np
import pytest
from faulty_runs import deep, digits, names, only

from explorer import zoo
from explorer.doctor import RULES, gather
from explorer.doctor.checkup import check_up
from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.training.records.metrics import read_epochs

HEALTHY = ("lenet_relu", "mlp", "playground", "linear_regression", "logistic_regression", "softmax_regression")


@pytest.mark.parametrize("name", HEALTHY)
def test_a_recipe_of_the_zoo_is_healthy(examine, name):
    recipe = zoo.recipe(name).with_(threads=1, device="cpu")
    _, findings = examine(recipe.with_(epochs=min(recipe.epochs, 40 if name == "playground" else 8)))
    assert names(findings) == []
    assert names(findings, "watch") == []


def test_a_network_that_ends_in_one_number_for_two_classes_is_checked_up(examine):
    net = chain("Moons", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 16}),
                ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 1}))
    recipe = Recipe(net, data=Chosen("moons")).with_optimizer("adam", lr=0.02).with_(
        task="binary", epochs=8, threads=1, device="cpu")
    run, findings = examine(recipe)
    assert names(findings) == []
    confusion = gather(run).last.confusion
    assert confusion.shape == (2, 2)
    accuracy = read_epochs(run.metrics_path)[-1].value("validation", "accuracy")
    assert np.trace(confusion) / confusion.sum() == pytest.approx(accuracy)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet", "lenet_batch_norm", "row_lstm", "tiny_vgg", "spatial_transformer_cnn"])
def test_a_larger_recipe_of_the_zoo_has_no_severe_problem(examine, name):
    assert names(examine(zoo.recipe(name).with_(threads=1, device="cpu"))[1]) == []


def test_after_five_steps_it_is_too_early_to_judge(examine):
    finding = only(examine(digits(deep(2, "relu"), batch_size=300, epochs=1))[1])
    assert finding.rule == "too_early"
    assert "5 steps" in str(finding.sentence)
    assert finding.cures == ()


def test_layers_inside_blocks_of_blocks_are_named_by_address(examine):
    body = chain("body", ("input", "input", {}), ("conv1", "conv2d", {"out_channels": 4}), ("relu1", "relu", {}))
    net = chain("Nested", ("input", "input", {"shape": [1, 8, 8]}), ("block1", "composite", {"definition": "body"}),
                ("residual1", "residual", {}), ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": 10}),
                definitions={"body": body})
    run, _ = examine(digits(net, epochs=2))
    layers = gather(run).last.layers
    assert "block1.conv1" in layers.addresses
    assert np.isfinite(layers.column("spread")[list(layers.addresses).index("block1.relu1")])


@pytest.mark.parametrize("name", [n for n in zoo.trainable() if zoo.ZOO.get(n).recipe.data.name == "digits"
                                  and zoo.costs(n).parameters < 1e6])
def test_a_check_up_works_for_every_small_network_of_the_zoo(name):
    from explorer import network, tasks
    from explorer.training import load_parts

    recipe = zoo.recipe(name)
    parts = load_parts(recipe)
    few = parts.train.take(slice(0, 16))
    found = check_up(network.build(recipe.network), few, few, tasks.learner(recipe))
    assert found.first_bad == ""
    assert np.isfinite(found.layers.column("spread")).sum() > 2
    assert found.confusion.sum() == 16


def test_no_two_rules_share_a_name_and_hidden_ones_exist():
    known = [rule.name for rule in RULES]
    assert len(set(known)) == len(known)
    assert {name for rule in RULES for name in rule.hides} <= set(known)
