"""Baselines: inputs that hold nothing, to which an input is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.attribution.explained import CannotAttribute
from explorer.formatting import format_shape
from explorer.spec import BadValue, Choice
from explorer.text import text

ZERO, MEAN, BLUR, NOISE, WHITE, SAMPLES = "zero", "mean", "blur", "noise", "white", "samples"
_BLUR = 1 / 8  # the standard deviation of the blur, of the picture's larger side
_SEED = 0  # of the noise
_NEEDS_OTHERS = text("The mean of one input is that input, so nothing would differ from it. Give several inputs, or "
                     "take another baseline.")
_OTHER_SHAPE = text("The data have samples of another shape than this input. Take zero as the baseline.")
_NO_PICTURE = text("Only a picture can be blurred. Take the mean or zero as the baseline.")

References = Callable[[], Tensor]  # inputs of the data, (reference, ...), as those that are explained


@dataclass(frozen=True)
class BaselineParam(Choice):
    """A choice of a baseline by its name; a notebook may give one as an array of the input's shape in its place.

    >>> BASELINE.parse("mean"), BASELINE.parse(torch.zeros(2)).shape
    ('mean', torch.Size([2]))
    """

    def parse(self, value: Any) -> Any:
        """Check a name; whether an array fits is seen at the input. Raises BadValue."""
        return torch.as_tensor(value) if isinstance(value, Tensor | np.ndarray) else super().parse(value)


_NAMES = {ZERO: "zero (black)", MEAN: "mean of the data", BLUR: "the input, blurred", NOISE: "random noise",
          WHITE: "white", SAMPLES: "samples of the data"}
_HELP = "The input that holds nothing: attributions are of the difference from it."
BASELINE = BaselineParam("baseline", "Baseline", ZERO, tuple(_NAMES)[:-1], tuple(_NAMES.values())[:-1], _HELP)
BASELINES = BaselineParam("baseline", "Baselines", SAMPLES, tuple(_NAMES), tuple(_NAMES.values()), _HELP)


def make_baseline(chosen: str | Tensor, inputs: Tensor, references: References | None = None,
                  is_of_tokens: bool = False) -> Tensor:
    """Make baselines for inputs (sample, ...): (reference, sample or 1, ...), all but one in front of those of samples.

    chosen: a name of BASELINES, or an array of the shape of one input or of all. references: inputs of the data; those
    that are explained take their place where there are none. is_of_tokens: the inputs are (sample, token, feature), of
    which each token is one to average over. Raises BadValue, CannotAttribute.

    >>> make_baseline("mean", torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[[2.0, 3.0]]]
    """
    if isinstance(chosen, Tensor):
        return _own(chosen.to(inputs), inputs)[None]
    if chosen == ZERO:
        return torch.zeros_like(inputs[:1])[None]
    if chosen == BLUR:
        return _blurred(inputs)[None]
    data = references().to(inputs) if references else inputs
    if is_of_tokens and chosen == MEAN:
        return data.flatten(0, 1).mean(0)[None, None, None]
    if chosen in (MEAN, SAMPLES) and len(data) == 1 and data.equal(inputs):
        raise CannotAttribute(_NEEDS_OTHERS)
    if data.shape[1:] != inputs.shape[1:]:
        raise CannotAttribute(_OTHER_SHAPE)
    return data[:, None] if chosen == SAMPLES else _FROM_DATA[chosen](data)[None, None]


def _own(baseline: Tensor, inputs: Tensor) -> Tensor:
    if not baseline.isfinite().all():
        raise BadValue(text("The baseline holds numbers that are not finite. Give one of numbers, such as zeros."))
    if baseline.shape == inputs.shape:
        return baseline
    if baseline.shape in (inputs.shape[1:], (1, *inputs.shape[1:])):
        return baseline.reshape(1, *inputs.shape[1:])
    raise BadValue(text("The baseline has the shape {shape}, but an input has {expected}.",
                        shape=format_shape(tuple(baseline.shape)), expected=format_shape(tuple(inputs.shape[1:]))))


def _mean(data: Tensor) -> Tensor:
    return data.mean(0)


def _noise(data: Tensor) -> Tensor:
    """Draw values evenly between the smallest and the largest of the data."""
    drawn = torch.rand(data.shape[1:], generator=torch.Generator().manual_seed(_SEED)).to(data)
    return data.min() + (data.max() - data.min()) * drawn


def _white(data: Tensor) -> Tensor:
    return torch.full_like(data[0], data.max().item())


_FROM_DATA: dict[str, Callable[[Tensor], Tensor]] = {MEAN: _mean, NOISE: _noise, WHITE: _white}


def _blurred(pictures: Tensor) -> Tensor:
    """Blur pictures (sample, channel, height, width) by a Gaussian so wide that no form is left."""
    if pictures.dim() != 4:
        raise CannotAttribute(_NO_PICTURE)
    deviation = max(pictures.shape[-2:]) * _BLUR
    for axis in (2, 3):
        radius = int(2 * deviation)
        steps = torch.arange(-radius, radius + 1, device=pictures.device, dtype=pictures.dtype)
        kernel = torch.softmax(-steps.square() / (2 * max(deviation, 1e-6) ** 2), 0)
        shape = [1, 1, 1, 1]
        shape[axis] = len(kernel)
        padding = (radius, radius, 0, 0) if axis == 3 else (0, 0, radius, radius)
        padded = F.pad(pictures, padding, mode="replicate")
        pictures = F.conv2d(padded.flatten(0, 1)[:, None], kernel.reshape(shape)).reshape(pictures.shape)
    return pictures
