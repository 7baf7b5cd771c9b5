"""Schedules of the learning rate: factors of the learning rate over the run, drawn before it starts.

A factor is a plain function of where the run stands, so the page, the trainer and a resumed run agree on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from explorer.kinds import Chosen, Kind
from explorer.registry import Registry
from explorer.spec import Number

_FINAL = Number("final", "Ends at", 0.0, low=0, high=1,
                help="The share of the learning rate that is left at the end of the run.")
_GAMMA = Number("gamma", "Factor", 0.5, low=1e-6, high=1, help="What the learning rate is multiplied by.")

SCHEDULES = Registry("schedule", (
    Kind("constant", "Constant", "The learning rate stays as it is.", (), r"\eta_t = \eta_0"),
    Kind("step", "Step", "Falls by a factor every few epochs.", (
        Number("every", "Every", 5.0, low=0.01, high=100_000, unit="epochs", help="How long each level lasts."),
        _GAMMA), r"\eta_t = \eta_0\, \gamma^{\lfloor e / k \rfloor}", "Dive into Deep Learning, 12.11"),
    Kind("exponential", "Exponential", "Falls by the same factor over every epoch, smoothly.",
         (Number("gamma", "Factor an epoch", 0.9, low=1e-6, high=1,
                 help="What the learning rate is multiplied by over an epoch."),), r"\eta_t = \eta_0\, \gamma^{e}"),
    Kind("polynomial", "Polynomial", "Falls to its end along a power of the time left; a power of 1 is a line.", (
        Number("power", "Power", 1.0, low=0.01, high=20, help="Above 1 it falls fast at first."), _FINAL),
        r"\eta_t = \eta_0 \left(f + (1 - f)(1 - t/T)^p\right)"),
    Kind("cosine", "Cosine", "Falls slowly, then fast, then slowly: half a wave of a cosine.", (_FINAL,),
         r"\eta_t = \eta_0 \left(f + (1 - f)\tfrac{1 + \cos \pi t/T}{2}\right)", "Loshchilov & Hutter 2017, eq. 5"),
    Kind("cosine_restarts", "Cosine with warm restarts", "A cosine that jumps back up again and again.", (
        Number("period", "First period", 2.0, low=0.01, high=100_000, unit="epochs",
               help="How long the first wave lasts."),
        Number("growth", "Growth", 2.0, low=1, high=10, help="Each wave lasts this many times the one before."),
        _FINAL), r"\eta_t = \eta_0 \left(f + (1 - f)\tfrac{1 + \cos \pi t_i/T_i}{2}\right)",
        "Loshchilov & Hutter 2017"),
    Kind("one_cycle", "One cycle", "Rises to the learning rate, then falls far below where it began.", (
        Number("rise", "Rising share", 0.3, low=0.01, high=0.99, help="The share of the run spent rising."),
        Number("start", "Starts at", 0.04, low=0, high=1, help="The share of the learning rate it starts from."),
        Number("final", "Ends at", 0.0001, low=0, high=1, help="The share of the learning rate it ends at.")),
        source="Smith & Topin 2018; torch.optim.lr_scheduler.OneCycleLR"),
))

Place = tuple[float, float, float]  # step and total steps after the warm-up, and steps an epoch


def lr_factor(schedule: Chosen, step: int, total_steps: int, batches_per_epoch: int,
              warmup_epochs: float = 0.0) -> float:
    """Compute the factor of the learning rate at update `step` (0 is the first) of a run of `total_steps`.

    The warm-up is linear and reaches 1 with the first update after it; the schedule covers the rest of the run.

    >>> lr_factor(Chosen("cosine", {"final": 0.0}), step=50, total_steps=100, batches_per_epoch=10)
    0.5
    """
    warmup = min(total_steps, round(warmup_epochs * batches_per_epoch))
    if step < warmup:
        return (step + 1) / (warmup + 1)
    place = (step - warmup, max(1, total_steps - warmup), batches_per_epoch)
    return _FACTORS[schedule.name](place, schedule.params)


def _cosine(share: float, start: float, end: float) -> float:
    """Go from start to end along half a cosine wave. share: 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _step(place: Place, params: Mapping[str, Any]) -> float:
    step, _, epoch = place
    return params["gamma"] ** math.floor(step / (params["every"] * epoch) + 1e-9)


def _exponential(place: Place, params: Mapping[str, Any]) -> float:
    step, _, epoch = place
    return params["gamma"] ** (step / epoch)


def _polynomial(place: Place, params: Mapping[str, Any]) -> float:
    step, total, _ = place
    return params["final"] + (1 - params["final"]) * max(0.0, 1 - step / total) ** params["power"]


def _restarts(place: Place, params: Mapping[str, Any]) -> float:
    step, _, epoch = place
    period, growth = params["period"] * epoch, params["growth"]
    wave = math.floor(step / period + 1e-9) if growth == 1 else math.floor(
        math.log1p(step / period * (growth - 1)) / math.log(growth) + 1e-9)
    begun = period * wave if growth == 1 else period * (growth**wave - 1) / (growth - 1)
    return _cosine((step - begun) / (period * growth**wave), 1.0, params["final"])


def _one_cycle(place: Place, params: Mapping[str, Any]) -> float:
    step, total, _ = place
    top, last = params["rise"] * total - 1, total - 1  # as PyTorch counts: the last update stands at the end
    if 0 < top >= step:
        return _cosine(step / top, params["start"], 1.0)
    return _cosine((step - top) / max(last - top, 1e-9), 1.0, params["final"])


_FACTORS: dict[str, Callable[[Place, Mapping[str, Any]], float]] = {
    "constant": lambda place, params: 1.0, "step": _step, "exponential": _exponential, "polynomial": _polynomial,
    "cosine": lambda place, params: _cosine(min(1.0, place[0] / place[1]), 1.0, params["final"]),
    "cosine_restarts": _restarts, "one_cycle": _one_cycle,
}
