"""Recording of a training loop of one's own as a run that the Train page shows.

Whatever fails on the side of the recording, a full disk, a deleted folder, ends it with one warning; the loop goes on.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from torch import nn

from explorer.text import Text, text
from explorer.training.loop.gradient_norms import Number
from explorer.training.loop.memory import used_bytes
from explorer.training.loop.step_watch import StepWatch
from explorer.training.records.layer_statistics import write_samples
from explorer.training.records.metrics import TEST, TRAIN, VALIDATION, EpochRow
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.process import identify
from explorer.training.runs.recording import Recording
from explorer.training.runs.status import CRASHED, FINISHED, INTERRUPTED, STOPPED, TRAINING, Status
from explorer.training.runs.store import Run, RunStore
from explorer.training.work.heartbeat import heartbeat
from explorer.training.work.logged_numbers import LoggedNumbers
from explorer.training.work.recorder import FLUSH_S

_PORT = 8501  # of the app, unless it was started with another

log = logging.getLogger(__name__)
_recorded: weakref.WeakSet[nn.Module] = weakref.WeakSet()


def record(model: nn.Module, name: str = "my loop", *, epochs: int | None = None, steps_per_epoch: int | None = None,
           quiet: bool = False, runs: RunStore | None = None) -> OwnLoop:
    """Record a training loop of your own, for as long as the `with` block lasts, as a run that the Train page shows.

    The recording reads what the loop computes and changes nothing: the weights come out the same, bit for bit.
    Beside what is logged it keeps every layer's gradient norm at each step and layer statistics of some steps.
    epochs, steps_per_epoch: the length of the loop, where it is known. quiet: whether to print no address. runs: where
    to record, by default `$EXPLORER_RUNS` or `runs/` in the working directory, as the app has it.
    Raises TypeError or ValueError for arguments that are none, and OSError where nothing can be written.

    >>> from tempfile import mkdtemp
    >>> model = nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with record(model, "a line", quiet=True, runs=RunStore(mkdtemp())) as run:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         loss = model(torch.ones(4, 2)).square().mean()
    ...         loss.backward()
    ...         optimizer.step()
    ...         run.log(loss=loss)
    >>> run.step, run.status().state
    (3, 'finished')
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"explorer.record takes a torch.nn.Module, not {type(model).__name__}.")
    if not isinstance(name, str):
        raise TypeError(f"The name of a recording is a string, not {type(name).__name__}.")
    return OwnLoop(model, Recording(name, epochs, steps_per_epoch), quiet, runs or RunStore())


