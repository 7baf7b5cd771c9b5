"""The menu of attribution methods: what fits, what is refused and why, what can be explained."""

from __future__ import annotations

import torch

from explorer import network, zoo
from explorer.attribution import METHODS
from explorer.probes import PROBES, Subject, compute_probe
from explorer.results import AttributionMenu


def menu_of(name: str, batch: torch.Tensor, **known: object) -> AttributionMenu:
    recipe = zoo.recipe(name)
    model = network.build(recipe.network, seed=0)
    return compute_probe(PROBES.get("attributions"), Subject(model, batch, recipe, **known), {})[0]


def test_every_method_is_offered_in_order_and_those_to_begin_with_fit():
    menu = menu_of("vit_digits", torch.rand(1, 1, 28, 28))
    assert [offer.name for offer in menu.methods] == [method.name for method in METHODS]
    refused = {offer.name for offer in menu.methods if str(offer.refused)}
    assert "deep_lift" in refused
    assert len(menu.first) == 4
    assert not refused & set(menu.first)


def test_the_options_of_a_form_are_those_of_the_method_without_what_all_share():
    menu = menu_of("lenet_relu", torch.rand(1, 1, 28, 28))
    offers = {offer.name: offer for offer in menu.methods}
    steps = offers["integrated_gradients"].options[0]
    assert (steps.name, steps.kind, steps.default, steps.is_whole) == ("steps", "number", 50, True)
    assert not {"target", "prepared", "samples"} & {each.name for offer in menu.methods for each in offer.options}
    assert "conv2" in next(each for each in offers["grad_cam"].options if each.name == "layer").options
    assert offers["deep_lift"].has_prepared_copy
    assert offers["integrated_gradients"].has_error
    assert not offers["saliency"].has_error


def test_spaces_of_a_text_are_visible_and_only_what_was_typed_is_named():
    names = tuple(" abcdefghijklmnopqrstuvwxyz.")
    menu = menu_of("char_rnn", torch.tensor([[0, 1, 2, 3] * 8]), class_names=names, tokens=3)
    assert menu.names == ("␣", "a", "b")
    assert menu.kind == "tokens"
    assert str(menu.by_itself).startswith("the predicted character: ")


def test_the_picture_of_an_image_lies_between_0_and_1_and_a_table_has_none():
    assert menu_of("lenet_relu", 3 * torch.randn(1, 1, 28, 28)).picture.max() <= 1
    assert menu_of("playground", torch.rand(1, 2), feature_names=("x1", "x2")).picture.size == 0


def test_a_longer_method_costs_more_than_a_shorter_one():
    costs = {offer.name: offer.cost_s for offer in menu_of("lenet_relu", torch.rand(1, 1, 28, 28)).methods}
    assert costs["saliency"] < costs["integrated_gradients"]
