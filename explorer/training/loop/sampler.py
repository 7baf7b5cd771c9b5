"""Full recording: layer statistics of some steps, as many as a fixed share of the time allows.

It never changes the training: it reads what a step computes anyway, and draws no random number.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import record_activations
from explorer.training.loop.gradient_norms import values_of
from explorer.training.loop.layer_choice import Layers, nodes_of
from explorer.training.loop.layers import compute_updates, describe_output
from explorer.training.records.layer_statistics import (
    BINS,
    GRADIENTS,
    MOST_COUNTED,
    WEIGHTS,
    Counts,
    Sample,
)

SHARE = 0.07  # of the training time; with basic recording, 10 % of an MLP, it stays under a quarter
GRACE_S = 0.02  # may be spent in advance, so that the first steps are sampled densely
_STEPS_AN_OCTAVE = 64  # samples between one step and twice that step: a run of 100,000 has some 700
_SPREADS = 5  # a histogram reaches no further than so many root mean squares


def stride_at(step: int) -> int:
    """Return the distance between samples around this step: a power of two that grows with the step."""
    return 1 << max(0, (step // _STEPS_AN_OCTAVE).bit_length() - 1)


class Sampler:
    """A sampler of one model's steps.

    layers: the addresses of all nodes that compute, in order; weights: the trainable matrices and kernels of each layer
    that has some, by name. `spent_s` is the cost of sampling so far, `plain_s` the time of the steps without it.
    """

    def __init__(self, model: nn.Module, share: float = SHARE, grace_s: float = GRACE_S,
                 layers: Layers | None = None) -> None:
        """Sample a built network, or these layers of any model."""
        layers = layers or nodes_of(model)
        self.model, self._share, self._grace_s = model, share, grace_s
        self.modules, self.weights = layers.modules, layers.matrices
        self.layers = list(self.modules)
        self.spent_s = self.plain_s = 0.0
        self._samples: list[Sample] = []

    def resume(self, spent_s: float, train_seconds: float) -> None:
        """Continue from the cost and the training time of an earlier process."""
        self.spent_s, self.plain_s = spent_s, train_seconds - spent_s

    @contextmanager
    def step(self, step: int) -> Iterator[StepSample | None]:
        """Wrap one whole step; yields a StepSample if it is to be sampled."""
        started, spent_before = time.perf_counter(), self.spent_s
        sampled = StepSample(self, step) if self._is_wanted(step) else None
        yield sampled
        if sampled:
            with self.counted():
                self._samples.append(sampled.finish())
        self.plain_s += time.perf_counter() - started - (self.spent_s - spent_before)

    def _is_wanted(self, step: int) -> bool:
        """Return whether the schedule, a function of the step alone, and the budget both allow a sample."""
        return step % stride_at(step) == 0 and self.spent_s <= self._grace_s + self._share * self.plain_s

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Wrap work for a sample: its time counts as the sampler's."""
        started = time.perf_counter()
        yield
        self.spent_s += time.perf_counter() - started

    def flush(self) -> list[Sample]:
        """Return the samples since the last flush."""
        samples, self._samples = self._samples, []
        return samples


class StepSample:
    """A sample in the making: `forward` around the forward pass, `before_update`, then `finish` after the update."""

    def __init__(self, sampler: Sampler, step: int) -> None:
        self._sampler, self._step = sampler, step
        self._values: dict[str, dict[str, float]] = {address: {} for address in sampler.layers}
        self._histograms: dict[tuple[str, str], Counts] = {}
        self._before: dict[str, Tensor] = {}

    @contextmanager
    def forward(self, batch: int) -> Iterator[None]:
        """Wrap the forward pass of `batch` samples."""
        sampler = self._sampler
        with record_activations(sampler.model, sampler.layers) as outputs:
            yield
        for address, output in outputs.items():
            if address in sampler.modules:
                self.describe(address, output, batch)

    def describe(self, address: str, output: Tensor, batch: int) -> None:
        """Measure the output of a layer for `batch` samples; that of its last call is kept."""
        with self._sampler.counted(), torch.no_grad():
            module = self._sampler.modules[address]
            self._values[address] |= describe_output(module, _in_single(output), batch)

    def before_update(self) -> None:
        """Record weights and gradients, after the backward pass and before the update."""
        self.keep_weights()
        self.count_gradients()

    @property
    def has_weights(self) -> bool:
        """Return whether the weights before the update have been recorded."""
        return any(what == WEIGHTS for _address, what in self._histograms)

    def keep_weights(self, copied: bool = True) -> None:
        """Count the weights and, to learn how far the update moves them, copy them; before the update."""
        with self._sampler.counted(), torch.no_grad():
            for address, weights in self._sampler.weights.items():
                if copied:
                    self._before |= {name: weight.detach().clone() for name, weight in weights.items()}
                self._histograms[address, WEIGHTS] = count(list(weights.values()))

    def count_gradients(self, addresses: Collection[str] | None = None, scale: float = 1.0) -> None:
        """Count the gradients of all layers or of these, each divided by `scale`; after the backward pass."""
        with self._sampler.counted(), torch.no_grad():
            for address, weights in self._sampler.weights.items():
                if addresses is None or address in addresses:
                    found = count([weight.grad for weight in weights.values() if weight.grad is not None])
                    self._histograms[address, GRADIENTS] = replace(found, limit=found.limit / scale)

    def finish(self) -> Sample:
        """Compare the weights with those before the update, and return the sample."""
        after = {name: weight for weights in self._sampler.weights.values() for name, weight in weights.items()}
        with torch.no_grad():
            for address, share in compute_updates(self._before, after).items():
                self._values[address]["update"] = share
        names = dict.fromkeys(name for found in self._values.values() for name in found)
        values = {name: np.array([found.get(name, np.nan) for found in self._values.values()], np.float32)
                  for name in names}
        return Sample(self._step, values, self._histograms)


def _in_single(output: Tensor) -> Tensor:
    """Convert a half-precision output, which has too few bits for a mean."""
    return output.float() if output.is_floating_point() else output


def count(tensors: list[Tensor]) -> Counts:
    """Count the finite values of these tensors in equal bins around zero.

    The bins end at the largest magnitude, or at five root mean squares if that is less.
    """
    if not tensors:
        return Counts(1.0, np.zeros(BINS, np.int64))
    values = _picked(torch.cat([values_of(t.detach()).flatten() for t in tensors]).float())
    values = values[values.isfinite()]
    limit = min(values.abs().max().item(), _SPREADS * values.square().mean().sqrt().item()) if len(values) else 0.0
    limit = limit if 0 < limit < float("inf") else 1.0
    places = ((values / limit + 1) * (BINS / 2)).clamp(0, BINS - 1).long()
    return Counts(limit, torch.bincount(places, minlength=BINS).cpu().numpy())


def _picked(values: Tensor) -> Tensor:
    """Pick at most MOST_COUNTED values, evenly spaced. values: (value,)."""
    if len(values) <= MOST_COUNTED:
        return values
    return values[torch.arange(MOST_COUNTED, device=values.device) * len(values) // MOST_COUNTED]
