"""Gradients against autograd by hand, over the zoo; and the sentences about those that are zero or no numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, tasks, zoo
from explorer.document import chain
from explorer.hooks import as_taken
from explorer.network.building import BuiltNetwork, ports_into
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.probes.chosen_output import choose_output
from explorer.probes.gradient_pass import gradients_of
from explorer.probes.objective import objective_of
from explorer.results import Differentiated, GradientFlow, ImageGrid
from explorer.spec import BadValue
from explorer.text import Text
from tests.probes.test_probe_registry import NETWORKS, subject_of

LEVELS = [(name, "") for name in NETWORKS] + [("resnet20", "stage2_block1"), ("vit_digits", "block1")]


def maps(subject: Subject, **options: object) -> dict[str, ImageGrid]:
    return {grid.title: grid for grid in compute_probe(PROBES.get("gradient_maps"), subject, options)}


def flow(subject: Subject, **options: object) -> GradientFlow:
    return compute_probe(PROBES.get("gradient_flow"), subject, options)[0]


def chosen(subject: Subject, of: str = "") -> Differentiated:
    return compute_probe(PROBES.get("differentiated"), subject, {"of": of})[0]


def with_target(subject: Subject) -> Subject:
    return replace(subject, target=subject.samples.targets([0]))


def forward(subject: Subject, level: str, inputs: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[tuple, Tensor]]:
    """Run the plan of a block by hand: the output, each child's output, and what each child reads, all kept apart."""
    model, outputs, reads = subject.model.eval(), {}, {}
    block, prefix = model.get_submodule(level), f"{level}." if level else ""

    def by_hand(_module: nn.Module, given: tuple[Tensor, ...]) -> Tensor:
        values, waiting = {}, iter(given)
        for name, sources in block._plan:
            taken = [values[source] for source in sources] if sources else [next(waiting)]
            read = tuple(one * 1.0 if one.is_floating_point() else one for one in taken)
            if sources:
                reads.update({(*source, name, port): one for port, (source, one) in
                              enumerate(zip(sources, read, strict=True))})
            found = block._modules[name](*read)
            found = found if isinstance(found, tuple) else (found,)
            values.update({(name, port): one for port, one in enumerate(found)})
            outputs[prefix + name] = found[0]
        left = values[block._outputs[0], 0]
        reads[block._outputs[0], 0, "", 0] = left = left * 1.0
        return left

    original = BuiltNetwork.forward
    block.forward = lambda *given: by_hand(block, given)
    try:
        return original(model, inputs) if level else by_hand(model, (inputs,)), outputs, reads
    finally:
        del block.forward


def gradients(goal: Tensor, values: dict) -> dict:
    known = {key: value for key, value in values.items() if value.requires_grad}
    found = torch.autograd.grad(goal, list(known.values()), allow_unused=True, retain_graph=True) \
        if goal.requires_grad else [None] * len(known)  # behind a step
    return {key: torch.zeros_like(value) if one is None else one for (key, value), one in
            zip(known.items(), found, strict=True)}


def by_autograd(subject: Subject, level: str = "") -> tuple[dict[str, Tensor], dict[tuple, Tensor], dict[str, Tensor]]:
    """Gradients of the loss of the first sample: of outputs, of what is read, of parameters."""
    for parameter in subject.model.parameters():
        parameter.requires_grad_()
    inputs = as_taken(subject.model, subject.batch[:1])
    inputs = inputs.clone().requires_grad_() if inputs.is_floating_point() else inputs
    found, outputs, reads = forward(subject, level, inputs)
    loss = tasks.learner(subject.recipe).loss(found, subject.target)
    return gradients(loss, outputs), gradients(loss, reads), gradients(loss, dict(subject.model.named_parameters()))


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_maps_are_those_of_autograd(name):
    subject = with_target(subject_of(NETWORKS[name]))
    found, (expected, _reads, _parameters) = maps(subject), by_autograd(subject)
    assert set(found) <= set(expected)
    for address, grid in found.items():
        values = expected[address][0].numpy()
        assert grid.shape == values.shape and grid.signed
        assert np.allclose(grid.values.reshape(-1), values.reshape(-1), rtol=1e-4, atol=1e-5 * np.abs(values).max())
    floats = [address for address, output in subject.activations().items() if output.is_floating_point()]
    assert set(found) >= {address for address in floats if address in expected}


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_each_edge_carries_the_gradient_of_what_its_target_reads_and_they_sum_at_a_branch(name, level):
    subject = with_target(subject_of(NETWORKS[name])).walked_into(level)
    found, (outputs, reads, parameters) = flow(subject), by_autograd(subject, level)
    prefix, sums = f"{level}." if level else "", {}
    for (source, source_port, target, port), share in zip(found.edges.tolist(), found.shares, strict=True):
        start = found.nodes[source].removeprefix(prefix)
        key = start, source_port, found.nodes[target].removeprefix(prefix) if target >= 0 else "", port
        expected = reads[key].norm().item() if key in reads else np.nan
        assert share == pytest.approx(expected, rel=1e-4, abs=1e-9, nan_ok=True)
        if key in reads and source_port == 0:
            sums[found.nodes[source]] = sums.get(found.nodes[source], 0) + reads[key]
    for node, norm, own in zip(found.nodes, found.outputs, found.parameters, strict=True):
        if node in sums:
            assert torch.allclose(sums[node], outputs[node], rtol=1e-4, atol=1e-6)
            assert norm == pytest.approx(outputs[node].norm().item(), rel=1e-4, abs=1e-9)
        mine = [value for key, value in parameters.items() if key.startswith(f"{node}.")]
        expected = torch.cat([value.flatten() for value in mine]).norm().item() if mine else np.nan
        assert own == pytest.approx(expected, rel=1e-4, abs=1e-9, nan_ok=True)


