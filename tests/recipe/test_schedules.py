"""Each schedule's curve equals PyTorch's scheduler of that name, or its formula."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from explorer.recipe import SCHEDULES, choose, lr_factor

TOTAL, PER_EPOCH = 60, 12


def ours(name: str, warmup_epochs: float = 0.0, total: int = TOTAL, **params: Any) -> list[float]:
    chosen = choose(SCHEDULES, name, params)
    return [lr_factor(chosen, step, total, PER_EPOCH, warmup_epochs) for step in range(total)]


def theirs(make: Callable[[torch.optim.Optimizer], Any]) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(TOTAL):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(("name", "params", "make"), [
    ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ("step", {"every": 2, "gamma": 0.3}, lambda o: lr_scheduler.StepLR(o, 2 * PER_EPOCH, 0.3)),
    ("exponential", {"gamma": 0.8}, lambda o: lr_scheduler.ExponentialLR(o, 0.8 ** (1 / PER_EPOCH))),
    ("polynomial", {"power": 2.5}, lambda o: lr_scheduler.PolynomialLR(o, TOTAL, 2.5)),
    ("cosine", {"final": 0.1}, lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL, 0.1)),
    ("cosine_restarts", {"period": 1, "growth": 2, "final": 0.05},
     lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, PER_EPOCH, 2, 0.05)),
    ("cosine_restarts", {"period": 1, "growth": 1, "final": 0.0},
     lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, PER_EPOCH, 1, 0.0)),
    ("one_cycle", {"rise": 0.3, "start": 0.04, "final": 0.04 / 1e4},
     lambda o: lr_scheduler.OneCycleLR(o, 1.0, TOTAL, cycle_momentum=False)),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_schedule_is_pytorchs(name: str, params: dict[str, Any], make: Callable[..., Any]) -> None:
    assert ours(name, **params) == pytest.approx(theirs(make), abs=1e-6)


def test_every_schedule_is_compared_above() -> None:
    assert SCHEDULES.names() == ["constant", "step", "exponential", "polynomial", "cosine", "cosine_restarts",
                                 "one_cycle"]


def test_a_warm_up_rises_in_a_line_and_the_schedule_has_the_rest() -> None:
    factors = ours("cosine", warmup_epochs=1)
    assert factors[:PER_EPOCH] == pytest.approx([(step + 1) / (PER_EPOCH + 1) for step in range(PER_EPOCH)])
    rest = TOTAL - PER_EPOCH
    assert factors[PER_EPOCH:] == pytest.approx([(1 + math.cos(math.pi * t / rest)) / 2 for t in range(rest)])


@pytest.mark.parametrize("name", SCHEDULES.names())
@pytest.mark.parametrize("total", [1, 2, 3])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 50.0])
def test_the_shortest_runs_have_a_learning_rate_too(name: str, total: int, warmup: float) -> None:
    factors = ours(name, warmup, total)
    assert all(0 <= factor <= 1 and math.isfinite(factor) for factor in factors)
