"""Batches of several trainings at once: each in its own order, or one for all."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.training.loop.batches import Batches
from explorer.training.loop.parts import Parts


class StackedBatches:
    """Batches of several variants, (variant, batch, ...) each, or (batch, ...) where all take the same samples.

    They are the same where samples and seeds are; where samples alone are, they are gathered for all variants at once.
    """

    def __init__(self, batches: Sequence[Batches], parts: Sequence[Parts], seeds: Sequence[int]) -> None:
        self._has_same_samples = len({id(each) for each in parts}) == 1
        self.are_shared = self._has_same_samples and len(set(seeds)) == 1
        self._batches = list(batches[:1] if self.are_shared else batches)

    def load(self, epoch: int, batch: int) -> tuple[Tensor, ...]:
        """Load a step's samples, as `read` takes them: their indices, or where they are augmented, themselves."""
        if self._batches[0].augments:
            taken = [each.take(epoch, batch) for each in self._batches]
        else:
            taken = [(each.index_of(epoch, batch),) for each in self._batches]
        return taken[0] if self.are_shared else tuple(torch.stack(each) for each in zip(*taken, strict=True))

    def read(self, loaded: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return the inputs and targets of what was loaded: operations on tensors alone, so that a graph can hold them.
        """
        first = self._batches[0]
        if first.augments:
            return loaded
        if self.are_shared:
            return first.gather(*loaded)
        if self._has_same_samples:
            inputs, targets = first.gather(loaded[0].flatten())
            return inputs.unflatten(0, loaded[0].shape), targets.unflatten(0, loaded[0].shape)
        gathered = [each.gather(index) for each, index in zip(self._batches, loaded[0], strict=True)]
        inputs, targets = zip(*gathered, strict=True)
        return torch.stack(inputs), torch.stack(targets)

    def size_of(self, batch: int) -> int:
        """Return the number of samples that each variant has in this batch of an epoch."""
        return self._batches[0].size_of(batch)
