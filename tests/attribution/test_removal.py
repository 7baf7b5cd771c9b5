"""Deletion and insertion agree with a loop over steps, one input at a time."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.attribution.attributed_places import per_place
from explorer.attribution.removal import random_attributions, remove_by_rank


def by_hand(model, sample, baseline, attribution, steps, insert):
    """One input a step: the highest places of a flat list go, one after the other."""
    order = sorted(range(attribution.numel()), key=lambda place: -attribution.flatten()[place].item())
    numbers, height_width = [], attribution.shape[-2:]
    for step in range(steps + 1):
        count = round(step * len(order) / steps)
        start, end = (baseline, sample) if insert else (sample, baseline)
        changed = start.clone()
        for place in order[:count]:
            row, column = divmod(place, height_width[1])
            changed[:, row, column] = end[:, row, column]
        with torch.no_grad():
            numbers.append(model(changed[None]).item())
    return numbers


def test_both_curves_are_those_of_a_loop_over_single_inputs():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 1))
    sample, baseline, attribution = torch.randn(3, 5, 5), torch.randn(3, 5, 5), torch.randn(2, 1, 5, 5)
    with torch.no_grad():
        found = remove_by_rank(lambda rows: model(rows)[:, 0], sample, baseline, attribution, steps=7)
    for row in range(2):
        assert found.deletion[row].tolist() == pytest.approx(
            by_hand(model, sample, baseline, attribution[row], 7, insert=False), abs=1e-5)
        assert found.insertion[row].tolist() == pytest.approx(
            by_hand(model, sample, baseline, attribution[row], 7, insert=True), abs=1e-5)


def test_the_curves_join_the_input_and_the_baseline():
    found = remove_by_rank(lambda rows: rows.sum(1), torch.tensor([1.0, 2.0, 4.0]), torch.zeros(3),
                           torch.randn(4, 3), steps=50)
    assert len(found.shares) == 4  # no more steps than places
    assert found.shares.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert torch.equal(found.deletion[:, 0], torch.full((4,), 7.0))
    assert torch.equal(found.deletion[:, -1], torch.zeros(4))
    assert torch.equal(found.insertion.flip(1)[:, [0, -1]], found.deletion[:, [0, -1]])


def test_the_area_of_a_number_that_falls_in_a_straight_line_is_half():
    found = remove_by_rank(lambda rows: rows.mean(1), torch.ones(10), torch.zeros(10), torch.randn(1, 10), steps=10)
    assert found.deletion_area.item() == pytest.approx(0.5)
    assert found.insertion_area.item() == pytest.approx(0.5)


def test_equal_attributions_are_removed_in_an_order_drawn_from_the_seed_and_global_generators_stay():
    before = torch.get_rng_state()

    def curve(seed: int) -> list[float]:
        return remove_by_rank(lambda rows: rows[:, 0], torch.ones(9), torch.zeros(9), torch.zeros(1, 9), 9,
                              seed).deletion[0].tolist()

    assert curve(1) == curve(1)
    assert len({tuple(curve(seed)) for seed in range(8)}) > 2
    random_attributions(torch.zeros(3), 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_rows_go_through_the_network_some_at_a_time():
    sizes = []

    def measure(rows):
        sizes.append(len(rows))
        return rows.sum(1)

    torch.manual_seed(0)
    sample, attributions = torch.randn(40), torch.randn(5, 40)
    whole = remove_by_rank(lambda rows: rows.sum(1), sample, torch.zeros(40), attributions, 40)
    found = remove_by_rank(measure, sample, torch.zeros(40), attributions, 40, rows=16)
    assert max(sizes) <= 16
    assert torch.allclose(found.deletion, whole.deletion)
    assert torch.allclose(found.insertion, whole.insertion)


def test_channels_are_summed_and_a_layers_places_keep_their_sum_where_they_are():
    values = torch.randn(2, 3, 6, 6)
    assert torch.allclose(per_place(values, (3, 6, 6))[:, 0], values[:, 0] + values[:, 1] + values[:, 2])
    corner = torch.zeros(1, 1, 2, 2)
    corner[..., 0, 0] = 1.0
    laid = per_place(corner, (3, 6, 6))[0, 0]
    assert laid.sum().item() == pytest.approx(1.0)
    assert laid[0, 0] == laid.max() and laid[4:, 4:].abs().max() == 0
    assert per_place(torch.zeros(2, 7), (7, 16)).shape == (2, 7, 1)  # tokens
    assert per_place(torch.zeros(2, 7), (7,)).shape == (2, 7)
