"""Failures that end a run, and a sentence for each."""

from __future__ import annotations

import errno
import logging
import sqlite3

import torch

from explorer import data, network
from explorer.document import DocumentError
from explorer.environment import pick_device
from explorer.formatting import format_count
from explorer.spec import BadValue, UnknownName
from explorer.text import Text, text
from explorer.training.loop.memory import available_bytes, largest_batch
from explorer.training.loop.pretrained import NoWeights
from explorer.training.records.checkpoints import DamagedFrame
from explorer.training.runs import store
from explorer.training.runs.store import Run

_GPU_ERRORS = ("CUDA error", "CUDA driver error", "cuDNN error", "CUDNN_STATUS", "CUBLAS_STATUS", "HIP error",
               "No CUDA GPUs are available")
_OUT_OF_MEMORY = ("allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")

log = logging.getLogger(__name__)


class Diverged(Exception):
    """A loss that is not finite; `reason` names the step and the layer with the largest gradient."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


class CannotTrain(Exception):
    """A recipe with problems, found before the first step."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Stopped(Exception):
    """A request to stop the run."""


def failure_reason(error: Exception, run: Run, step: int) -> tuple[str, Text]:
    """Return the state and the reason with which an error ends a run; its stack trace goes to the log.

    Raises RunDeleted if the run's folder was deleted.
    """
    if isinstance(error, store.RunDeleted) or not run.folder.is_dir():
        raise store.RunDeleted(run.id) from error
    if isinstance(error, Diverged):
        return store.DIVERGED, error.reason
    if isinstance(error, CannotTrain):
        return store.CRASHED, error.reason
    if isinstance(error, BadValue | UnknownName | DocumentError | data.DataMissing | data.Misfit | NoWeights):
        return store.CRASHED, error.sentence
    log.error("the run ended with an error", exc_info=error)
    if _is_disk_full(error):
        return store.CRASHED, text("The disk is full; everything up to step {step:,} is kept. "
                                   "Free some space, then resume.", step=step)
    if _is_out_of_memory(error):
        return store.OUT_OF_MEMORY, _memory_sentence(run)
    if isinstance(error, DamagedFrame):
        return store.CRASHED, text("The checkpoints of this run are damaged, so it cannot be resumed.")
    why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    if isinstance(error, RuntimeError) and any(words in why for words in _GPU_ERRORS):
        return store.CRASHED, _gpu_sentence(why)
    if isinstance(error, OSError | sqlite3.Error):
        return store.CRASHED, text("The run's folder on the disk cannot be written or read: {why}", why=why)
    return store.CRASHED, text("Training stopped with an error: {why}", why=why)


def _gpu_sentence(why: str) -> Text:
    """Explain an error of the GPU, after which this process can no longer use it; another one can go on."""
    if "busy or unavailable" in why:
        return text("Another program keeps the GPU to itself. Resume once it has ended, or fork the run and choose the "
                    "CPU as its device.")
    if "device-side assert" in why:
        return text("The GPU met an index without a place, such as a token that the network does not know. Fork the "
                    "run and choose the CPU as its device: there the reason names it.")
    return text("The GPU stopped answering: {why}. What was kept is safe; resume to go on from there. If it happens "
                "again, update the driver, or fork the run and choose the CPU as its device.", why=why.rstrip("."))


def _memory_sentence(run: Run) -> Text:
    """Suggest a batch size that fits by estimate, half of this one at most."""
    recipe = run.recipe
    fitting = min(recipe.batch_size // 2, largest_batch(recipe, available_bytes(pick_device(recipe.device)[0])))
    advice = text("Batches of {fitting:,} should fit.", fitting=fitting) if fitting else \
        text("Not even one sample fits: make the network smaller.")
    return text("There is not enough memory for batches of {batch:,} samples and {parameters} parameters. "
                "{advice}", batch=recipe.batch_size, advice=advice,
                parameters=format_count(network.analyze(recipe.network).total_parameters))


def _is_disk_full(error: Exception) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return full or (isinstance(error, sqlite3.Error) and "is full" in str(error))


def _is_out_of_memory(error: Exception) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or (isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY))
