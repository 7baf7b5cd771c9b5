"""Occlusion and ablation against loops, KernelShap against all sets of features, Lime against a fit written out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from torch import Tensor, nn

from explorer import probes
from explorer.attribution import METHODS, chunks

from .conftest import attributed

TARGETS = torch.tensor([0, 2])


def drawn(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3))


def picture_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3)).eval()


def table_network(features: int = 7) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(features, 12), nn.Tanh(), nn.Linear(12, 3)).eval()


def numbers(model: nn.Module, values: Tensor) -> Tensor:
    with torch.no_grad():
        return model(values).gather(1, TARGETS[:len(values), None])[:, 0]


@pytest.mark.parametrize(("window", "stride", "channels"), [(2, 2, "together"), (3, 1, "together"), (3, 2, "each"),
                                                           (20, None, "together"), (None, None, "together")])
def test_occlusion_is_the_mean_loss_over_the_windows_that_cover_a_pixel(window: int | None, stride: int | None,
                                                                        channels: str) -> None:
    model, inputs, baseline = picture_network(), drawn(2, 2, 8, 6), drawn(2, 8, 6) / 4
    found = attributed("occlusion", model, inputs, TARGETS, window=window, stride=stride, channels=channels,
                       baseline=baseline).values
    side = window or 1
    step = stride or math.ceil(side / 2)
    lost, covered = torch.zeros_like(inputs), torch.zeros_like(inputs)
    for top, left, channel in itertools.product(*(range(0, 1 + math.ceil(max(size - side, 0) / step)) for size in (8, 6)),
                                                range(2) if channels == "each" else [slice(None)]):
        place = (slice(None), channel, slice(top * step, top * step + side), slice(left * step, left * step + side))
        without = inputs.clone()
        without[place] = baseline.expand_as(inputs)[place]
        lost[place] += (numbers(model, inputs) - numbers(model, without)).reshape(-1, *[1] * (inputs[place].dim() - 1))
        covered[place] += 1
    assert torch.allclose(found, lost / covered, atol=1e-5)


def test_ablation_is_the_loss_without_each_patch_and_without_each_feature() -> None:
    model, inputs = picture_network(), drawn(2, 2, 8, 6)
    found = attributed("feature_ablation", model, inputs, TARGETS, patch=3).values
    for top, left in itertools.product(range(0, 8, 3), range(0, 6, 3)):
        without = inputs.clone()
        without[:, :, top:top + 3, left:left + 3] = 0
        expected = (numbers(model, inputs) - numbers(model, without))[:, None, None, None]
        patch = found[:, :, top:top + 3, left:left + 3]
        assert torch.allclose(patch, expected.expand_as(patch), atol=1e-6)
    table, row = table_network(), drawn(2, 7)
    found = attributed("feature_ablation", table, row, TARGETS).values
    lost = [numbers(table, row) - numbers(table, row * (torch.arange(7) != feature)) for feature in range(7)]
    assert torch.allclose(found, torch.stack(lost, 1), atol=1e-6)


def shapley_values(value: Callable[[tuple[int, ...]], float], count: int) -> np.ndarray:
    """All sets of features, by definition."""
    found = np.zeros(count)
    for feature in range(count):
        others = [each for each in range(count) if each != feature]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for kept in itertools.combinations(others, size):
                found[feature] += weight * (value((*kept, feature)) - value(kept))
    return found


def test_kernel_shap_comes_close_to_shapley_values_of_all_sets_and_adds_up() -> None:
    model, inputs, baseline = table_network(), drawn(1, 7) * 4 - 2, drawn(7) / 2
    with torch.no_grad():
        def value(kept: tuple[int, ...]) -> float:
            return model(torch.where(torch.isin(torch.arange(7), torch.tensor(kept, dtype=torch.int64)), inputs[0],
                                     baseline)[None])[0, 0].item()
        exact = shapley_values(value, 7)
    found = attributed("kernel_shap", model, inputs, TARGETS[:1], baseline=baseline, draws=4000)
    assert np.allclose(found.values[0], exact, atol=0.03 * np.abs(exact).max())
    assert found.error < 1e-3


def test_a_patchs_shapley_value_is_spread_over_its_pixels_so_that_all_adds_up() -> None:
    found = attributed("kernel_shap", picture_network(), drawn(2, 2, 8, 6), TARGETS, patch=3)
    assert found.error < 1e-3
    assert torch.allclose(found.values[:, :, :3, :3], found.values[:, :1, :1, :1].expand(2, 2, 3, 3))


def test_one_segment_has_all_of_the_difference() -> None:
    model, inputs = table_network(1), torch.tensor([[0.5]])
    expected = numbers(model, inputs) - numbers(model, torch.zeros(1, 1))
    for name in ("kernel_shap", "feature_ablation", "occlusion"):
        assert torch.allclose(attributed(name, model, inputs, TARGETS[:1]).values[0], expected, atol=1e-4)


def test_lime_finds_the_weights_of_a_line_and_fits_others_by_weighted_least_squares() -> None:
    line, inputs = nn.Linear(6, 3), drawn(2, 6)
    found = attributed("lime", line, inputs, TARGETS, shrinkage=0).values
    assert torch.allclose(found, line.weight.detach()[TARGETS] * inputs, atol=1e-4)
    model, one = table_network(), drawn(1, 7)
    found = attributed("lime", model, one, TARGETS[:1], shrinkage=0, draws=50, seed=4).values[0]
    generator = torch.Generator().manual_seed(4)
    kept = torch.cat([torch.randint(2, (1, 7), generator=generator) for _ in range(50)]).float()
    with torch.no_grad():
        values = model(kept * one)[:, 0].numpy()
    near = torch.exp(-(1 - torch.cosine_similarity(kept * one, one)) ** 2 / 2).numpy()
    assert np.allclose(found, LinearRegression().fit(kept, values, near).coef_, atol=1e-4)


def test_lime_shrinks_small_coefficients_to_zero() -> None:
    model, one = table_network(), drawn(1, 7)
    zeros = [(attributed("lime", model, one, TARGETS[:1], shrinkage=shrinkage).values == 0).sum().item()
             for shrinkage in (0, 0.02, 100)]
    assert zeros[0] < zeros[1] < zeros[2] == 7


@pytest.mark.parametrize("name", ["occlusion", "feature_ablation", "kernel_shap", "lime"])
def test_chunks_and_the_rest_of_a_batch_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, inputs = picture_network(), drawn(2, 2, 8, 6)
    together = attributed(name, model, inputs, TARGETS).values
    monkeypatch.setattr(chunks, "BUDGET_BYTES", 1)
    alone = [attributed(name, model, inputs[row:row + 1], TARGETS[row:row + 1]).values for row in range(2)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-4)


@pytest.mark.parametrize("name", ["kernel_shap", "lime"])
def test_a_seed_gives_the_same_answer_and_leaves_global_generators_alone(name: str) -> None:
    model, inputs = table_network(), drawn(2, 7)
    torch.manual_seed(5)
    np.random.seed(5)
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    found = [attributed(name, model, inputs, TARGETS, draws=20, seed=seed).values for seed in (0, 0, 1)]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])


@pytest.mark.parametrize("name", ["occlusion", "feature_ablation", "kernel_shap", "lime"])
def test_a_texts_tokens_are_taken_away_one_by_one(name: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(9, 3), nn.Flatten(), nn.Linear(15, 4, bias=False))
    tokens = torch.randint(9, (2, 5))
    found = probes.run(name, model, tokens, target=1, **({"shrinkage": 0} if name == "lime" else {}))
    with torch.no_grad():
        parts = (model[0](tokens) * model[2].weight[1].reshape(5, 3)).sum(2)
    assert found.kind == "tokens"
    assert np.allclose(found.values, parts, atol=2e-3)


def test_costs_follow_the_options() -> None:
    passes = {name: METHODS.get(name).passes for name in ("occlusion", "feature_ablation", "kernel_shap", "lime")}
    assert passes["kernel_shap"]({"draws": 600}, 784) == pytest.approx(200)
    assert passes["lime"]({}, 784) == pytest.approx(256 / 3)
    assert passes["feature_ablation"]({}, 5) == pytest.approx(5 / 3)
    assert passes["feature_ablation"]({"patch": 1}, 784) > passes["feature_ablation"]({"patch": 7}, 784)
    assert passes["occlusion"]({"window": 4, "stride": 1}, 784) == pytest.approx(784 / 3)