def test_a_class_is_differentiated_in_the_losss_place():
    subject = subject_of(NETWORKS["lenet"])
    found = maps(subject, of="3")
    batch = subject.batch[:1].clone().requires_grad_()
    expected = torch.autograd.grad(subject.model.eval()(batch)[0, 3], batch)[0]
    assert np.allclose(found["input"].values, expected[0].numpy(), atol=1e-7)
    assert str(chosen(subject, "3").what) == "the logit of 3"
    with pytest.raises(BadValue, match="no output 12"):
        maps(subject, of="12")


@pytest.mark.parametrize(("of", "sign"), [("0", -1), ("1", 1)])
def test_attention_and_gradients_mean_the_same_number_of_a_network_with_one_logit(of, sign):
    subject = Subject(nn.Linear(2, 1), torch.ones(1, 2), zoo.recipe("playground").with_(task="binary"),
                      class_names=("out", "in"))
    outputs = subject.model(subject.batch)
    chosen, expected = choose_output(subject, of), objective_of(subject, outputs, None, of)
    assert chosen.pick(outputs).item() == expected.values.item() == pytest.approx(sign * outputs.item())
    assert f"the logit of {chosen.name}" == str(expected.what)


@pytest.mark.parametrize("tokens", [None, 0, 1, 10])
def test_attention_and_gradients_mean_the_same_place_of_a_text(tokens):
    made = subject_of(NETWORKS["char_rnn"])
    subject = Subject(made.model, made.batch, made.recipe, made.class_names, tokens=tokens)
    expected = objective_of(subject, subject.outputs, None, "3").values[0]
    assert choose_output(subject, "3").pick(subject.outputs) == expected


def test_over_samples_gradients_are_averaged_signed_or_by_magnitude():
    subject = subject_of(NETWORKS["lenet"])
    each = [maps(replace(subject, batch=subject.samples.inputs([place]), target=subject.samples.targets([place])))
            ["conv1"].values for place in (0, 1)]
    signed, magnitude = (maps(subject, samples=2, mean=mean)["conv1"] for mean in ("signed", "magnitude"))
    assert np.allclose(signed.values, np.mean(each, 0), atol=1e-8) and signed.signed
    assert np.allclose(magnitude.values, np.mean(np.abs(each), 0), atol=1e-8) and not magnitude.signed
    both = flow(subject, samples=64)
    assert both.samples == 2
    norms = [np.linalg.norm(values) for values in each]
    assert both.outputs[both.nodes.index("conv1")] == pytest.approx(np.mean(norms), rel=1e-4)


def test_of_many_maps_the_first_come_with_the_scale_of_all():
    subject = subject_of(NETWORKS["tiny_vgg"])
    for probe in ("feature_maps", "gradient_maps"):
        few, all_of_them = (compute_probe(PROBES.get(probe), subject, {"most": most}) for most in (4, 0))
        for some, whole in zip(few, all_of_them, strict=True):
            count = min(4, len(whole.values)) if whole.values[0].size > 1 else len(whole.values)
            assert len(some.values) == count and some.limit == whole.limit
            assert np.array_equal(some.values, whole.values[:count]) and some.shape == whole.shape


def test_feature_maps_of_two_inputs_are_their_difference():
    subject = subject_of(NETWORKS["lenet"])
    one, other = (compute_probe(PROBES.get("feature_maps"), replace(subject, batch=subject.batch[place:place + 1]),
                                {"node": "conv1"})[0].values for place in (0, 1))
    both = replace(subject, batch=subject.batch[:1], against=subject.batch[1:])
    assert np.allclose(compute_probe(PROBES.get("feature_maps"), both, {"node": "conv1"})[0].values, one - other)


