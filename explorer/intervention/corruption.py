"""Corruption: inputs made worse by degrees, as the world does it: noise, blur, something in the way, a typing error.

Source: Hendrycks & Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from explorer.data import changes
from explorer.spec import Registry

if TYPE_CHECKING:
    from explorer.data import Shape

IMAGE, NUMBERS, TOKENS = "image", "numbers", "tokens"  # kinds of inputs
_SEED = 0
_MOST_NOISE, _MOST_BLUR_PX, _MOST_AREA, _MOST_REPLACED, _MOST_STD = 0.8, 8.0, 70.0, 50.0, 3.0


@dataclass(frozen=True)
class InputKind:
    """A network's inputs: images of a shape, also flattened; a table's numbers; or tokens.

    shape: (channel, height, width) of images, else None. means, stds, lows, highs: (feature,), of a table, the last two
    the ends of its values. vocabulary: how many tokens there are, 0 for what is no text.

    >>> InputKind(shape=(1, 28, 28)).name, InputKind(vocabulary=60).name
    ('image', 'tokens')
    """

    shape: Shape | None = None
    means: Tensor | None = None
    stds: Tensor | None = None
    lows: Tensor | None = None
    highs: Tensor | None = None
    vocabulary: int = 0

    @property
    def name(self) -> str:
        return TOKENS if self.vocabulary else IMAGE if self.shape else NUMBERS


@dataclass(frozen=True)
class Corruption:
    """A way to make inputs worse. apply(batch, severity, kind) gives a new batch; severity 0 leaves it unchanged.

    kind: IMAGE, NUMBERS or TOKENS. most(kind): the largest severity that is worth looking at, in `unit`.
    """

    name: str
    title: str
    unit: str
    kind: str
    summary: str
    apply: Callable[[Tensor, float, InputKind], Tensor]
    most: Callable[[InputKind], float]


def corrupt(corruption: Corruption, batch: Tensor, severity: float, kind: InputKind) -> Tensor:
    """Make inputs worse; the same at every call. batch: (sample, ...) as the network takes it, images in 0..1.

    >>> corrupt(CORRUPTIONS.get("contrast"), torch.tensor([[[[0.0, 1.0]]]]), 50, InputKind((1, 1, 2))).tolist()
    [[[[0.25, 0.75]]]]
    """
    return batch if severity == 0 else corruption.apply(batch, severity, kind)


def corruptions_of(kind: InputKind) -> tuple[Corruption, ...]:
    """List the corruptions that inputs of a kind can take.

    >>> [corruption.name for corruption in corruptions_of(InputKind(vocabulary=60))]
    ['replaced']
    """
    return tuple(corruption for corruption in CORRUPTIONS if corruption.kind == kind.name)


def _change(name: str, value: Callable[[float], float] = float) -> Callable[[Tensor, float, InputKind], Tensor]:
    """Make the corruption that is a change of the page's input."""
    return lambda batch, severity, kind: changes.apply(batch, {name: value(severity)}, kind.shape)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(_SEED)


def _occlude(batch: Tensor, percent: float, kind: InputKind) -> Tensor:
    """Blacken a patch of the area, at a random place of each image; a larger one covers a smaller one."""
    images = batch.reshape(len(batch), *kind.shape)
    inside = torch.ones(len(images), 1, 1, 1, dtype=torch.bool)
    for axis in (2, 3):
        size = images.shape[axis]
        side = min(size, max(1, round(size * (percent / 100) ** 0.5)))
        centers = torch.rand(len(images), 2, generator=_generator())[:, axis - 2] * size
        first = (centers - side / 2).round().clamp(0, size - side)
        places = torch.arange(size)[None] - first[:, None]  # (image, row or column)
        within = (places >= 0) & (places < side)
        inside = inside & within.reshape(len(images), 1, *((-1, 1) if axis == 2 else (1, -1)))
    return images.masked_fill(inside, 0.0).reshape(batch.shape)


def _add_noise(batch: Tensor, strength: float, kind: InputKind) -> Tensor:
    return batch + strength * kind.stds * torch.randn(batch.shape, generator=_generator())


def _drop(batch: Tensor, count: float, kind: InputKind) -> Tensor:
    """Put the mean in the place of some features, others in each sample."""
    order = torch.rand(batch.shape, generator=_generator()).argsort(1).argsort(1)
    return torch.where(order < round(count), kind.means.expand_as(batch), batch)


def _replace(batch: Tensor, percent: float, kind: InputKind) -> Tensor:
    """Put another token, any but itself, in the place of some."""
    generator = _generator()
    chosen = torch.rand(batch.shape, generator=generator) < percent / 100
    others = (batch + torch.randint(1, max(2, kind.vocabulary), batch.shape, generator=generator)) % kind.vocabulary
    return torch.where(chosen, others, batch)


def _shorter_side(kind: InputKind) -> int:
    return min(kind.shape[1:])


CORRUPTIONS: Registry[Corruption] = Registry("corruption", (
    Corruption("noise", "Noise", "std", IMAGE, "Normal noise on every pixel.", _change("noise"),
               lambda kind: _MOST_NOISE),
    Corruption("blur", "Blur", "px", IMAGE, "A Gaussian blur.", _change("blur"),
               lambda kind: min(_MOST_BLUR_PX, _shorter_side(kind) / 7)),
    Corruption("occlusion", "Occlusion", "% of the area", IMAGE, "A black patch at a random place.", _occlude,
               lambda kind: _MOST_AREA),
    Corruption("shift", "Shift", "px to the right", IMAGE, "The image moved to the right.", _change("shift_x"),
               lambda kind: float(kind.shape[2] // 2)),
    Corruption("rotation", "Rotation", "°", IMAGE, "The image turned clockwise.", _change("rotate"), lambda kind: 90.0),
    Corruption("contrast", "Contrast", "% less", IMAGE, "Every pixel closer to the mean gray.",
               _change("contrast", lambda severity: 1 - severity / 100), lambda kind: 100.0),
    Corruption("table_noise", "Noise", "standard deviations", NUMBERS, "Normal noise on every feature, in its own "
               "standard deviations.", _add_noise, lambda kind: _MOST_STD),
    Corruption("dropped", "Dropped features", "features", NUMBERS, "The mean in the place of random features.", _drop,
               lambda kind: float(len(kind.means))),
    Corruption("replaced", "Replaced characters", "% of the characters", TOKENS, "Random characters in the place "
               "of some.", _replace, lambda kind: _MOST_REPLACED),
))
