"""The full instruments: they look inside some steps, as many as the share of time they are given allows.

Nothing they do changes the training: they read what a step makes anyway, and draw no random number.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import record_activations
from explorer.network.build import leaves
from explorer.training.loop.layers import describe_output, shares_moved
from explorer.training.records.layer_statistics import (
    BINS,
    GRADIENTS,
    MOST_COUNTED,
    QUANTITIES,
    WEIGHTS,
    Counts,
    Sample,
)

SHARE = 0.07  # of the time of training; with the light instruments, 10 % of an MLP, they stay under a quarter
GRACE_S = 0.02  # may be spent beforehand, so that the first steps are seen closely
_STEPS_AN_OCTAVE = 64  # samples between one step and twice that step: a run of 100,000 has some 700
_SPREADS = 5  # a histogram reaches no further than so many root mean squares


def stride_at(step: int) -> int:
    """Of the steps around this one every so many-th is wanted: a power of two that grows with the step."""
    return 1 << max(0, (step // _STEPS_AN_OCTAVE).bit_length() - 1)


class Sampler:
    """Samples the steps of one model.

    layers: the addresses of all nodes that compute, in order; weights: the matrices and kernels that learn, by name, of
    each layer that has some. `spent_s` is what sampling has cost so far, `plain_s` the time of the steps without it.
    """

    def __init__(self, model: nn.Module, share: float = SHARE, grace_s: float = GRACE_S) -> None:
        self.model, self._share, self._grace_s = model, share, grace_s
        self.modules = dict(leaves(model))
        self.layers = list(self.modules)
        self.weights = {address: found for address, module in self.modules.items() if (found := {
            f"{address}.{name}": parameter for name, parameter in module.named_parameters()
            if parameter.dim() > 1 and parameter.requires_grad})}
        self.spent_s = self.plain_s = 0.0
        self._samples: list[Sample] = []

    def go_on(self, spent_s: float, train_seconds: float) -> None:
        """Continue with what was spent of a training that took so long up to now."""
        self.spent_s, self.plain_s = spent_s, train_seconds - spent_s

    @contextmanager
    def step(self, step: int) -> Iterator[Look | None]:
        """Around one whole step; a Look where it is to be sampled."""
        started, spent_before = time.perf_counter(), self.spent_s
        look = Look(self, step) if self._is_wanted(step) else None
        yield look
        if look:
            with self.counted():
                self._samples.append(look.sample())
        self.plain_s += time.perf_counter() - started - (self.spent_s - spent_before)

    def _is_wanted(self, step: int) -> bool:
        """By the schedule, which is a function of the step alone, and if what was spent has been earned."""
        return step % stride_at(step) == 0 and self.spent_s <= self._grace_s + self._share * self.plain_s

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Around whatever is done for the samples' sake: its time is counted as theirs."""
        started = time.perf_counter()
        yield
        self.spent_s += time.perf_counter() - started

    def flush(self) -> list[Sample]:
        """The samples since the last flush."""
        samples, self._samples = self._samples, []
        return samples


class Look:
    """One step that is sampled: `forward` around its forward pass, `before_update`, then `sample` after the update."""

    def __init__(self, sampler: Sampler, step: int) -> None:
        self._sampler, self._step = sampler, step
        self._values = {address: dict.fromkeys(QUANTITIES, np.nan) for address in sampler.layers}
        self._histograms: dict[tuple[str, str], Counts] = {}
        self._before: dict[str, Tensor] = {}

    @contextmanager
    def forward(self, batch: int) -> Iterator[None]:
        """Around the forward pass of so many samples."""
        sampler = self._sampler
        with record_activations(sampler.model, sampler.layers) as outputs:
            yield
        with sampler.counted(), torch.no_grad():
            for address, module in sampler.modules.items():
                if address in outputs:
                    self._values[address] |= describe_output(module, _in_single(outputs[address]), batch)

    def before_update(self) -> None:
        """After the backward pass: weights and gradients as they are now, and what the update is compared with."""
        with self._sampler.counted(), torch.no_grad():
            for address, weights in self._sampler.weights.items():
                self._before |= {name: weight.detach().clone() for name, weight in weights.items()}
                self._histograms[address, WEIGHTS] = count(list(weights.values()))
                gradients = [weight.grad for weight in weights.values() if weight.grad is not None]
                self._histograms[address, GRADIENTS] = count(gradients)

    def sample(self) -> Sample:
        """After the update."""
        after = {name: weight for weights in self._sampler.weights.values() for name, weight in weights.items()}
        with torch.no_grad():
            for address, share in shares_moved(self._before, after).items():
                self._values[address]["update"] = share
        values = np.array([[self._values[address][quantity] for address in self._sampler.layers]
                           for quantity in QUANTITIES], np.float32)
        return Sample(self._step, values, self._histograms)


def _in_single(output: Tensor) -> Tensor:
    """In mixed precision outputs have half the bits, too few for a mean."""
    return output.float() if output.is_floating_point() else output


def count(tensors: list[Tensor]) -> Counts:
    """All values of these tensors in equal bins around zero; what is not finite is left out.

    The bins end at the largest magnitude, or at five root mean squares where that is less.
    """
    if not tensors:
        return Counts(1.0, np.zeros(BINS, np.int64))
    values = _picked(torch.cat([t.detach().flatten() for t in tensors]).float())
    values = values[values.isfinite()]
    limit = min(values.abs().max().item(), _SPREADS * values.square().mean().sqrt().item()) if len(values) else 0.0
    limit = limit if 0 < limit < float("inf") else 1.0
    places = ((values / limit + 1) * (BINS / 2)).clamp(0, BINS - 1).long()
    return Counts(limit, torch.bincount(places, minlength=BINS).cpu().numpy())


def _picked(values: Tensor) -> Tensor:
    """All of them, or as many as are counted, evenly over the whole. values: (value,)."""
    if len(values) <= MOST_COUNTED:
        return values
    return values[torch.arange(MOST_COUNTED, device=values.device) * len(values) // MOST_COUNTED]
