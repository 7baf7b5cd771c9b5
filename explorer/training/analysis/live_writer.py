"""The writer of the live view: what the network has learned so far, as the task pictures it."""

from __future__ import annotations

import json
import logging
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from explorer.data import Dataset, to_float
from explorer.files.atomic import write_atomic
from explorer.hooks import predictor
from explorer.network import analyze
from explorer.network.signs import never_negative
from explorer.results import Field2D, ImageGrid, LayerWeights, Unavailable
from explorer.results.packing import pack
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
        self._write(trainer)
        self._made_s = started_s
        self._costs_s = self._costs_s[1], time.perf_counter() - started_s

    def _write(self, trainer: Trainer) -> None:
        arrays, document = self._pack(trainer)
        write_atomic(self._path, save(arrays, {"meta": json.dumps({"results": document, "step": trainer.step})}))

    def _pack(self, trainer: Trainer) -> tuple[dict[str, np.ndarray], Any]:
        """Make and pack the view; a view that fails does not end the run: the log has its trace."""
        try:
            view = trainer.learner.view(predictor(trainer.eval_model), self._train, self._held_out, self._dataset)
            packed = pack((view,))
        except Exception as error:
            self._note(error, trainer)
            return pack((Unavailable(text("The view of what the network has learned could not be made. The run's log "
                                          "has the reason.")),))
        try:
            return pack((view, *self._picture(trainer, view)))
        except Exception as error:  # without the network's picture the view is still worth seeing
            self._note(error, trainer)
            return packed

    def _note(self, error: Exception, trainer: Trainer) -> None:
        """Log an error once, not several times a second."""
        if repr(error) != self._last_error:
            log.exception("the live view failed at step %d", trainer.step)
        self._last_error = repr(error)

    def _picture(self, trainer: Trainer, view: object) -> tuple[ImageGrid | LayerWeights, ...]:
        model = trainer.eval_model
        if isinstance(view, Field2D):
            self._columns = self._columns or UnitColumns(model, view.x, view.y)
            return *self._columns.maps(model), *self._columns.weights(model)
        if self._held_out.inputs.dim() != 4:
            return ()
        if self._unsigned is None:
            net = trainer.recipe.network
            self._unsigned = never_negative(net, analyze(net), images=True)
        place = min(self.sample, len(self._held_out) - 1)
        return node_maps(model, to_float(self._held_out.inputs[place:place + 1].to(trainer.device)), self._unsigned)
