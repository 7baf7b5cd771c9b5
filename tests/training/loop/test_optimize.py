"""What an optimizer does is what its formula says, computed here; clipping, averages and frozen parts take effect."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from small_runs import digits_recipe, plane_recipe
from torch import Tensor

from explorer.recipe import OPTIMIZERS, SCHEDULES, Recipe, choose, lr_factor
from explorer.training import Trainer, load_parts


def trainer_of(recipe: Recipe) -> Trainer:
    return Trainer(recipe, load_parts(recipe))


def updates(recipe: Recipe, count: int = 3) -> tuple[list[Tensor], list[list[Tensor]]]:
    """All weights in one row before and after each update, and the gradients that led there."""
    trainer = trainer_of(recipe)
    flat, gradients = [_row(trainer)], []
    for _ in range(count):
        trainer.train_step()
        flat.append(_row(trainer))
        gradients.append(torch.cat([p.grad.flatten() for p in trainer.model.parameters()]).double())
    return flat, gradients


def _row(trainer: Trainer) -> Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()]).double()


def _sgd(w: Tensor, gradients: list[Tensor], decay: float, lr: float, momentum: float, nesterov: bool,
         dampening: float) -> list[Tensor]:
    out, velocity = [], None
    for g in gradients:
        g = g + decay * w
        velocity = g if velocity is None else momentum * velocity + (1 - dampening) * g
        w = w - lr * (g + momentum * velocity if nesterov else velocity)
        out.append(w)
    return out


def _adagrad(w: Tensor, gradients: list[Tensor], decay: float, lr: float, lr_decay: float,
             initial_accumulator_value: float, eps: float) -> list[Tensor]:
    out, total = [], torch.full_like(w, initial_accumulator_value)
    for t, g in enumerate(gradients):
        g = g + decay * w
        total = total + g**2
        w = w - lr / (1 + t * lr_decay) * g / (total.sqrt() + eps)
        out.append(w)
    return out


def _rmsprop(w: Tensor, gradients: list[Tensor], decay: float, lr: float, alpha: float, momentum: float,
             centered: bool, eps: float) -> list[Tensor]:
    out, square, mean, velocity = [], torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)
    for g in gradients:
        g = g + decay * w
        square, mean = alpha * square + (1 - alpha) * g**2, alpha * mean + (1 - alpha) * g
        scaled = g / ((square - mean**2 if centered else square).sqrt() + eps)
        velocity = momentum * velocity + scaled
        w = w - lr * velocity
        out.append(w)
    return out


def _adam(w: Tensor, gradients: list[Tensor], decay: float, lr: float, beta1: float, beta2: float, eps: float,
          amsgrad: bool, decoupled: bool = False) -> list[Tensor]:
    out, m, s, largest = [], torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)
    for t, g in enumerate(gradients, 1):
        if decoupled:
            w = w - lr * decay * w
        else:
            g = g + decay * w
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g**2
        largest = torch.maximum(largest, s)
        root = ((largest if amsgrad else s) / (1 - beta2**t)).sqrt()
        w = w - lr * (m / (1 - beta1**t)) / (root + eps)
        out.append(w)
    return out


BY_HAND = {"sgd": _sgd, "adagrad": _adagrad, "rmsprop": _rmsprop, "adam": _adam,
           "adamw": lambda *args, **params: _adam(*args, **params, decoupled=True)}
CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in OPTIMIZERS.names()), ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"momentum": 0.5, "dampening": 0.3}), ("adagrad", {"lr_decay": 0.5, "initial_accumulator_value": 0.1}),
    ("rmsprop", {"alpha": 0.8, "momentum": 0.7, "centered": True}), ("adam", {"amsgrad": True, "beta1": 0.5}),
    ("adamw", {"beta2": 0.9, "eps": 1e-3})]


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize(("name", "params"), CASES)
def test_the_first_updates_are_those_computed_by_hand(name: str, params: dict[str, Any], decay: float) -> None:
    recipe = plane_recipe(weight_decay=decay).with_optimizer(name, **{"lr": 0.01, **params})
    weights, gradients = updates(recipe)
    expected = BY_HAND[name](weights[0], gradients, decay, **recipe.optimizer.params)
    for ours, theirs in zip(weights[1:], expected, strict=True):
        assert torch.allclose(ours, theirs, atol=2e-6)
    assert not torch.allclose(weights[0], weights[-1], atol=1e-4)


def test_the_learning_rate_of_each_update_follows_the_schedule_and_its_warm_up() -> None:
    schedule = choose(SCHEDULES, "cosine", {})
    recipe = plane_recipe(warmup_epochs=0.5).with_(schedule=schedule).with_optimizer("sgd", lr=0.2)
    trainer, (weights, gradients) = trainer_of(recipe), updates(recipe, 12)
    for step, gradient in enumerate(gradients):
        lr = 0.2 * lr_factor(schedule, step, trainer.total_steps, trainer.batches_per_epoch, 0.5)
        assert torch.allclose(weights[step] - lr * gradient, weights[step + 1], atol=1e-6)


@pytest.mark.parametrize(("settings", "limit"), [({"clip_norm": 0.05}, None), ({"clip_value": 0.01}, None)])
def test_clipping_cuts_the_gradient_that_the_update_uses(settings: dict[str, float], limit: None) -> None:
    (before, after), _ = updates(plane_recipe(**settings).with_optimizer("sgd", lr=1.0), 1)
    _, (free,) = updates(plane_recipe().with_optimizer("sgd", lr=1.0), 1)
    if "clip_norm" in settings:
        expected = free * settings["clip_norm"] / free.norm()
    else:
        expected = free.clamp(-settings["clip_value"], settings["clip_value"])
    assert free.norm() > 0.05
    assert torch.allclose(before - after, expected, atol=1e-5)


def test_gradient_norms_are_recorded_as_they_were_before_clipping() -> None:
    rows = []
    for recipe in (plane_recipe(), plane_recipe(clip_norm=1e-6)):
        trainer = trainer_of(recipe)
        trainer.train_step()
        rows.append(trainer.instruments.flush().gradient_norm)
    assert (rows[0] == rows[1]).all()


def test_the_average_of_the_weights_is_what_is_measured_and_kept() -> None:
    trainer = trainer_of(digits_recipe(averaging=0.9))
    name, expected = "linear1.weight", None
    for step in range(1, 6):
        trainer.train_step()
        now = trainer.model.state_dict()[name]
        decay = min(0.9, (1 + step) / (10 + step))
        expected = (expected if expected is not None else network_start(trainer)[name]) * decay + now * (1 - decay)
    kept = trainer.weights()
    assert torch.allclose(kept[name], expected, atol=1e-6)
    assert not torch.equal(kept[name], trainer.model.state_dict()[name])
    assert torch.equal(kept["norm1.running_mean"], trainer.model.state_dict()["norm1.running_mean"])
    measured = trainer.evaluate_validation()
    trainer.model.load_state_dict(kept)
    trainer.eval_model = trainer.model
    assert trainer.evaluate_validation() == measured


def network_start(trainer: Trainer) -> dict[str, Tensor]:
    return trainer_of(trainer.recipe).model.state_dict()


def test_a_frozen_node_keeps_its_weights_and_statistics_and_a_factor_scales_the_step() -> None:
    recipe = digits_recipe(epochs=1).with_optimizer("sgd", lr=0.1)
    plain, held = trainer_of(recipe), trainer_of(recipe.with_(lr_factors={"conv1": 0.0, "norm1": 0.0, "linear1": 0.5}))
    start = {name: value.clone() for name, value in held.model.state_dict().items()}
    held.train_step()
    after = held.model.state_dict()
    frozen = [name for name in start if name.startswith(("conv1", "norm1"))]
    assert len(frozen) == 7
    assert all(torch.equal(start[name], after[name]) for name in frozen)
    gradient = held.model.linear1.weight.grad
    assert torch.allclose(start["linear1.weight"] - after["linear1.weight"], 0.1 * 0.5 * gradient, atol=1e-7)
    assert held.instruments.layers == ["linear1"]
    assert plain.instruments.layers == ["conv1", "norm1", "linear1"]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_computes_in_half_and_learns_nearly_the_same(precision: str) -> None:
    full, half = trainer_of(digits_recipe()), trainer_of(digits_recipe(precision=precision))
    kinds = set()
    half.model.conv1.register_forward_hook(lambda _module, _inputs, out: kinds.add(out.dtype))
    for trainer in (full, half):
        for _ in range(5):
            trainer.train_step()
    assert kinds == {torch.bfloat16 if precision == "bf16" else torch.float16}
    losses = [trainer.instruments.flush().loss for trainer in (full, half)]
    assert (losses[0] != losses[1]).any()
    assert losses[0] == pytest.approx(losses[1], rel=0.1)
    assert all(parameter.dtype == torch.float32 for parameter in half.model.parameters())
    assert math.isfinite(losses[1][-1])
