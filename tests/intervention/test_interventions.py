"""Interventions: what a hook written by hand does, and nothing is left on the network afterwards."""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.attention import find_attentions
from explorer.blocks import BLOCKS
from explorer.intervention import (
    FORCE,
    MEAN,
    SCALE,
    Intervention,
    describe_part,
    intervened,
    mean_outputs,
    of_head,
)
from explorer.probes import PROBES, Subject, compute_probe
from explorer.spec import BadValue

SMALL = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4))
BATCH = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0))


def hooks(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def by_hand(change) -> torch.Tensor:
    maps = SMALL[0](BATCH).clone()
    change(maps)
    return SMALL[1:](maps)


@pytest.mark.parametrize(("intervention", "change"), [
    (Intervention("0"), lambda maps: maps.zero_()),
    (Intervention("0", (1,)), lambda maps: maps[:, 1].zero_()),
    (Intervention("0", (2, 1, 3), FORCE, 9.0), lambda maps: maps[:, 2, 1, 3].fill_(9.0)),
    (Intervention("0", (None, 1), SCALE, -2.0), lambda maps: maps[:, :, 1].mul_(-2.0)),
    (Intervention("0", (0,), MEAN), lambda maps: maps[:, 0].copy_(maps[:, 0].mean(0, keepdim=True).expand(2, -1, -1))),
])
@torch.no_grad()
def test_each_action_changes_its_part_as_one_by_hand_does(intervention, change):
    expected = by_hand(change)
    with intervened(SMALL, [intervention], mean_outputs(SMALL, ["0"], BATCH)):
        assert torch.allclose(SMALL(BATCH), expected, atol=1e-6)
    assert hooks(SMALL) == 0


def test_interventions_of_one_node_follow_each_other_and_gradients_flow_past_them():
    batch = BATCH.clone().requires_grad_()
    with intervened(SMALL, [Intervention("0", (0,), FORCE, 2.0), Intervention("0", (), SCALE, 3.0)]):
        maps = SMALL[0](batch)
        assert maps[:, 0].unique().tolist() == [6.0]
        (gradient,) = torch.autograd.grad(maps[:, 0].sum() + maps[:, 1].sum(), batch)
    (alone,) = torch.autograd.grad(SMALL[0](batch)[:, 1].sum(), batch)
    assert torch.allclose(gradient, 3 * alone)


def test_hooks_are_gone_after_the_network_raises_and_a_copy_keeps_its_own():
    with pytest.raises(RuntimeError), intervened(SMALL, [Intervention("0", (0,))]):
        copied = copy.deepcopy(SMALL)
        SMALL(torch.zeros(1, 2, 6, 6))
    assert hooks(SMALL) == 0
    assert not copied[0](BATCH)[:, 0].any()


@pytest.mark.parametrize("wrong", [
    Intervention("9"), Intervention("0", (3,)), Intervention("0", (0, 0, 0, 0)), Intervention("0", (0,), MEAN)])
def test_a_part_that_is_not_there_is_one_sentence_and_leaves_no_hook(wrong):
    with pytest.raises(BadValue), intervened(SMALL, [Intervention("1"), wrong]):
        SMALL(BATCH)
    assert hooks(SMALL) == 0


def test_tokens_cannot_be_silenced_but_what_is_looked_up_for_them_can():
    model = nn.Sequential(nn.Identity(), nn.Embedding(5, 3))
    with pytest.raises(BadValue, match="gives no numbers"), intervened(model, [Intervention("0")]):
        model(torch.tensor([[1, 2]]))
    with intervened(model, [Intervention("1", (None, 2))]):
        assert not model(torch.tensor([[1, 2]]))[..., 2].any()


def test_a_recurrent_layers_states_are_silenced_with_its_last_one():
    layer = nn.LSTM(2, 3)
    with intervened(layer, [Intervention("", (None, 1))]):
        states, (last, cell) = layer(torch.rand(5, 4, 2))
    assert not states[..., 1].any() and states[..., 0].all() and cell.all()
    assert torch.equal(last[0], states[-1])
    with intervened(layer, [Intervention("", (4,))]):  # the last token, not the last sample
        states, (last, _cell) = layer(torch.rand(5, 4, 2))
    assert not states[4].any() and states[:4].all() and not last.any()


def test_both_directions_of_a_recurrent_layer_have_their_own_last_state():
    for layer in (nn.GRU(2, 3, num_layers=2, bidirectional=True, batch_first=True),
                  BLOCKS.get("lstm").build({"hidden_size": 3, "num_layers": 2, "bias": True, "bidirectional": True},
                                           ((5, 2),))):
        batch = torch.rand(4, 5, 2)
        unchanged = layer(batch)
        with intervened(layer, [Intervention("", (), SCALE, 1.0)]):
            states, last, *_cell = layer(batch)
        assert torch.equal(states, unchanged[0]) and torch.equal(last, unchanged[1])


def test_what_is_not_finite_can_be_silenced():
    model = nn.Sequential(nn.Identity())
    with intervened(model, [Intervention("0", (0,))]):
        assert model(torch.tensor([[float("nan"), 1.0]])).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("wrong", [
    {}, {"node": ""}, {"node": "a", "index": [-1]}, {"node": "a", "index": [True]}, {"node": "a", "index": 3},
    {"node": "a", "index": [0] * 7}, {"node": "a", "action": "burn"}, {"node": "a", "value": "x"},
    {"node": "a", "value": float("nan")}, {"node": "a", "value": 1e39}])
def test_a_document_that_is_not_well_formed_is_refused(wrong):
    with pytest.raises(BadValue):
        Intervention.read(wrong)


def test_an_intervention_goes_round_through_json():
    made = Intervention("block1.attention.mix", (None, 2), SCALE, 0.5)
    assert Intervention.read(json.loads(json.dumps(made.to_dict()))) == made


def test_parts_have_the_names_that_their_axes_have():
    assert str(describe_part(Intervention("a"), 3)) == "all of a"
    assert str(describe_part(Intervention("a", (None, 4)), 2)) == "feature 4 of a"
    assert str(describe_part(Intervention("a", (3, 4, 5)), 3)) == "a[3, 4, 5]"
    assert str(describe_part(Intervention("a", (None, 2)), 4)) == "a[:, 2]"
    assert str(describe_part(Intervention("a", (1,)), 3, head_axis=0)) == "head 1 of a"
    assert str(describe_part(Intervention("a", (None, 2)), 4, head_axis=1)) == "head 2 of a"
    assert str(describe_part(Intervention("a", (3,)), 4, head_axis=1)) == "a[3]"
    assert str(describe_part(Intervention("a", (3, 4, 5)), 3, head_axis=0)) == "a[3, 4, 5]"


@pytest.mark.parametrize("name", ["vit_digits", "swin_digits"])
def test_a_head_that_is_taken_out_is_one_whose_mix_a_hook_sets_to_zero(name):
    model, batch = network.build(zoo.get(name), seed=1).eval(), torch.rand(3, 1, 28, 28)
    attention = find_attentions(model)[1]
    heads_axis = 2 if attention.is_windowed else 1

    def by_hand(module, inputs, output):
        kept = torch.ones(attention.heads)
        kept[1] = 0
        return output * kept.reshape([-1 if axis == heads_axis else 1 for axis in range(output.dim())])

    handle = model.get_submodule(attention.mix).register_forward_hook(by_hand)
    expected = model(batch)
    handle.remove()
    with intervened(model, [of_head(attention, 1)]):
        assert torch.allclose(model(batch), expected, atol=1e-6)
    assert not torch.allclose(model(batch), expected, atol=1e-6)


def test_a_head_that_always_mixes_its_mean_changes_nothing_for_a_single_sample():
    model, batch = network.build(zoo.get("vit_digits"), seed=1).eval(), torch.rand(1, 1, 28, 28)
    attention = find_attentions(model)[0]
    with intervened(model, [of_head(attention, 2, MEAN)], mean_outputs(model, [attention.mix], batch)):
        changed = model(batch)
    assert torch.allclose(changed, model(batch), atol=1e-6)


def test_a_views_arithmetic_carries_a_notice_at_a_node_that_is_changed_and_at_no_other():
    change = Intervention("0", (1,))
    subject = Subject(SMALL, BATCH[:1], interventions=(change,), held=lambda: intervened(SMALL, [change]))
    (operation,) = compute_probe(PROBES.get("operation"), subject, {"node": "0", "unit": (1, 0, 0)})
    assert str(operation.notice).startswith("Silenced here: channel 1 of 0 is 0")
    assert not operation.output.values[1].any() and operation.output.values[0].any()
    (after,) = compute_probe(PROBES.get("operation"), subject, {"node": "1"})
    assert after.notice is None and not after.operands[0].values[1].any()
    (way,) = compute_probe(PROBES.get("backward"), subject, {"node": "0"})
    assert "silenced" in str(way.sentence)
