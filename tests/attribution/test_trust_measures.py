"""Infidelity and sensitivity agree with explicit loops over draws."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.attribution.trust_measures import largest_change, unexplained_share


def small_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def gradient(model, rows, targets):
    rows = rows.detach().clone().requires_grad_()
    return torch.autograd.grad(model(rows).gather(1, targets[:, None]).sum(), rows)[0]


@pytest.mark.parametrize("is_gradient", [True, False])
def test_the_unexplained_share_is_that_of_a_loop_over_draws(is_gradient):
    model, targets = small_network(), torch.tensor([1])
    inputs, baselines = torch.randn(1, 2, 2, 3, dtype=torch.float64), torch.randn(1, 2, 2, 3, dtype=torch.float64)
    attributions = gradient(model, inputs, targets)
    if not is_gradient:
        attributions = attributions * (inputs - baselines)
    drawn = torch.Generator().manual_seed(5)
    predicted, changes = [], []
    for removed in torch.rand(40, 1, 2, 3, generator=drawn) < 0.3:
        there = torch.where(removed, baselines[0], inputs[0])[None]
        changes.append((model(inputs) - model(there))[0, 1].item())
        step = inputs - there if is_gradient else removed[None].double()
        predicted.append((attributions * step).sum().item())
    pairs = list(zip(predicted, changes, strict=True))
    fit = sum(a * b for a, b in pairs) / sum(a * a for a in predicted)
    wanted = sum((fit * a - b) ** 2 for a, b in pairs) / sum(b * b for b in changes)
    found = unexplained_share(model, inputs, targets, baselines, attributions, is_gradient, (1, 2, 3), 0.3, draws=40,
                              seed=5)
    assert fit > 0 and 0.0 < wanted < 0.9
    assert found.item() == pytest.approx(wanted, rel=1e-6)


def test_an_attribution_of_the_wrong_sign_explains_nothing_and_a_perfect_one_all():
    line = nn.Linear(6, 1)
    inputs, targets, baselines = torch.randn(3, 6), torch.zeros(3, dtype=torch.int64), torch.zeros(3, 6)
    shares = (line.weight * inputs).detach()
    perfect, wrong = (unexplained_share(line, inputs, targets, baselines, values, False, (6,))
                      for values in (7 * shares, -shares))
    assert perfect.abs().max() < 1e-5
    assert wrong.tolist() == [1.0] * 3


def test_a_number_that_never_changes_has_no_infidelity_and_no_attribution_explains_nothing():
    class Constant(nn.Module):
        def forward(self, rows):
            return rows.new_ones(len(rows), 1)

    inputs, targets = torch.randn(2, 4), torch.zeros(2, dtype=torch.int64)
    none = torch.zeros(2, 4)
    assert unexplained_share(Constant(), inputs, targets, none, torch.ones(2, 4), False, (4,)).isnan().all()
    assert unexplained_share(nn.Linear(4, 1), inputs, targets, none, none, False, (4,)).tolist() == [1.0, 1.0]


def test_sensitivity_is_the_largest_relative_change_of_a_loop_over_draws():
    model, targets = small_network(), torch.tensor([2])
    inputs = torch.randn(1, 12, dtype=torch.float64)
    own, drawn = gradient(model, inputs, targets), torch.Generator().manual_seed(3)
    changes = []
    for move in torch.rand(25, 12, generator=drawn):
        near = gradient(model, inputs + 0.1 * (2 * move - 1), targets)
        changes.append(((near - own).norm() / own.norm()).item())
    found = largest_change(lambda rows, of: gradient(model, rows, of), inputs, targets, 0.1, draws=25, seed=3)
    assert found.item() == pytest.approx(max(changes), rel=1e-6)


def test_neither_measure_moves_the_global_generator_and_the_same_question_has_the_same_answer():
    model, before = small_network().float(), torch.get_rng_state()
    inputs, targets = torch.ones(3, 12), torch.tensor([0, 1, 2])

    def both():
        share = unexplained_share(model, inputs, targets, torch.zeros(3, 12), torch.ones(3, 12), False, (12,))
        return (*share.tolist(), *largest_change(lambda rows, of: gradient(model, rows, of), inputs, targets).tolist())

    assert both() == both()
    assert torch.equal(torch.get_rng_state(), before)
