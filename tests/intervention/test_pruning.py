"""Pruning against masks by hand: exact counts, exact outputs, every weight put back."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.intervention.pruning import (
    channel_masks,
    layer_of,
    magnitude_masks,
    prunable_channels,
    prunable_weights,
    pruned,
)


def small() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 8),
                             nn.ReLU(), nn.Linear(8, 3)).eval()


IMAGES = torch.rand(7, 1, 6, 6, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95, 1.0])
def test_the_smallest_weights_of_all_layers_are_taken_out_as_by_sorting(share):
    weights = prunable_weights(small())
    masks = magnitude_masks(weights, share)
    sizes = torch.cat([weight.abs().flatten() for weight in weights.values()])
    kept = torch.cat([mask.flatten() for mask in masks.values()])
    count = round(share * len(sizes))
    expected = torch.ones_like(kept)
    expected[sizes.argsort()[:count]] = False
    assert torch.equal(kept, expected)


def test_by_layer_each_layer_loses_its_own_share():
    weights = prunable_weights(small())
    for name, mask in magnitude_masks(weights, 0.25, by_layer=True).items():
        assert int((~mask).sum()) == round(0.25 * mask.numel())
        assert weights[name].abs()[mask].min() >= weights[name].abs()[~mask].max()


def test_of_equal_weights_exactly_the_share_is_taken_out():
    masks = magnitude_masks({"a": torch.ones(3, 4), "b": torch.ones(2, 4)}, 0.5)
    assert sum(int((~mask).sum()) for mask in masks.values()) == 10


def test_a_pruned_network_gives_what_one_masked_by_hand_gives():
    model, by_hand = small(), small()
    masks = magnitude_masks(prunable_weights(model), 0.6)
    for place in (0, 4, 6):
        by_hand[place].weight.data *= masks[f"{place}.weight"]
    with pruned(model, masks):
        assert torch.equal(model(IMAGES), by_hand(IMAGES))


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_pruned_channel_gives_zeros_to_what_reads_it_behind_its_norm(share):
    model = small()
    model[1].bias.data.fill_(0.7)
    weights = prunable_channels(model)
    assert list(weights) == ["0.weight", "4.weight"]
    sums = model[0].weight.abs().sum((1, 2, 3))
    out = sums.argsort()[:round(4 * share)]
    with pruned(model, channel_masks(model, weights, share)):
        maps = model[:2](IMAGES)
        assert maps[:, out].abs().max() == 0
        assert (maps.abs().amax((0, 2, 3)) == 0).sum() == round(4 * share)


def test_the_norms_of_a_built_network_are_found_behind_its_convolutions():
    model = network.build(zoo.get("resnet20")).eval()
    masks = channel_masks(model, prunable_channels(model), 0.5)
    norms = [name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms and all(f"{name}.bias" in masks and f"{name}.weight" in masks for name in norms)


def test_without_any_share_nothing_changes_and_at_most_one_channel_stays():
    model = small()
    weights = prunable_channels(model)
    before = model(IMAGES)
    for masks in (magnitude_masks(prunable_weights(model), 0.0), channel_masks(model, weights, 0.0)):
        with pruned(model, masks):
            assert torch.equal(model(IMAGES), before)
    assert [int(mask.flatten(1).any(1).sum()) for name, mask in channel_masks(model, weights, 1.0).items()
            if name in weights] == [1, 1]


def test_every_weight_is_put_back_also_after_an_error():
    model = small()
    before = {name: values.clone() for name, values in model.state_dict().items()}
    for masks in (magnitude_masks(prunable_weights(model), 0.9), channel_masks(model, prunable_channels(model), 0.5)):
        with pytest.raises(ZeroDivisionError), pruned(model, masks):
            raise ZeroDivisionError
        assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


@pytest.mark.parametrize("name", ["vit_digits", "row_lstm", "char_rnn", "googlenet", "char_transformer"])
def test_matrices_and_kernels_of_every_kind_of_network_are_found_without_embeddings(name):
    model = network.build(zoo.get(name))
    found = prunable_weights(model)
    embedded = [f"{address}.weight" for address, module in model.named_modules() if isinstance(module, nn.Embedding)]
    assert found and not set(found) & set(embedded)
    assert all(layer_of(model, weight) in weight for weight in found)
    pruned_share = sum(weight.numel() for weight in found.values()) / sum(p.numel() for p in model.parameters())
    assert pruned_share > 0.5


def test_weights_that_are_not_numbers_stay():
    weight = torch.tensor([[float("nan"), 1.0, 2.0, 3.0]])
    assert magnitude_masks({"a": weight}, 0.5)["a"].tolist() == [[True, False, False, True]]
