"""What keeps a recipe from being trained: one sentence each, and a fix that works where one is offered."""

import pytest
from small_runs import digits_recipe, plane_network, plane_recipe, regression_recipe

from explorer import network, training, zoo
from explorer.document import Edge, Node, chain
from explorer.network.edit import set_param
from explorer.recipe import Chosen, Recipe


@pytest.mark.parametrize("name", zoo.trainable())
def test_every_recipe_of_the_zoo_can_be_trained(name):
    assert training.problems(zoo.recipe(name)) == []


def two_inputs():
    net = plane_network()
    return net.with_(nodes=(*net.nodes, Node("second", "input", {"shape": [8]}), Node("add1", "add", {}),
                            Node("last", "linear", {"out_features": 2})),
                     edges=(*net.edges[:2], Edge("tanh1", "add1"), Edge("second", "add1", 0, 1),
                            Edge("add1", "linear2")),
                     outputs=("linear2",))


def three_classes():
    return plane_recipe().with_(network=set_param(plane_network(), "linear2", "out_features", 3))


def no_weights():
    return chain("None", ("input", "input", {"shape": [2]}), ("tanh1", "tanh", {}))


@pytest.mark.parametrize(("recipe", "address", "words"), [
    (plane_recipe().with_(data=Chosen("circels")), "data", "Did you mean circles"),
    (plane_recipe().with_(data=Chosen("circles", {"noise": "loud"})), "data", "must be a number"),
    (plane_recipe().with_(data=Chosen("circles", {"loudness": 1})), "data", "no setting called"),
    (plane_recipe().with_(task="regression"), "task", "asks for Classification"),
    (plane_recipe().with_(data=Chosen("digits")), "input", "The network takes 2 numbers"),
    (digits_recipe().with_(data=Chosen("circles")), "input", "The network takes 1×8×8 images"),
    (three_classes(), "linear2", "has 2 classes, so the network must end in 2 numbers; it ends in 3"),
    (plane_recipe().with_(data=Chosen("linear"), task="regression"), "linear2", "one number at the end"),
    (regression_recipe().with_(network=no_weights()), "network", "no weights"),
])
def test_a_mismatch_is_one_sentence_at_its_place(recipe, address, words):
    found = training.problems(recipe)
    assert address in {problem.address for problem in found}
    assert any(words in str(problem.message) for problem in found), [str(problem) for problem in found]
    assert all(str(problem.message).endswith((".", "?")) for problem in found)


def test_a_network_with_two_inputs_is_refused_in_words():
    net = two_inputs().with_(nodes=tuple(node for node in two_inputs().nodes if node.id != "last"))
    assert network.problems(net) == []
    (problem,) = training.problems(plane_recipe().with_(network=net))
    assert "one input and one output; this network has 2 and 1" in str(problem.message)


def test_problems_of_the_network_come_first():
    broken = plane_network().with_(edges=plane_network().edges[:-1])
    assert training.problems(plane_recipe().with_(network=broken))[0] == network.problems(broken)[0]


def mended(recipe: Recipe) -> Recipe:
    """The recipe after every fix that is offered, one after the other."""
    for _ in range(5):
        fixes = [problem.fix for problem in training.problems(recipe) if problem.fix]
        if not fixes:
            return recipe
        recipe = recipe.with_(network=network.apply(recipe.network, fixes[0]))
    raise AssertionError("fixes without an end")


@pytest.mark.parametrize("recipe", [
    plane_recipe().with_(data=Chosen("digits")), three_classes(),
    plane_recipe().with_(data=Chosen("linear"), task="regression"), zoo.recipe("mlp").with_(data=Chosen("circles")),
    zoo.recipe("softmax_regression").with_(data=Chosen("diabetes"), task="regression")])
def test_the_fixes_offered_lead_to_a_recipe_that_trains(recipe, trained):
    assert training.problems(recipe)
    recipe = mended(recipe.with_(epochs=1, device="cpu"))
    assert training.problems(recipe) == []
    assert trained(recipe)[1].state == "finished"


def test_no_fix_is_offered_that_would_only_break_the_network_elsewhere():
    recipe = zoo.recipe("lenet").with_(data=Chosen("circles"))
    found = {problem.address: problem for problem in training.problems(recipe)}
    assert found["input"].fix is None
    assert found["linear3"].fix