class OwnLoop:
    """The recording of one loop. `id` and `folder` are those of its run, once the `with` block has begun."""

    def __init__(self, model: nn.Module, recording: Recording, quiet: bool, runs: RunStore) -> None:
        self.step = self.epoch = 0
        self.run: Run
        self._model, self._recording, self._quiet, self._runs = model, recording, quiet, runs
        self._numbers = LoggedNumbers()
        self._resources: ExitStack | None = None  # while it records
        self._is_open = self._was_open = False
        self._epoch_step = 0  # the last step of the epoch before
        self._summary: dict[str, Any] = {}

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def folder(self) -> Path:
        return self.run.folder

    def status(self) -> Status:
        """Return the status of the run. Raises RunDeleted."""
        return self.run.status()

    def __enter__(self) -> OwnLoop:
        if self._was_open:
            raise RuntimeError("This recording is over. Call explorer.record again for another one.")
        if self._model in _recorded:
            raise RuntimeError("This model is being recorded already. End that recording first.")
        watch = StepWatch(self._model)
        try:
            self._begin(watch)
        except BaseException:
            watch.close()
            raise
        if not self._quiet:
            print(f"Layerscope records this loop in {self.folder}. Watch it at http://localhost:{_PORT}/train?run="
                  f"{self.id} (the app must use the same folder of runs: EXPLORER_RUNS={self.folder.parent})",
                  file=sys.stderr)
        return self

    def _begin(self, watch: StepWatch) -> None:
        """Create the run and all that is needed to fill it, or nothing. Raises OSError or sqlite3.Error."""
        recording = Recording(self._recording.name, self._recording.epochs, self._recording.steps_per_epoch,
                              tuple(watch.norms.layers))
        self.run = self._runs.create_recording(recording)
        try:
            self._created_s = self.run.stored_status().created_s
            self._write_status(TRAINING)
            self._device = str(next((each.device for each in self._model.parameters()), "cpu"))
            self._open(watch)
        except BaseException:
            with suppress(OSError):
                self.run.delete()  # nothing is in it yet
            raise
        self._pid, self._thread, self._watch = os.getpid(), threading.get_ident(), watch
        self._started_s, self._stepped_s, self._per_s = time.perf_counter(), 0.0, 0.0
        self._flushed_s, self._flushed_step = 0.0, 0
        self._is_open = self._was_open = True

    def _open(self, watch: StepWatch) -> None:
        """Open what the recording holds until its end, and begin the first step."""
        with ExitStack() as resources:
            _recorded.add(self._model)
            resources.callback(_recorded.discard, self._model)
            resources.callback(watch.close)
            resources.enter_context(heartbeat(self.run))
            self._metrics = MetricsWriter(self.run.metrics_path)
            resources.callback(self._metrics.close)
            self._write_facts(watch)
            watch.begin(1)
            self._resources = resources.pop_all()

    def _write_facts(self, watch: StepWatch) -> None:
        per_epoch = self._recording.steps_per_epoch
        self._metrics.set_facts(
            layers=watch.norms.layers, sampled_layers=watch.sampler.layers,
            weighted_layers=list(watch.sampler.weights), total_steps=self._recording.total_steps, device=self._device,
            torch=str(torch.__version__), is_compiled=watch.is_compiled,
            **({"batches_per_epoch": per_epoch} if per_epoch else {}))

    def log(self, /, **numbers: Any) -> None:
        """End a step and record its numbers: plain ones, or tensors with one element, under any names.

        Raises TypeError for what is no number, ValueError for a bad name or more than a hundred different ones, and
        RuntimeError outside of the `with` block or in another thread than it.
        """
        self._check_open("log")
        checked = self._numbers.check(numbers)
        self._guarded(lambda: self._end_step(checked))

    def log_epoch(self, *, validation: Mapping[str, Any] | None = None, test: Mapping[str, Any] | None = None) -> None:
        """End an epoch, with what was measured of samples held out, by name. Raises what `log` raises."""
        self._check_open("log_epoch")
        parts = {VALIDATION: validation, TEST: test}
        measured = {part: {name: float(value) for name, value in self._numbers.check(numbers).items()}
                    for part, numbers in parts.items() if numbers}
        self._guarded(lambda: self._end_epoch(measured))

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None,
                 _trace: TracebackType | None) -> None:
        self._is_open = False
        if self._is_elsewhere:
            return
        if self._resources:
            self._guarded(lambda: self._finish(*_outcome(error, self.step)))

    def _check_open(self, what: str) -> None:
        if not self._is_open:
            raise RuntimeError(f"{what} belongs inside of the `with explorer.record(...)` block.")
        if threading.get_ident() != self._thread and not self._is_elsewhere:
            raise RuntimeError(f"{what} was called in another thread than the one that entered the `with "
                               "explorer.record(...)` block. Open the block in the thread that trains.")

    @property
    def _is_elsewhere(self) -> bool:
        """Return whether this is a fork of the process that records."""
        return os.getpid() != self._pid

    def _end_step(self, numbers: dict[str, Number]) -> None:
        norms = self._watch.end()
        self.step += 1
        self._numbers.add(self.step, numbers, norms)
        self._stepped_s = time.perf_counter()
        if self._stepped_s - self._flushed_s > FLUSH_S:
            self._flush()
        self._watch.begin(self.step + 1)

    def _flush(self) -> None:
        """Write the steps since the last flush. Raises OSError or sqlite3.Error."""
        if not (self.folder / "status.json").is_file():
            raise FileNotFoundError(f"{self.folder} was deleted")
        now, sampler = time.perf_counter(), self._watch.sampler
        self._numbers.flush(self._metrics, self._watch.norms, self._recording.steps_per_epoch)
        with sampler.counted():
            write_samples(self._metrics, sampler.flush())
        if steps := self.step - self._flushed_step:  # up to the last of them: an evaluation may have followed
            self._per_s = steps / (self._stepped_s - (self._flushed_s or self._started_s))
        self._metrics.set_facts(progress={
            "train_seconds": now - self._started_s, "steps_per_s": self._per_s, "sampling_seconds": sampler.spent_s,
            "memory_bytes": used_bytes(torch.device(self._device).type)})
        self._flushed_s, self._flushed_step = now, self.step

    def _end_epoch(self, measured: dict[str, dict[str, float]]) -> None:
        self._flush()
        self.epoch += 1
        values, count = dict(measured), self.step - self._epoch_step
        if count:
            values[TRAIN] = self._metrics.mean_over(self._numbers.names, [1] * count, self.step)
        self._metrics.add_epoch(EpochRow(self.epoch, self.step, values))
        self._epoch_step = self.step
        short = {VALIDATION: "val"}
        self._summary = {f"{short.get(part, part)}_{name}": value if value == value else None
                         for part, found in values.items() for name, value in found.items()}

    def _finish(self, state: str, reason: Text | None) -> None:
        self._flush()
        self._summary |= {"steps": self.step, "device": self._device,
                          "seconds": time.perf_counter() - self._started_s}
        self._release()
        self.run.release_reserve()
        self._write_status(state, reason)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do something for the recording; whatever fails ends it, with one warning, and not the loop."""
        if not self._resources or self._is_elsewhere:
            return
        try:
            act()
        except Exception as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            log.warning("explorer.record: the recording ended at step %s, the loop goes on: %s", self.step, why)
            with suppress(OSError, sqlite3.Error):
                self._release()
            with suppress(OSError):
                self.run.release_reserve()
                self._write_status(CRASHED, text(
                    "The recording ended at step {step:,}, the loop went on without it: {why}", step=self.step,
                    why=str(why)[:200]))

    def _release(self) -> None:
        """Close everything that the recording holds, and leave the model as it was found."""
        resources, self._resources = self._resources, None
        if resources:
            resources.close()

    def _write_status(self, state: str, reason: Text | None = None) -> None:
        self.run.write_status(Status(state, reason, self._created_s, **identify(), summary=self._summary))


def _outcome(error: BaseException | None, step: int) -> tuple[str, Text | None]:
    """Return the state and the reason with which a loop ended."""
    if error is None:
        return FINISHED, None
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, text("Interrupted from the keyboard.")
    if isinstance(error, SystemExit | GeneratorExit):
        return STOPPED, text("Stopped at step {step:,}.", step=step)
    why = (str(error).strip().splitlines() or [""])[0][:200]
    kind = type(error).__name__
    return CRASHED, text("Training stopped with an error: {why}", why=f"{kind}: {why}" if why else kind)
