"""Probes of heads agree with loops, hooks and autograd written out, and explain what they cannot measure."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.document import Network, chain
from explorer.hooks import record_activations
from explorer.probes import PROBES, Canceled, NotApplicable, ProbeSpec, Subject, compute_probe, run
from explorer.probes.probe import ATTENTION
from explorer.results import Bars, FlowMaps, HeadGrids, Heatmap, Mosaic
from explorer.spec import BadValue
from explorer.tasks import learner
from tests.attention.attending_networks import cross, hiding_all, linear, of_parts, split_by_hand
from tests.probes.test_probe_registry import NETWORKS, subject_of
from tests.probes.test_unit_history import Frames

MEASURES = [probe for probe in PROBES if probe.place == ATTENTION and probe.name != "attention"]
VIT, SWIN, TEXT = (zoo.recipe(name) for name in ("vit_digits", "swin_digits", "char_transformer"))
WEIGHTS = [f"block{number}.attention.weights" for number in range(1, 5)]


def measured(name: str, subject: Subject, **options: object) -> tuple:
    return compute_probe(PROBES.get(name), subject, options)


def notebook(net: Network, batch: Tensor, **more: object) -> Subject:
    return Subject(network.build(net, seed=1), batch, **more)


def weights_and_gradients(model: nn.Module, batch: Tensor, label: int) -> tuple[list[Tensor], list[Tensor]]:
    """The weights of all layers, (head, query, key), and the gradients of a logit, by retained gradients."""
    kept: list[Tensor] = []
    handles = [model.get_submodule(name).register_forward_hook(
        lambda _module, _inputs, output: (output.retain_grad(), kept.append(output))[0]) for name in WEIGHTS]
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    model.eval()(batch)[0, label].backward()
    for handle in handles:
        handle.remove()
    return [each.detach()[0] for each in kept], [each.grad[0] for each in kept]


def test_the_three_flows_are_those_of_whole_matrices_multiplied_in_loops():
    subject = subject_of(VIT)
    (flow,) = measured("attention_flow", subject, of="2")
    weights, gradients = weights_and_gradients(network.build(VIT.network, seed=3), subject.batch[:1], 2)
    rolled, relevance = torch.eye(17), torch.eye(17)
    for weight, gradient in zip(weights, gradients, strict=True):
        half = torch.stack([sum(weight[head, query] for head in range(4)) / 8 + torch.eye(17)[query] / 2
                            for query in range(17)])
        rolled = half / half.sum(1, keepdim=True) @ rolled
        relevance = relevance + (weight * gradient).clamp(min=0).mean(0) @ relevance
    mean, roll, gained = flow.maps
    assert mean.values == pytest.approx(weights[-1].mean(0)[0].numpy(), abs=1e-6)
    assert roll.values == pytest.approx(rolled[0].numpy(), abs=1e-6) and roll.values.sum() == pytest.approx(1, abs=1e-5)
    assert gained.values == pytest.approx((relevance - torch.eye(17))[0].numpy(), rel=1e-3, abs=1e-9)
    assert roll.boxes[0].tolist() == [-1] * 4 and roll.boxes[6].tolist() == [7, 7, 14, 14]


def test_a_flow_begins_with_a_chosen_query_and_ends_at_its_layer():
    subject = subject_of(VIT)
    (flow,) = measured("attention_flow", subject, node=WEIGHTS[1], unit=[3, 5, 0], start="query")
    with record_activations(subject.model, WEIGHTS) as recorded:
        subject.model.eval()(subject.batch[:1])
    first, second = (0.5 * recorded[name][0].mean(0) + 0.5 * torch.eye(17) for name in WEIGHTS[:2])
    assert flow.maps[0].values == pytest.approx(recorded[WEIGHTS[1]][0, :, 5].mean(0).numpy(), abs=1e-6)
    assert flow.maps[1].values == pytest.approx((second @ first)[5].numpy(), abs=1e-6)
    assert str(flow.start) == "query 5 of block2.attention.weights; the mean is of block2.attention"


def test_a_flow_begins_with_a_chosen_query_where_there_is_no_head_axis():
    model, batch = network.build(of_parts(), seed=1), torch.rand(1, 1, 6, 8)
    for node in ("shares", "similarity"):
        flow = run("attention_flow", model, batch, node=node, unit=[4, 2], start="query")
        with record_activations(model, ["shares"]) as recorded:
            model.eval()(batch)
        assert flow.maps[0].values == pytest.approx(recorded["shares"][0, 4].numpy(), abs=1e-6)
        assert str(flow.start).startswith("query 4 of shares;")


def test_heads_that_a_reshape_splits_are_measured_and_taken_out_one_by_one():
    net, batch = split_by_hand(), torch.rand(2, 1, 6, 8)
    recipe = VIT.with_(network=net)
    model = network.build(net, seed=1)
    (grids,) = measured("head_measures", Subject(model, batch, recipe))
    with record_activations(model, ["shares"]) as recorded:
        model.eval()(batch)
    rows = recorded["shares"]  # (sample, head, query, key)
    expected = -(rows * rows.log()).sum(-1).mean((0, 2))
    assert grids.grids[-2].values[0] == pytest.approx(expected.detach().numpy(), rel=1e-4)
    parts = measured("logit_lens", Subject(model, batch, recipe), of="1")[1]
    assert parts.grids[0].values.shape == (1, 3) and np.isfinite(parts.grids[0].values[0, :2]).all()


def test_a_head_that_a_reshape_splits_is_taken_out_alone():
    made, net = subject_of(VIT), split_by_hand()

    class Rows:
        target_name = made.samples.target_name

        def __len__(self) -> int:
            return 2

        def inputs(self, places: object) -> Tensor:
            return made.samples.inputs(places)[:, :, :6, :8]

        def targets(self, places: object) -> Tensor:
            return made.samples.targets(places)

    subject = Subject(network.build(net, seed=1), torch.rand(1, 1, 6, 8), VIT.with_(network=net), samples=Rows())
    (grids,) = measured("head_ablation", subject, samples=2)
    model, of = subject.model.eval(), learner(subject.recipe).loss
    inputs, targets = subject.samples.inputs([0, 1]), subject.samples.targets([0, 1])
    before = of(model(inputs), targets)
    handle = model.mixed.register_forward_hook(
        lambda _module, _inputs, output: torch.cat([output[:, :1], torch.zeros_like(output[:, 1:])], 1))
    after = of(model(inputs), targets)
    handle.remove()
    assert grids.grids[1].values.shape == (1, 2)
    assert grids.grids[1].values[0, 1] == pytest.approx(float((after - before).detach()), abs=1e-6)


def test_the_weights_of_long_sequences_are_not_kept_to_learn_their_shapes():
    subject = subject_of(VIT)
    measured("head_measures", subject)
    assert not set(WEIGHTS) & set(subject._known)


def test_a_flow_through_windows_and_merged_patches_keeps_its_sum():
    (flow,) = measured("attention_flow", subject_of(SWIN))
    assert [len(each.values) for each in flow.maps] == [49, 196, 196]
    assert flow.maps[1].values.sum() == pytest.approx(1, abs=1e-4)
    assert str(flow.start).startswith("the mean of 49 tokens;")
    assert str(flow.note) == "Patches that were merged share equally what their token has."
    assert measured("attention_flow", subject_of(VIT))[0].note is None


def test_the_flow_of_a_text_is_read_from_the_last_token_that_was_typed():
    made = subject_of(TEXT)
    subject = Subject(made.model, made.batch, made.recipe, made.class_names, tokens=10)
    (flow,) = measured("attention_flow", subject)
    assert len(flow.labels) == 10
    assert all(np.abs(each.values[10:]).max() == 0 and each.values[:10].max() > 0 for each in flow.maps)


@pytest.mark.parametrize(("net", "batch", "maps", "words"), [
    (cross(), torch.rand(1, 1, 8, 8), 1, "different sequences"), (linear(), torch.rand(1, 1, 8, 8), 2, "implied"),
    (of_parts(), torch.rand(1, 1, 6, 8), 3, "None"), (hiding_all(), torch.rand(1, 1, 6, 8), 3, "not finite"),
])
def test_flows_that_cannot_be_multiplied_or_have_no_gradient_say_why(net, batch, maps, words):
    flow = run("attention_flow", network.build(net, seed=1), batch)
    assert len(flow.maps) == maps and words in str(flow.note)


def test_a_class_that_is_not_there_is_refused():
    with pytest.raises(BadValue, match="10 outputs: 0 to 9"):
        measured("attention_flow", subject_of(VIT), of="10")


def test_distance_and_entropy_are_those_of_single_weights():
    subject = subject_of(VIT)
    (grids,) = measured("head_measures", subject)
    distance, entropy, share = grids.grids
    with record_activations(subject.model, WEIGHTS) as recorded:
        subject.model.eval()(subject.batch)
    middles = [(3.5 + 7 * (patch // 4), 3.5 + 7 * (patch % 4)) for patch in range(16)]
    far, bits = [], []
    for sample in range(2):
        for query in range(17):
            row = recorded[WEIGHTS[1]][sample, 3, query].tolist()
            bits.append(-sum(value * math.log(value) for value in row))
            if query:
                far.append(sum(row[key] * math.dist(middles[query - 1], middles[key - 1]) for key in range(1, 17))
                           / sum(row[1:]))
    assert distance.values[1, 3] == pytest.approx(sum(far) / len(far), rel=1e-4)
    assert entropy.values[1, 3] == pytest.approx(sum(bits) / len(bits), rel=1e-4)
    assert share.values[1, 3] == pytest.approx(entropy.values[1, 3] / math.log(17), rel=1e-4)
    assert entropy.most == pytest.approx(math.log(17)) and grids.rows == ("block1", "block2", "block3", "block4")


def test_heads_over_training_are_those_of_each_steps_weights_but_for_damaged_ones():
    made = subject_of(VIT)
    subject = Subject(made.model, made.batch, VIT, step=40, frames=Frames(VIT, 4, damaged=20))
    distance, entropy = measured("head_history", subject)
    assert entropy.column_values.tolist() == [0, 10, 30] and "left out: 1" in str(entropy.title)
    for column, step in enumerate((0, 10, 30)):
        (alone,) = measured("head_measures", Subject(network.build(VIT.network, seed=step), made.batch, VIT))
        assert entropy.values[:, column] == pytest.approx(alone.grids[1].values.flatten(), rel=1e-4)
        assert distance.values[:, column] == pytest.approx(alone.grids[0].values.flatten(), rel=1e-4)


def test_heads_over_training_end_early_when_they_are_canceled():
    def cancel(share: float) -> None:
        raise Canceled

    made = subject_of(VIT)
    for name in ("head_history", "head_ablation"):
        subject = Subject(made.model, made.batch, VIT, samples=made.samples, frames=Frames(VIT, 4), report=cancel)
        with pytest.raises(Canceled):
            measured(name, subject)


def test_ablation_is_the_change_behind_a_hook_that_puts_zeros():
    subject, shares = subject_of(VIT), []
    object.__setattr__(subject, "report", shares.append)
    (grids,) = measured("head_ablation", subject, samples=2)
    accuracy, loss = grids.grids
    inputs, targets, of = subject.samples.inputs([0, 1]), subject.samples.targets([0, 1]), learner(VIT).loss

    def silence(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        return torch.cat([output[:, :1], torch.zeros_like(output[:, 1:2]), output[:, 2:]], 1)

    model = subject.model.eval()
    with torch.no_grad():
        before, right = of(model(inputs), targets), (model(inputs).argmax(1) == targets).float().mean()
        handle = model.block3.attention.mix.register_forward_hook(silence)
        after, now_right = of(model(inputs), targets), (model(inputs).argmax(1) == targets).float().mean()
        handle.remove()
    assert loss.values[2, 1] == pytest.approx(float(after - before), abs=1e-5)
    assert accuracy.values[2, 1] == pytest.approx(100 * float(now_right - right), abs=1e-4)
    assert shares[0] == 0 and shares[-1] == 1 and len(shares) == 17


def test_a_head_that_is_replaced_by_its_mean_over_one_sample_changes_nothing():
    (grids,) = measured("head_ablation", subject_of(VIT), samples=1, instead="mean")
    assert np.abs(grids.grids[1].values).max() < 1e-5


@pytest.mark.parametrize("recipe", [VIT, SWIN, TEXT], ids=lambda recipe: recipe.network.name)
def test_what_heads_layers_and_the_rest_add_is_the_logit(recipe):
    subject = subject_of(recipe)
    _lens, parts, rest = measured("logit_lens", subject, of="1")
    logit = subject.outputs[0].reshape(-1, subject.outputs.shape[-1])[-1, 1]
    total = np.nansum(parts.grids[0].values) + rest.values.sum()
    assert total == pytest.approx(float(logit), abs=1e-4)


def test_the_last_row_of_the_lens_is_the_networks_own_answer():
    subject = subject_of(VIT)
    lens = measured("logit_lens", subject)[0]
    assert lens.rows == ("before the first layer", "block1", "block2", "block3", "block4")
    assert lens.grids[0].values[-1] == pytest.approx(subject.outputs[0].numpy(), abs=1e-5)


def test_positions_are_compared_as_they_lie_in_the_image():
    subject = subject_of(VIT)
    (maps,) = measured("position_similarity", subject)
    positions = subject.model.positions.positions.detach()[1:]
    for one, other in ((0, 0), (5, 9), (15, 2)):
        expected = nn.functional.cosine_similarity(positions[one], positions[other], dim=0)
        assert maps.values[one // 4, one % 4, other // 4, other % 4] == pytest.approx(float(expected), abs=1e-5)


def test_the_bias_of_a_window_is_shown_where_the_query_sees_the_key():
    subject = subject_of(SWIN)
    (maps,) = measured("position_similarity", subject)
    module = subject.model.stage1_pair1.block1.attention.position_bias
    added = module(torch.zeros(1, 1, 2, 49, 49))[0, 0]  # (head, query, key)
    for query, key in ((0, 48), (24, 24), (10, 3)):
        down, right = key // 7 - query // 7, key % 7 - query % 7
        assert maps.values[0, 1, 6 + down, 6 + right] == pytest.approx(added[1, query, key].item())


def test_the_cost_of_windows_is_that_of_the_formula_and_of_the_networks_measure():
    (bars,) = measured("attention_cost", subject_of(SWIN))
    inside = network.analyze(SWIN.network).inside["stage1_pair1"].analysis.inside["block1"].analysis
    assert bars.values[0] == 4 * 196 * 24**2 + 2 * 49 * 196 * 24 == inside.multiply_adds["attention"]
    assert bars.values[1] == 4 * 196 * 24**2 + 2 * 196**2 * 24
    assert bars.values[-2] == bars.values[0:-2:2].sum() and bars.labels[-1] == "all · global"


@pytest.mark.parametrize("probe", MEASURES, ids=lambda probe: probe.name)
def test_a_network_without_attention_is_refused_in_one_sentence_that_names_others(probe: ProbeSpec):
    refusal = probe.refuses(NETWORKS["lenet"], network.analyze(NETWORKS["lenet"].network))
    assert str(refusal).count(". ") == 1 and "transformer" in str(refusal)
    with pytest.raises(NotApplicable):
        measured(probe.name, subject_of(NETWORKS["lenet"]))


@pytest.mark.parametrize("probe", MEASURES, ids=lambda probe: probe.name)
def test_a_module_that_was_not_built_here_is_refused(probe: ProbeSpec):
    with pytest.raises(NotApplicable):
        run(probe.name, nn.Sequential(nn.Linear(2, 2), nn.ReLU()), torch.zeros(1, 2))


@pytest.mark.parametrize("probe", MEASURES, ids=lambda probe: probe.name)
def test_weights_that_are_no_numbers_lead_to_a_sentence_or_gaps(probe: ProbeSpec):
    subject = subject_of(SWIN)
    with torch.no_grad():
        for parameter in subject.model.parameters():
            parameter.fill_(torch.nan)
    try:
        results = compute_probe(probe, subject, {})
    except NotApplicable as refusal:
        assert "earlier step" in str(refusal)
    else:
        noted = [each.note for each in results if isinstance(each, FlowMaps | HeadGrids)]
        assert all(note is None or "earlier step" in str(note) for note in noted)
        assert all(isinstance(each, FlowMaps | HeadGrids | Mosaic | Bars | Heatmap) for each in results)


def test_linear_attention_has_no_heads_to_measure_but_can_be_ablated_and_followed():
    subject = notebook(linear(), torch.rand(2, 1, 8, 8))
    with pytest.raises(NotApplicable, match="computes no weights"):
        measured("head_measures", subject)
    assert measured("logit_lens", subject)[1].grids[0].values.shape == (1, 3)


def test_a_single_head_is_a_column_of_its_own():
    net = chain("One head", ("input", "input", {"shape": [5, 8]}), ("block1", "transformer_encoder", {"heads": 1}),
                ("pool", "token_pooling", {"pool": "mean"}), ("head", "linear", {"out_features": 3}))
    subject = notebook(net, torch.rand(2, 5, 8))
    assert measured("head_measures", subject)[0].grids[0].values.shape == (1, 1)
    assert len(measured("attention_flow", subject)[0].maps) == 3


def test_a_long_sequence_is_followed_without_its_gradient():
    net = chain("Long", ("input", "input", {"shape": [4096, 4]}), ("attention", "multi_head_attention", {"heads": 4}),
                ("pool", "token_pooling", {"pool": "class"}), ("head", "linear", {"out_features": 3}))
    (flow,) = measured("attention_flow", notebook(net, torch.rand(1, 4096, 4)))
    assert [len(each.values) for each in flow.maps] == [4096, 4096] and "too many" in str(flow.note)
