"""Batches of a run: their order and their preparation on the device."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.data import Samples, to_float
from explorer.data.augmentation import augment
from explorer.network import derive_seed
from explorer.recipe import Recipe


class Batches:
    """Training samples on the device, in a new order each epoch.

    The order is drawn from (seed, epoch), augmentation from (seed, epoch, batch), so that (epoch, batch) is the full
    position.
    """

    def __init__(self, recipe: Recipe, samples: Samples, device: torch.device, channels_last: bool) -> None:
        self._recipe, self._device, self._channels_last = recipe, device, channels_last
        self._inputs, self._targets = samples.inputs.to(device), samples.targets.to(device)
        self._augmentation = [(chosen.name, chosen.params) for chosen in recipe.augmentation]
        self.augments = bool(self._augmentation)
        self._odds = _odds_of(samples) if recipe.balanced else None
        self._order, self._order_of = torch.empty(0, dtype=torch.int64), -1
        self.per_epoch = count_batches(len(samples), recipe.batch_size)

    @property
    def sizes(self) -> list[int]:
        """Sizes of an epoch's batches."""
        return [self.size_of(batch) for batch in range(self.per_epoch)]

    def size_of(self, batch: int) -> int:
        """Return the number of samples in this batch of an epoch."""
        return min(self._recipe.batch_size, len(self._inputs) - batch * self._recipe.batch_size)

    def take(self, epoch: int, batch: int) -> tuple[Tensor, Tensor]:
        """Take the samples of one step: inputs (batch, ...) as float32, tokens as int64; targets (batch, ...)."""
        x, y = self.gather(self.index_of(epoch, batch))
        return (self._augment(x, epoch, batch) if self.augments else x), y

    def index_of(self, epoch: int, batch: int) -> Tensor:
        """Return the indices of one step's samples, on the device: (batch,)."""
        size = self._recipe.batch_size
        return self.order_of(epoch)[batch * size:(batch + 1) * size]

    def gather(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Gather the samples of these indices as `take` does, without augmentation."""
        return self.as_input(self._inputs.index_select(0, index)), self._targets.index_select(0, index)

    def order_of(self, epoch: int) -> Tensor:
        """Return the samples' indices in the order of this epoch."""
        if epoch != self._order_of:
            self._order, self._order_of = self._draw_order(epoch), epoch
        return self._order

    def as_input(self, samples: Tensor) -> Tensor:
        """Convert inputs to float32 in the fastest memory layout; tokens stay int64."""
        if self._channels_last and samples.dim() == 4 and samples.dtype == torch.uint8:
            return samples.to(torch.float32, memory_format=torch.channels_last).div_(255)
        return to_float(samples)

    def _draw_order(self, epoch: int) -> Tensor:
        count = len(self._inputs)
        generator = torch.Generator().manual_seed(derive_seed(self._recipe.seed, f"order/{epoch}"))
        if self._odds is not None:
            order = torch.multinomial(self._odds, count, replacement=True, generator=generator)
        else:
            order = torch.randperm(count, generator=generator) if self._recipe.shuffle else torch.arange(count)
        return order.to(self._device)

    def _augment(self, images: Tensor, epoch: int, batch: int) -> Tensor:
        seed = derive_seed(self._recipe.seed, f"augmentation/{epoch}/{batch}")
        changed = augment(images, self._augmentation, torch.Generator(self._device).manual_seed(seed))
        return changed.contiguous(memory_format=torch.channels_last) if self._channels_last else changed.contiguous()


class StaticBatch:
    """A full batch in memory that stays where it is: the next one is loaded into it, and a captured step reads it.

    Augmentation, which draws from a generator of each step's own, is done while loading; the rest while reading.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._buffers: tuple[Tensor, ...] = ()

    def load(self, epoch: int, batch: int) -> None:
        """Load the samples of one step."""
        batches = self._batches
        loaded = batches.take(epoch, batch) if batches.augments else (batches.index_of(epoch, batch),)
        if not self._buffers:
            self._buffers = tuple(each.clone() for each in loaded)
        for buffer, each in zip(self._buffers, loaded, strict=True):
            buffer.copy_(each)

    def read(self) -> tuple[Tensor, Tensor]:
        """Return the samples that were loaded, as `Batches.take` does."""
        return self._buffers if self._batches.augments else self._batches.gather(*self._buffers)


def _odds_of(samples: Samples) -> Tensor | None:
    """Compute the odds of each sample so that all classes are equally frequent; None without classes."""
    if not samples.kind.has_labels:
        return None
    counts = torch.bincount(samples.targets, minlength=len(samples.class_names))
    return 1.0 / counts[samples.targets].double()


def count_batches(samples: int, batch_size: int) -> int:
    """Count the batches of an epoch. A last batch of a single sample is dropped: it has no variance to normalize by."""
    batches = math.ceil(samples / batch_size)
    return batches - 1 if batch_size > 1 and samples % batch_size == 1 and batches > 1 else batches
