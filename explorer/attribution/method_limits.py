"""Refusals of networks that a method would be wrong on, with what to take instead; none needs a model."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.text import Text, text

AT_ATTENTION = text("Attention multiplies values that both depend on the input, for which this method has no rule: its "
                    "sum would be wrong. Take integrated gradients instead.")
AT_RECURRENCE = text("A recurrent layer multiplies and adds values step by step inside, where this method cannot put "
                     "its rules: its sum would be wrong. Take integrated gradients instead.")
AT_MERGES = text("Where branches are added or multiplied, this method would count their values twice. Take DeepLift or "
                 "integrated gradients instead.")
NO_LOSS = text("This method shares out a number that is a sum of outputs, which the loss is not. Choose a class, or "
               "take integrated gradients.")
NO_RELU = text("Guided backprop changes the gradient at ReLUs, and this network has none: it would be the plain "
               "gradient. Take saliency instead.")
NO_PLACES = text("No layer of this network keeps places, such as the pixels of a map or the tokens of a row, so there "
                 "is no map of them. Take saliency or integrated gradients instead.")
NO_PICTURE = text("This method lays a map over a picture, and this network's input is none. Take guided backprop or "
                  "Grad-CAM instead.")

_ATTENTION = ("attention_scores", "additive_scores", "attention_mix", "linear_attention")
_RECURRENCE = ("rnn", "lstm", "gru")
_MERGES = ("add", "multiply", "scaled_residual", "spatial_sampler")
_NO_RULE = ("layer_norm", "layer_norm2d", "rms_norm", "group_norm", "instance_norm2d", "softmax", "log_softmax",
            "roi_align")


def no_rule(name: str) -> Text:
    """Explain that relevance has no rule for a kind of layer."""
    return text("LRP has no rule for {name}. Take DeepLift or integrated gradients instead.",
                name=name.replace("_", " "))


def refuses_deep_lift(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network that attends or recurs.

    >>> from explorer import network, zoo
    >>> refuses_deep_lift(zoo.ZOO.get("lenet").original_recipe, network.analyze(zoo.get("lenet"))) is None
    True
    """
    blocks = set(_blocks(recipe.network, analysis))
    if blocks & set(_ATTENTION):
        return AT_ATTENTION
    return AT_RECURRENCE if blocks & set(_RECURRENCE) else None


def refuses_relevance(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network with layers that relevance has no rule for."""
    blocks = list(_blocks(recipe.network, analysis))
    if refusal := refuses_deep_lift(recipe, analysis):
        return refusal
    if set(blocks) & set(_MERGES):
        return AT_MERGES
    return next((no_rule(block) for block in blocks if block in _NO_RULE), None)


def refuses_without_relu(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network without a ReLU."""
    return None if "relu" in _blocks(recipe.network, analysis) else NO_RELU


def refuses_without_places(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network of which no layer but the input keeps places, or only those that a recurrent layer reads."""
    if set(_blocks(recipe.network, analysis)) & set(_RECURRENCE):
        return NO_PLACES
    inputs = {node_id for node_id in analysis.order if recipe.network.node(node_id).block == "input"}
    shapes = (shape for address, shape in analysis.shapes.items() if address not in inputs)
    return None if any(len(shape) in (2, 3) and _places(shape) > 1 for shape in shapes) else NO_PLACES


def refuses_guided_map(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Refuse a network without a ReLU or without places, and one whose input is no picture."""
    shapes = [analysis.shapes.get(each, ()) for each in analysis.order if recipe.network.node(each).block == "input"]
    refused = refuses_without_relu(recipe, analysis) or refuses_without_places(recipe, analysis)
    return refused or (None if all(len(shape) == 3 for shape in shapes) else NO_PICTURE)


def _places(shape: tuple[int, ...]) -> int:
    return shape[1] * shape[2] if len(shape) == 3 else shape[0]


def _blocks(net: object, analysis: Analysis) -> Iterator[str]:
    """Yield the name of each node's block, at any depth."""
    for node_id in analysis.order:
        yield net.node(node_id).block
        if opened := analysis.inside.get(node_id):
            yield from _blocks(opened.net, opened.analysis)
