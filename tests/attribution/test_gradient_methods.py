"""Methods of gradients against differences, integrals and loops written out in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.attribution import METHODS, Attributed, attribute, chunks
from explorer.attribution.baselines import make_baseline
from explorer.attribution.private_copy import explain

TARGETS = torch.tensor([0, 2])


def smooth_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, 8), nn.GELU(),
                         nn.Linear(8, 3)).double()


def linear_network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 3)).double()


def inputs(samples: int = 2) -> Tensor:
    return torch.rand(samples, 1, 6, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def attributed(name: str, model: nn.Module, given: Tensor | None = None, targets: Tensor = TARGETS,
               references: Callable[[], Tensor] | None = None, **options: Any) -> Attributed:
    given = inputs() if given is None else given
    return attribute(METHODS.get(name), model, given, lambda outputs: outputs, targets, options, references=references)


def gradient(model: nn.Module, one: Tensor, target: int) -> Tensor:
    """Differentiate by central differences: (…) of one sample without its axis."""
    found, step = torch.zeros_like(one), 1e-5
    with torch.no_grad():
        for place in np.ndindex(*one.shape):
            moved = torch.zeros_like(one)
            moved[place] = step
            ends = model(torch.stack([one + moved, one - moved]))[:, target]
            found[place] = (ends[0] - ends[1]) / (2 * step)
    return found


def exact_gradients(model: nn.Module, points: Tensor, target: int) -> Tensor:
    leaf = points.clone().requires_grad_()
    return torch.autograd.grad(model(leaf)[:, target].sum(), leaf)[0]


def test_saliency_is_what_a_small_change_of_each_pixel_does_to_the_number() -> None:
    model = smooth_network()
    found = attributed("saliency", model).values
    for one, target, own in zip(inputs(), TARGETS, found, strict=True):
        assert torch.allclose(own, gradient(model, one, int(target)), atol=1e-9)


def test_input_times_gradient_is_the_product_of_both() -> None:
    model = smooth_network()
    found = attributed("input_x_gradient", model).values
    for one, target, own in zip(inputs(), TARGETS, found, strict=True):
        assert torch.allclose(own, one * gradient(model, one, int(target)), atol=1e-9)


@pytest.mark.parametrize("rule", ["gausslegendre", "riemann_middle", "riemann_trapezoid"])
def test_integrated_gradients_are_the_integral_along_the_way(rule: str) -> None:
    model, baseline = smooth_network(), torch.full((1, 6, 6), 0.3, dtype=torch.float64)
    found = attributed("integrated_gradients", model, steps=60, rule=rule, baseline=baseline).values
    for one, target, own in zip(inputs(), TARGETS, found, strict=True):
        middles = ((torch.arange(2000) + 0.5) / 2000).double().reshape(-1, 1, 1, 1)
        way = exact_gradients(model, baseline + middles * (one - baseline), int(target))
        assert torch.allclose(own, (one - baseline) * way.mean(0), atol=1e-4)


@pytest.mark.parametrize(("rule", "expected"), [("riemann_left", 0.0), ("riemann_right", 2.0), ("riemann_middle", 1.0),
                                                ("riemann_trapezoid", 1.0), ("gausslegendre", 1.0)])
def test_each_rule_of_integration_has_its_points(rule: str, expected: float) -> None:
    class Square(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.square()
    steps = 2 if rule == "riemann_trapezoid" else 1
    found = attributed("integrated_gradients", Square(), torch.ones(1, 1), torch.tensor([0]), steps=steps, rule=rule)
    assert found.values.item() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["integrated_gradients", "gradient_shap"])
def test_attributions_of_a_linear_network_are_weights_times_differences(name: str) -> None:
    model, baseline = linear_network(), torch.rand(1, 6, 6, dtype=torch.float64)
    found = attributed(name, model, baseline=baseline)
    weights = model[1].weight.detach()[TARGETS].reshape(2, 1, 6, 6)
    assert torch.allclose(found.values, weights * (inputs() - baseline), atol=1e-12)
    assert torch.allclose(found.sums, found.differences)
    assert found.error < 1e-12


def test_integrated_gradients_add_up_to_the_difference_of_outputs() -> None:
    model, given = smooth_network(), inputs(16)
    found = attributed("integrated_gradients", model, given, model(given).argmax(1))
    with torch.no_grad():
        expected = model(given).max(1).values - model(torch.zeros(1, 1, 6, 6).double())[0, model(given).argmax(1)]
    assert torch.allclose(found.differences, expected)
    assert torch.allclose(found.sums, expected, atol=1e-8)


def test_smooth_grad_is_the_mean_gradient_over_noisy_copies() -> None:
    model = smooth_network()
    found = attributed("smooth_grad", model, draws=7, noise=0.2, seed=5).values
    noise = torch.randn(7, 1, 6, 6, generator=torch.Generator().manual_seed(5)).double()
    for one, target, own in zip(inputs(), TARGETS, found, strict=True):
        scale = 0.2 * (one.max() - one.min())
        each = [exact_gradients(model, (one + scale * drawn)[None], int(target))[0] for drawn in noise]
        assert torch.allclose(own, torch.stack(each).mean(0), atol=1e-12)


def test_gradient_shap_adds_up_to_the_distance_from_the_mean_output_of_the_baselines() -> None:
    model, others = smooth_network(), torch.rand(20, 1, 6, 6, dtype=torch.float64)
    found = attributed("gradient_shap", model, references=lambda: others, draws=200)
    with torch.no_grad():
        rows = torch.arange(2)
        expected = model(inputs())[rows, TARGETS] - model(others)[:, TARGETS].mean(0)
    assert torch.allclose(found.differences, expected)
    assert torch.allclose(found.sums, expected, atol=2e-2)


def test_gradient_shap_comes_near_the_mean_of_integrated_gradients_over_the_baselines() -> None:
    model, others = smooth_network(), torch.rand(10, 1, 6, 6, dtype=torch.float64)
    found = attributed("gradient_shap", model, references=lambda: others, draws=200).values
    each = [attributed("integrated_gradients", model, baseline=other).values for other in others]
    expected = torch.stack(each).mean(0)
    assert (found - expected).norm() < 0.05 * expected.norm()


@pytest.mark.parametrize("name", ["smooth_grad", "gradient_shap"])
def test_draws_are_the_same_again_and_differ_with_the_seed(name: str) -> None:
    model = smooth_network()
    state, drawn = torch.get_rng_state(), np.random.get_state()[1].tolist()
    first, again, other = (attributed(name, model, seed=seed).values for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.random.get_state()[1].tolist() == drawn


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "smooth_grad", "layer_conductance"])
def test_an_input_gets_the_same_attributions_alone_as_in_a_batch(name: str) -> None:
    model = smooth_network()
    together = attributed(name, model).values
    alone = [attributed(name, model, inputs()[row:row + 1], TARGETS[row:row + 1]).values for row in range(2)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-12)


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "smooth_grad", "gradient_shap",
                                  "layer_conductance"])
def test_chunks_of_a_few_rows_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = smooth_network()
    expected, rows = attributed(name, model).values, []
    monkeypatch.setattr(chunks, "_MOST_ROWS", 3)
    model.register_forward_hook(lambda _module, given, _output: rows.append(len(given[0])))
    assert torch.allclose(attributed(name, model).values, expected, atol=1e-12)
    assert max(rows) <= 3


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "smooth_grad", "gradient_shap",
                                  "layer_conductance"])
def test_everything_is_computed_on_the_models_device(name: str) -> None:
    explained, values = explain(smooth_network().to("meta"), inputs(), lambda outputs: outputs)
    method, options = METHODS.get(name), {}
    if any(spec.name == "baseline" for spec in method.params):
        start = make_baseline("noise", values)
        options["baseline"] = start if method.draws_baselines else start[0].expand_as(values)
    if method.of_layer:
        options["layer"] = "0"
    assert method.attribute(explained, values, TARGETS.to("meta"), **options).device.type == "meta"


def test_a_number_that_no_gradient_reaches_gets_zeros_and_the_reason() -> None:
    class Step(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x > 0.5).to(x).sum((1, 2, 3))[:, None].expand(-1, 3)
    found = attributed("integrated_gradients", Step())
    assert not found.values.any()
    assert found.error == 1.0
    assert "network has a step" in str(found.reason)


def test_relevance_of_a_constant_network_is_zero_for_a_reason_of_its_own() -> None:
    class Constant(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.ones(len(x), 3)
    found = attributed("lrp", Constant())
    assert not found.values.any()
    assert found.error == 1.0
    assert "the network is constant" in str(found.reason)


def test_a_constant_network_gets_zeros_and_no_error() -> None:
    class Constant(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.ones(len(x), 3)
    found = attributed("integrated_gradients", Constant())
    assert not found.values.any()
    assert np.isnan(found.error)
    assert found.reason is None


def test_too_few_steps_are_named_as_the_reason() -> None:
    class Steep(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.tanh(400 * (x.mean((1, 2, 3)) - 0.11))[:, None].expand(-1, 3)
    few, many = (attributed("integrated_gradients", Steep(), steps=steps) for steps in (2, 1000))
    assert few.error > 0.5
    assert "2 steps are too few" in str(few.reason)
    assert many.error < 0.01
    assert many.reason is None
