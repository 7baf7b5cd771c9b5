"""Vanishing and exploding signals, made on purpose and measured independently."""

import gc
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from faulty_runs import deep, digits, names, only, sigmoids
from torch import nn
from torch.nn import functional as F

from explorer import network, tasks, zoo
from explorer.data import to_float
from explorer.doctor.checkup import check_up
from explorer.doctor.diagnosis import judge
from explorer.doctor.evidence import Evidence, gather
from explorer.doctor.finding import number
from explorer.doctor.nonfinite import FirstBad
from explorer.doctor.rules.rate import judge_nan
from explorer.doctor.rules.signal import (
    attenuation,
    factor_per_layer,
    gradients,
    judge_exploding,
    largest_growth,
    spread_kept,
)
from explorer.recipe import INITIALIZATIONS, choose
from explorer.results import CheckUp, Layers
from explorer.training import Session, load_parts
from explorer.training.loop.parts import Parts
from explorer.training.records.metrics import no_steps


def _outputs(model, x):
    """The outputs of the linear layers, with their gradients kept, and the logits: by hand, without hooks."""
    kept, h = [], x.flatten(1)
    for module in list(model.children())[2:]:
        h = module(h)
        if isinstance(module, nn.Linear):
            h.retain_grad()
            kept.append(h)
    return kept, h


def _checked(recipe):
    parts = load_parts(recipe)
    model = network.build(recipe.network, recipe.seed, recipe.init.spelled)
    found = check_up(model, parts.train, parts.validation, tasks.learner(recipe))
    return model, to_float(parts.train.inputs[:128]), parts.train.targets[:128], found


def test_gradients_and_spreads_are_those_of_a_computation_by_hand():
    model, x, y, found = _checked(digits(deep(5, "tanh")))
    kept, logits = _outputs(model, x)
    model.zero_grad()
    loss = F.cross_entropy(logits, y)
    loss.backward()
    assert found.loss == pytest.approx(loss.item(), rel=1e-5)
    assert gradients(found) == pytest.approx([h.grad.norm().item() for h in kept], rel=1e-4)
    weighted = found.layers.weighted
    assert found.layers.column("spread")[weighted] == pytest.approx(
        [math.sqrt(h.var(0, correction=0).mean().item()) for h in kept], rel=1e-4)
    layers = [m for m in model.children() if isinstance(m, nn.Linear)]
    assert found.layers.column("gradient")[weighted] == pytest.approx(
        [math.hypot(m.weight.grad.norm().item(), m.bias.grad.norm().item()) for m in layers], rel=1e-4)


@pytest.mark.parametrize(("init", "factor"), [("xavier_uniform", 0.23), ("default", 0.14), ("kaiming_normal", 0.31)])
def test_twenty_sigmoid_layers_lose_this_factor_of_the_gradient_at_each(init, factor):
    model, x, y, found = _checked(digits(deep(20, "sigmoid"), init=init))
    assert factor_per_layer(found) == pytest.approx(factor, abs=0.01)
    kept, logits = _outputs(model, x)
    F.cross_entropy(logits, y).backward()
    norms = [h.grad.double().norm().item() for h in kept[:-1]]
    mean = math.exp(sum(math.log(a / b) for a, b in pairwise(norms)) / 18)
    assert factor_per_layer(found) == pytest.approx(mean, rel=1e-3)


@pytest.fixture(scope="module")
def vanishing(examine):
    return examine(sigmoids())


def test_twenty_sigmoid_layers_are_diagnosed_with_the_factor_per_layer(vanishing):
    finding = only(vanishing[1])
    assert (finding.rule, finding.severity) == ("vanishing", "severe")
    assert "multiplied by about 0.23" in str(finding.sentence)
    assert "20 layers" in str(finding.sentence)


def test_it_is_diagnosed_where_the_initial_weights_cannot_be_read(vanishing):
    finding = only(judge(replace(gather(vanishing[0]), first=None)))
    assert finding.rule == "vanishing" and [curve.name for curve in finding.proof.curves] == ["now"]


def test_the_ladder_is_relu_then_kaiming_then_batch_norm_each_on_top_of_the_last(vanishing):
    run, findings = vanishing
    cures = only(findings).cures
    assert [cure.name for cure in cures] == ["relu", "kaiming", "batch_norm"]
    changed = [cure.change(run.recipe) for cure in cures]
    blocks = [{node.block for node in recipe.network.nodes} for recipe in changed]
    assert [("sigmoid" in b, "relu" in b, "batch_norm1d" in b) for b in blocks] == [
        (False, True, False), (False, True, False), (False, True, True)]
    assert [recipe.init.name for recipe in changed] == ["xavier_uniform", "kaiming_normal", "kaiming_normal"]
    assert {node.id for node in changed[0].network.nodes} == {node.id for node in run.recipe.network.nodes}


def test_each_rung_of_the_ladder_keeps_more_of_the_gradient(vanishing):
    run, findings = vanishing
    kept = [attenuation(_checked(recipe)[3]) for recipe in
            (run.recipe, *(cure.change(run.recipe) for cure in only(findings).cures))]
    assert kept[0] < 1e-11 < kept[1] < kept[2]
    assert kept[2] > 0.1
    assert kept[3] > 0.1


