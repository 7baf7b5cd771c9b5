"""Networks of the runs that are looked at: built once for all who look, locked while one of them reads."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer import network
from explorer.document import Network
from explorer.inspection.edits import WeightEdit, apply_edits
from explorer.inspection.held_out import NO_SAMPLES, held_out
from explorer.intervention import Intervention, mean_outputs, needs_means, put_interventions
from explorer.network import BuiltNetwork
from explorer.training import Run
from explorer.training.records.checkpoints import DamagedFrame, frame_path, frame_steps, load_frame

MOST_ALONE = 2_000_000_000  # multiply-adds of one sample up to which a single thread computes it
_MEAN_OF = 128  # test samples, where a mean takes a value's place
MOST_BYTES = 600_000_000  # of all weights kept; the one in use stays even where it alone is larger


@dataclass(frozen=True)
class Frame:
    """A kept step, and when it was written: a run that is resumed from before writes it again."""

    step: int
    written_ns: int


class NoWeights(LookupError):
    """An error for a run of which no weights were kept yet."""


@dataclass(eq=False)
class SharedModel:
    """A network that one reader at a time has, with the weights of the frame that it asks for, and its changes."""

    model: BuiltNetwork
    _loaded: Frame | None = None
    _edits: tuple[WeightEdit, ...] = ()
    _undo: Callable[[], None] | None = None  # takes the edits out of the frame's weights again
    _interventions: tuple[Intervention, ...] = ()
    _take_off: Callable[[], None] | None = None  # the interventions
    _means: dict[str, Tensor] = field(default_factory=dict)  # outputs of nodes with these weights, over test samples
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def size_bytes(self) -> int:
        return sum(weight.numel() * weight.element_size() for weight in self.model.state_dict().values())

    @contextmanager
    def at(self, run: Run, frame: Frame, edits: Sequence[WeightEdit] = (),
           interventions: Sequence[Intervention] = ()) -> Iterator[BuiltNetwork]:
        """Lend the network with the weights of a frame, edits over them, and interventions, to be left as found.

        Raises DamagedFrame; BadValue for an edit or an intervention that does not fit.
        """
        with self._lock:
            set_threads(run.recipe.network)
            if self._loaded != frame:
                self._load(run, frame)
            if self._edits != tuple(edits):
                self._edit(tuple(edits))
            if self._interventions != tuple(interventions):
                self._intervene(run, tuple(interventions))
            yield self.model

    def _load(self, run: Run, frame: Frame) -> None:
        self._loaded, self._edits, self._undo = None, (), None
        self._put_none()
        try:
            self.model.load_state_dict(load_frame(run.frames_folder, frame.step))
        except RuntimeError as error:
            raise DamagedFrame(str(error)) from error
        self._loaded = frame

    def _edit(self, edits: tuple[WeightEdit, ...]) -> None:
        """Change the weights by hand, those of the frame, which need not be read again."""
        if self._undo:
            self._undo()
        self._edits, self._undo = (), None
        self._put_none()
        self._undo = apply_edits(self.model, edits)
        self._edits = edits

    def _put_none(self) -> None:
        """Take off the interventions, whose means were those of other weights."""
        if self._take_off:
            self._take_off()
        self._interventions, self._take_off = (), None
        self._means.clear()

    def _intervene(self, run: Run, interventions: tuple[Intervention, ...]) -> None:
        if self._take_off:
            self._take_off()
        self._interventions, self._take_off = (), None
        if missing := [node for node in needs_means(interventions) if node not in self._means]:
            self._means |= _means_of(self.model, run, missing)
        self._take_off = put_interventions(self.model, interventions, self._means)
        self._interventions = interventions


def _means_of(model: BuiltNetwork, run: Run, nodes: Sequence[str]) -> dict[str, Tensor]:
    """Average nodes' outputs over test samples, evenly spread; nothing where a run has none."""
    try:
        samples = held_out(run.recipe)
    except NO_SAMPLES:
        return {}
    places = sorted({round(place) for place in np.linspace(0, len(samples) - 1, min(_MEAN_OF, len(samples)))})
    return mean_outputs(model, nodes, samples.inputs(places)) if places else {}


class Models:
    """One network a run, shared by all who look, and another one where values are taken from it; the least recently
    used are dropped.

    >>> Models(most_bytes=0).size_bytes
    0
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._lock = most_bytes, threading.Lock()
        self._shared: OrderedDict[tuple[str, str, bool], SharedModel] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Bytes of the weights of all networks kept."""
        return sum(shared.size_bytes for shared in list(self._shared.values()))

    def of(self, run: Run, is_source: bool = False) -> SharedModel:
        """Find the network of a run, or the one that values are taken from while another is held.

        Two who each held a network and waited for the other's would wait forever; whoever holds a source waits for no
        other. Raises Invalid or DocumentError.
        """
        key = str(run.folder.parent), run.id, is_source
        with self._lock:
            if (shared := self._shared.pop(key, None)) is None:
                shared = SharedModel(network.build(run.recipe.network))
            self._shared[key] = shared
            while len(self._shared) > 1 and self.size_bytes > self._most_bytes:
                self._shared.popitem(last=False)
            return shared

    def keeps(self, model: BuiltNetwork) -> bool:
        """Check whether this network is still kept."""
        return any(shared.model is model for shared in list(self._shared.values()))


def set_threads(net: Network) -> None:
    """Have the calling thread compute a small network by itself: beside a training, two that wait for each other took
    seven times as long for GoogLeNet at 96×96."""
    is_small = network.analyze(net).total_multiply_adds < MOST_ALONE
    torch.set_num_threads(1 if is_small else os.cpu_count() or 1)


def frame_of(run: Run, asked: int | None) -> Frame:
    """Return the kept frame that is asked for: the last one at or before this step, else the first.

    None asks for the last of all. Raises NoWeights.
    """
    steps = frame_steps(run.frames_folder)
    if not steps:
        raise NoWeights
    step = steps[-1] if asked is None else max((step for step in steps if step <= asked), default=steps[0])
    try:
        return Frame(step, frame_path(run.frames_folder, step).stat().st_mtime_ns)
    except OSError as error:  # thinned by its worker, or deleted, since it was listed
        raise DamagedFrame(str(error)) from error