def test_an_input_without_a_target_takes_the_prediction_and_explains_it():
    subject = subject_of(NETWORKS["lenet"])
    predicted = subject.outputs[0].argmax().item()
    found = chosen(subject)
    assert str(found.what) == f"the loss with the predicted class {predicted} as target"
    assert "no target" in str(found.note)
    known = replace(subject, target=torch.tensor([predicted]))
    assert np.allclose(maps(subject)["conv1"].values, maps(known)["conv1"].values)
    assert not str(chosen(known).note)
    regression = subject_of(NETWORKS["linear_regression"])
    found = chosen(regression)
    assert found.kind == "numbers" and "right number" in str(found.note)
    weight = regression.model.linear1.weight.detach().numpy().ravel()
    assert np.allclose(maps(regression)["input"].values.ravel(), weight)


def test_a_typed_text_differentiates_what_comes_next():
    subject = replace(subject_of(NETWORKS["char_rnn"]), tokens=5)
    model = subject.model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_()
    outputs = model(subject.batch[:1])
    expected = torch.autograd.grad(outputs[0, 4, 7], model.rnn1.parameters(), retain_graph=True)
    found = flow(subject, of="7")
    norm = torch.cat([each.flatten() for each in expected]).norm().item()
    assert found.parameters[found.nodes.index("rnn1")] == pytest.approx(norm, rel=1e-4)
    assert "next one" in str(found.what)
    last = outputs[0, 4]
    loss = torch.autograd.grad(nn.functional.cross_entropy(last, last.argmax()), model.rnn1.parameters())
    without = flow(subject)
    assert without.parameters[without.nodes.index("rnn1")] == pytest.approx(
        torch.cat([each.flatten() for each in loss]).norm().item(), rel=1e-4)
    assert np.isnan(without.outputs[without.nodes.index("input")])


def dead() -> Subject:
    net = chain("Dead", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 3}),
                ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 2}))
    model = network.build(net)
    with torch.no_grad():
        model.linear1.bias.fill_(-100)
    return Subject(model, torch.ones(1, 2), zoo.recipe("mlp").with_(network=net), target=torch.tensor([0]))


def test_a_dead_layer_is_named_where_no_gradient_arrives():
    subject = dead()
    assert str(flow(subject).sentence) == \
        "No gradient gets back through relu1: all its inputs are on its flat side (dead)."
    grids = maps(subject)
    assert grids["relu1"].note is None and grids["linear1"].note == flow(subject).sentence == grids["input"].note


def test_a_saturated_loss_is_named():
    subject = dead()
    with torch.no_grad():
        subject.model.linear2.bias.copy_(torch.tensor([1000.0, -1000.0]))
    assert "saturated" in str(flow(subject).sentence) and "saturated" in str(maps(subject)["relu1"].note)


def test_weights_that_are_no_numbers_are_named_where_they_begin():
    subject = with_target(subject_of(NETWORKS["lenet"]))
    with torch.no_grad():
        subject.model.linear2.weight.fill_(torch.nan)
    assert "not a finite number" in str(flow(subject).sentence)
    assert "not finite" in str(maps(subject)["conv1"].note)


def test_a_frozen_layer_is_marked_and_gradients_flow_through_it():
    subject = with_target(subject_of(NETWORKS["lenet"]))
    frozen = replace(subject, recipe=subject.recipe.with_(lr_factors={"conv2": 0.0}))
    found = flow(frozen)
    assert [node for node, is_frozen in zip(found.nodes, found.frozen, strict=True) if is_frozen] == ["conv2"]
    assert found.outputs[0] == flow(subject).outputs[0] > 0


def test_gradients_that_vanish_are_described():
    net = chain("Deep", ("input", "input", {"shape": [4]}), *(
        step for place in range(1, 13) for step in ((f"linear{place}", "linear", {"out_features": 4}),
                                                    (f"sigmoid{place}", "sigmoid", {}))),
                ("linear13", "linear", {"out_features": 2}))
    model = network.build(net, init="normal(std=0.1)")
    subject = Subject(model, torch.ones(1, 4), zoo.recipe("mlp").with_(network=net))
    assert "vanishes" in str(flow(subject).sentence)


def test_a_model_of_any_origin_has_gradients_without_edges():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    batch = torch.rand(1, 3)
    found = run("gradient_flow", model, batch)
    assert found.nodes == ("0", "1", "2") and found.edges.shape == (0, 4) and found.blocks[1] == "Tanh"
    assert isinstance(found.what, Text)
    with pytest.raises(NotApplicable, match="test samples"):
        run("gradient_maps", model, batch, samples=4)


def test_a_port_leads_to_what_feeds_it():
    model = network.build(zoo.get("resnet20"))
    block = next(name for name, child in model.named_children() if isinstance(child, BuiltNetwork))
    assert all(source.startswith(f"{block}.") for name in dict(model.get_submodule(block).named_children())
               for source, _port in ports_into(model, f"{block}.{name}"))


def test_a_text_that_is_partly_typed_does_not_shorten_the_test_samples():
    whole = subject_of(zoo.recipe("char_transformer"))
    kept, shortened = (gradients_of(own, [], "3", samples=2).value for own in (whole, replace(whole, tokens=5)))
    assert kept == shortened == pytest.approx(whole.outputs[:, -1, 3].mean().item(), abs=1e-5)
