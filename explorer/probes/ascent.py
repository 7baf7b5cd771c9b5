"""Gradient ascent on an input: pictures kept smooth so that they read, and rows kept within the data's range.

Source: Olah, Mordvintsev & Schubert 2017, Feature Visualization: transformation robustness and a preconditioned
(Fourier) parametrization; Mahendran & Vedaldi 2016 for total variation and the penalty on the size of values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

Objective = Callable[[Tensor], Tensor]  # inputs (start, ...) -> the value of each (start,), connected for gradients
Report = Callable[[float], None]

_RATE_PICTURE, _RATE_ROW = 0.05, 0.1
_JITTER_PX, _ROTATION, _ZOOM = 1.5, 0.12, 0.06  # each drawn anew at every step, up to so much either way
_ROUGHNESS, _CONTRAST = 1.0, 3.0  # weights of total variation and of the distance from the mean picture
_COLORS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])  # of natural images' channels


@dataclass(frozen=True)
class Climbed:
    """Inputs that excite a unit, the best first. values: (start,); curve: the best one's value at every step."""

    inputs: Tensor
    values: np.ndarray
    curve: np.ndarray


@dataclass(frozen=True)
class Bounds:
    """The data's range and mean, each of one sample's shape or a number."""

    low: Tensor
    high: Tensor
    mean: Tensor


def climb_pictures(
    objective: Objective, shape: tuple[int, int, int], bounds: Bounds, weight: float, steps: int, starts: int,
    seed: int, report: Report,
) -> Climbed:
    """Maximize an objective over pictures (channel, height, width), from several random spectra at once.

    weight: of the penalties, in values of the objective.
    """
    generator = torch.Generator().manual_seed(seed)
    channels, height, width = shape
    spectrum = torch.randn(starts, channels, height, width // 2 + 1, 2, generator=generator).mul_(0.05)
    drawn = spectrum.requires_grad_()
    weights = _spectrum_weights(height, width)
    share = ((bounds.mean - bounds.low) / (bounds.high - bounds.low).clamp_min(1e-6)).clamp(0.02, 0.98).logit()

    def paint() -> Tensor:
        pixels = torch.fft.irfft2(torch.view_as_complex(drawn) * weights, s=(height, width), norm="ortho")
        if channels == 3:
            pixels = torch.einsum("bchw,dc->bdhw", pixels, _COLORS / _COLORS.norm(dim=1).max())
        return bounds.low + (bounds.high - bounds.low) * torch.sigmoid(pixels + share)

    def gain(pictures: Tensor) -> tuple[Tensor, Tensor]:
        values = objective(_shaken(pictures, generator))
        penalty = _ROUGHNESS * _variation(pictures) + _CONTRAST * (pictures - bounds.mean).square().mean((1, 2, 3))
        return values, values - weight * penalty

    return _climb(paint, gain, objective, drawn, _RATE_PICTURE, steps, report)


def climb_rows(
    objective: Objective, shape: tuple[int, ...], bounds: Bounds, steps: int, starts: int, seed: int, report: Report,
) -> Climbed:
    """Maximize an objective over rows of numbers within the data's range, from several random rows at once."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(starts, *shape, generator=generator).requires_grad_()

    def place() -> Tensor:
        return bounds.low + (bounds.high - bounds.low) * torch.sigmoid(drawn)

    def gain(rows: Tensor) -> tuple[Tensor, Tensor]:
        values = objective(rows)
        return values, values

    return _climb(place, gain, objective, drawn, _RATE_ROW, steps, report)


def _climb(
    make: Callable[[], Tensor], gain: Callable[[Tensor], tuple[Tensor, Tensor]], objective: Objective, drawn: Tensor,
    rate: float, steps: int, report: Report,
) -> Climbed:
    optimizer = torch.optim.Adam([drawn], rate)
    curve = []
    with torch.enable_grad():
        for step in range(steps):
            values, gains = gain(make())
            (drawn.grad,) = torch.autograd.grad(-gains.sum(), drawn, allow_unused=True, materialize_grads=True)
            optimizer.step()
            curve.append(values.detach().cpu().numpy())
            report((step + 1) / steps)
    with torch.no_grad():
        inputs = make().detach()
        values = objective(inputs).cpu().numpy()
    order = np.argsort(-values, kind="stable")
    return Climbed(inputs[torch.from_numpy(order)], values[order], np.stack(curve)[:, order[0]])


def _spectrum_weights(height: int, width: int) -> Tensor:
    """Weigh frequencies by 1 / f, as natural images have them, so that large forms are found before fine ones."""
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = (rows.square() + columns.square()).sqrt().clamp_min(1 / max(height, width))
    return 1 / (frequency * max(height, width)) * (height * width) ** 0.5 / 4


def _shaken(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, turn and zoom each picture a little, so that no single pixel can be used."""
    count, _channels, height, width = pictures.shape
    shift, turn, zoom = (torch.rand(count, axes, generator=generator) * 2 - 1 for axes in (2, 1, 1))
    angle, size = turn[:, 0] * _ROTATION, 1 + zoom[:, 0] * _ZOOM
    cos, sin = angle.cos() * size, angle.sin() * size
    offset = shift * torch.tensor([2 * _JITTER_PX / width, 2 * _JITTER_PX / height])
    matrix = torch.stack([torch.stack([cos, -sin, offset[:, 0]], 1), torch.stack([sin, cos, offset[:, 1]], 1)], 1)
    grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _variation(pictures: Tensor) -> Tensor:
    """Compute the mean absolute difference of neighboring pixels of each picture."""
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean((1, 2, 3))
    return across + (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean((1, 2, 3))
