"""The writer of the live view: what the network has learned so far, as the task pictures it."""

from __future__ import annotations

import json
import logging
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from explorer.data import LABELS, Dataset, to_float
from explorer.files.atomic import write_atomic
from explorer.hooks import predictor
from explorer.network import analyze
from explorer.network.signs import never_negative
from explorer.results import ImageGrid, Unavailable
from explorer.results.packing import pack
from explorer.tasks.views import plane_axes
from explorer.text import text
from explorer.training.analysis.live_view import FILE_NAME
from explorer.training.analysis.node_maps import node_maps
from explorer.training.analysis.unit_columns import UnitColumns
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts

log = logging.getLogger(__name__)

EVERY_S = 0.05  # pages look twenty times a second
_COST_SHARE = 20  # a view is made no more often than after this many times what one takes


class LiveViewWriter:
    """Writer of the task's view, and beside it of the network's maps: over the plane of two features, or for one image.

    sample: which of the held-out images.
    """

    def __init__(self, folder: Path, dataset: Dataset, parts: Parts) -> None:
        self._path, self._dataset, self._train = folder / FILE_NAME, dataset, parts.train
        self._held_out = parts.validation if len(parts.validation) else parts.train
        self._made_s, self._costs_s, self._last_error = -math.inf, (0.0, 0.0), ""
        self._is_in_plane = dataset.kind is LABELS and dataset.shape == (2,) and parts.train.inputs.dim() == 2
        self._thread = ThreadPoolExecutor(1, "live-view")
        self._file: Future[None] | None = None
        self._columns: UnitColumns | None = None
        self._unsigned: frozenset[str] | None = None
        self.sample = 0

    def write(self, trainer: Trainer, at_rest: bool = False) -> None:
        """Write the view of the network as it is now; not yet again where that costs too much, but `at_rest` always.

        Of the last two costs the lower counts: now and then another process takes its turn in between. Raises
        OSError.
        """
        started_s = time.perf_counter()
        if not at_rest and started_s - self._made_s < max(EVERY_S, _COST_SHARE * min(self._costs_s)):
            return
        trainer.settle()  # what a view costs is not what the steps before it take
        started_s = time.perf_counter()
        self._write(trainer, at_rest)
        self._made_s = started_s
        self._costs_s = self._costs_s[1], time.perf_counter() - started_s

    def _write(self, trainer: Trainer, at_rest: bool) -> None:
        """Hand the file to the thread that writes it: waiting for the disk is no reason not to train on."""
        arrays, document = self._packed(trainer)
        content = save(arrays, {"meta": json.dumps({"results": document, "step": trainer.step})})
        self._await_file()
        self._file = self._thread.submit(write_atomic, self._path, content)
        if at_rest:
            self._await_file()

    def close(self) -> None:
        """Wait for the last file and end the thread that writes them; how the run ended does not hang on a picture."""
        self._thread.shutdown()
        try:
            self._await_file()
        except OSError:
            log.warning("the last live view could not be written", exc_info=True)

    def _await_file(self) -> None:
        file, self._file = self._file, None
        if file:
            file.result()

    def _packed(self, trainer: Trainer) -> tuple[dict[str, Any], Any]:
        """Make and pack the view and the network's picture. What fails does not end the run: the log has its trace."""
        try:
            return pack(self._make_in_plane(trainer) if self._is_in_plane else
                        (self._view(trainer), *self._nodes(trainer)))
        except Exception as error:
            self._note(error, trainer)
            return pack((Unavailable(text("The view of what the network has learned could not be made. The run's log "
                                     "has the reason.")),))

    def _view(self, trainer: Trainer) -> Any:
        return trainer.learner.view(predictor(trainer.eval_model), self._train, self._held_out, self._dataset)

    def _make_in_plane(self, trainer: Trainer) -> tuple[Any, ...]:
        """Make both of one pass over the plane; without the network's picture the boundary is still worth seeing."""
        model = trainer.eval_model
        try:
            if self._columns is None:
                axes = plane_axes(self._train, self._held_out)
                self._columns = UnitColumns(model, *(axis.numpy() for axis in axes))
        except Exception as error:
            self._note(error, trainer)
            return (self._view(trainer),)
        with self._columns.recording(model) as outputs:
            view = self._view(trainer)
        try:
            return view, *self._columns.maps_of(outputs), *self._columns.weights(model)
        except Exception as error:
            self._note(error, trainer)
            return (view,)

    def _nodes(self, trainer: Trainer) -> tuple[ImageGrid, ...]:
        """Map every node for the chosen image; nothing where samples are no images, or a node's output is none."""
        if self._held_out.inputs.dim() != 4:
            return ()
        try:
            if self._unsigned is None:
                net = trainer.recipe.network
                self._unsigned = never_negative(net, analyze(net), images=True)
            place = min(self.sample, len(self._held_out) - 1)
            image = to_float(self._held_out.inputs[place:place + 1].to(trainer.device))
            return node_maps(trainer.eval_model, image, self._unsigned)
        except Exception as error:
            self._note(error, trainer)
            return ()

    def _note(self, error: Exception, trainer: Trainer) -> None:
        """Log an error once, not several times a second."""
        if repr(error) != self._last_error:
            log.exception("the live view failed at step %d", trainer.step)
        self._last_error = repr(error)