@pytest.mark.parametrize("biases", ["zero", "as PyTorch draws them"])
def test_a_relu_network_drawn_from_n_0_001_is_diagnosed_though_its_layers_have_equal_gradients(examine, biases):
    def draw(name, tensor):
        if name.endswith("weight"):
            nn.init.normal_(tensor, std=0.01)
        elif biases == "zero":
            nn.init.zeros_(tensor)

    _, findings = examine(digits(deep(10, "relu")), draw)
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("vanishing", "severe")
    assert [cure.name for cure in finding.cures] == ["kaiming", "batch_norm"]


def test_a_recipe_that_draws_from_n_0_001_is_diagnosed(examine):
    recipe = digits(deep(10, "relu")).with_(init=choose(INITIALIZATIONS, "normal", {"std": 0.01}))
    finding = only(examine(recipe)[1])
    assert finding.rule == "vanishing"
    kaiming = finding.cures[0].change(recipe)
    assert kaiming.init.name.startswith("kaiming")


def test_the_ratio_between_its_layers_weights_is_near_one_and_would_not_have_shown_it():
    recipe = digits(deep(10, "relu"))
    model, parts = network.build(recipe.network), load_parts(recipe)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)
    found = check_up(model, parts.train, parts.validation, tasks.learner(recipe))
    weights = [m.weight.grad.norm().item() for m in model.modules() if isinstance(m, nn.Linear)]
    assert 0.1 < weights[0] / weights[-2] < 10
    assert max(weights[:-1]) < 1e-6
    assert spread_kept(found) < 1e-6


def enlarge(name, tensor):
    if name.endswith("weight"):
        tensor.mul_(5)


def test_weights_five_times_too_large_explode(examine):
    run, findings = examine(digits(deep(8, "relu"), lr=1e-15, init="kaiming_normal"), enlarge)
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("exploding", "severe")
    assert [cure.name for cure in finding.cures] == ["xavier", "batch_norm"]
    assert number(largest_growth(gather(run).first)) in str(finding.sentence)


def _found(spread, gradient):
    nothing = np.full(2, np.nan)
    layers = Layers(("linear1", "linear2"), ("Linear", "Linear"), np.ones(2, bool), {
        "spread": np.array(spread), "activation_gradient": np.array(gradient), "dead": nothing, "saturated": nothing})
    return CheckUp(0, layers, 1.0, "", None)


@pytest.mark.parametrize(("spread", "gradient", "words"), [
    ([1, 1e6], [0.3, 1], "layer outputs have up to 1.0×10⁶ times the variation between samples that the input has."),
    ([1, 1], [1e6, 1], "the gradient grows 1.0×10⁶-fold on the backward pass."),
    ([1, 1e6], [1e6, 1], "that the input has, and the gradient grows 1.0×10⁶-fold on the backward pass."),
])
def test_only_what_grows_out_of_control_is_named(spread, gradient, words):
    first = _found(spread, gradient)
    evidence = Evidence(zoo.recipe("mlp"), no_steps(), first=first, last=first)
    sentence = str(judge_exploding(evidence).sentence)
    assert words in sentence and ("-fold" in sentence, "layer outputs" in sentence) == (
        "-fold" in words, "input has" in words)
    bad = replace(evidence, first_bad=FirstBad(3))
    assert words.rstrip(".") + ": the signal explodes." in str(judge_nan(bad).sentence)


def test_an_explosion_that_ends_in_nan_is_reported_once_with_its_cause(examine):
    finding = only(examine(digits(deep(12, "relu"), lr=0.1, init="kaiming_normal"), enlarge)[1])
    assert finding.rule == "nan"
    assert "the signal explodes" in str(finding.sentence)
    assert finding.cures[0].name == "batch_norm"


@pytest.mark.parametrize("init", ["kaiming_normal", "kaiming_uniform"])
def test_ten_relu_layers_with_proper_initial_weights_neither_vanish_nor_explode(examine, init):
    _, findings = examine(digits(deep(10, "relu"), lr=0.03, init=init))
    assert not {"vanishing", "exploding"} & set(names(findings))


def test_the_proof_can_be_drawn_and_described(vanishing):
    finding = only(vanishing[1])
    figures = pytest.importorskip("explorer.figures")
    assert len(figures.draw(finding.proof).data) == 2  # at the start, and now
    assert "norm of the gradient" in str(figures.describe(finding.proof))


def test_a_check_up_leaves_no_hook_behind():
    model, _, _, _ = _checked(digits(deep(3, "relu")))
    assert all(not m._forward_hooks and not m._backward_hooks for m in model.modules())
    assert isinstance(next(model.parameters()), torch.nn.Parameter)


def test_a_diagnosis_leaves_no_data_set_in_memory(runs):
    run = runs.create(digits(deep(3, "relu"), epochs=1))
    Session(run).execute()
    gc.collect()
    before = sum(type(kept) is Parts for kept in gc.get_objects())
    assert gather(run).last is not None and gather(run).last is gather(run).last
    gc.collect()
    assert sum(type(kept) is Parts for kept in gc.get_objects()) <= before
