"""Networks of the runs that are looked at: built once for all who look, locked while one of them reads."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from explorer import network
from explorer.document import Network
from explorer.network import BuiltNetwork
from explorer.training import Run
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame

MOST_ALONE = 2_000_000_000  # multiply-adds of one sample up to which a single thread computes it
MOST_BYTES = 600_000_000  # of all weights kept; the one in use stays even where it alone is larger


class NoWeights(LookupError):
    """An error for a run of which no weights were kept yet."""


@dataclass
class _Kept:
    model: BuiltNetwork
    step: int | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def size_bytes(self) -> int:
        return sum(weight.numel() * weight.element_size() for weight in self.model.state_dict().values())


class Models:
    """One network a run, with the weights of the step that was asked for last; the least recently used are dropped.

    >>> Models(most_bytes=0).size_bytes
    0
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._lock = most_bytes, threading.Lock()
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Bytes of the weights of all networks kept."""
        return sum(kept.size_bytes for kept in self._kept.values())

    @contextmanager
    def at(self, run: Run, step: int) -> Iterator[BuiltNetwork]:
        """Lend the network with the weights of a step to one reader, who must leave it as found.

        Raises DamagedFrame, Invalid or DocumentError.
        """
        kept = self._find(run)
        with kept.lock:
            set_threads(run.recipe.network)
            if kept.step != step:
                kept.step = None
                self._load(kept.model, run, step)
                kept.step = step
            yield kept.model

    def _find(self, run: Run) -> _Kept:
        key = str(run.folder.parent), run.id
        with self._lock:
            if (kept := self._kept.pop(key, None)) is None:
                kept = _Kept(network.build(run.recipe.network))
            self._kept[key] = kept
            while len(self._kept) > 1 and self.size_bytes > self._most_bytes:
                self._kept.popitem(last=False)
            return kept

    @staticmethod
    def _load(model: BuiltNetwork, run: Run, step: int) -> None:
        try:
            model.load_state_dict(load_frame(run.frames_folder, step))
        except RuntimeError as error:
            raise DamagedFrame(str(error)) from error


def set_threads(net: Network) -> None:
    """Have the calling thread compute a small network by itself: beside a training, two that wait for each other took
    seven times as long for GoogLeNet at 96×96."""
    is_small = network.analyze(net).total_multiply_adds < MOST_ALONE
    torch.set_num_threads(1 if is_small else os.cpu_count() or 1)


def step_of(run: Run, asked: int | None) -> int:
    """Return the kept step that is asked for: the last one at or before it, else the first. Raises NoWeights."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        raise NoWeights
    return steps[-1] if asked is None else max((step for step in steps if step <= asked), default=steps[0])
