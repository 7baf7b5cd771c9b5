"""One run from its first step to its end: drives the trainer, writes what it yields, obeys requests.

The worker process and the command line both run a Session; whatever happens, it ends in a state with a reason.
"""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import psutil
import torch

from explorer import data, network
from explorer.environment import pick_device
from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training import store
from explorer.training.check import problems
from explorer.training.controls import Controls
from explorer.training.endings import CannotTrain, Diverged, Stopped, explain
from explorer.training.frames import FrameKeeper, load_frame, load_state, state_steps
from explorer.training.instruments import StepRows
from explorer.training.live import LiveViewWriter
from explorer.training.loop import Trainer, choose_threads
from explorer.training.metrics import EpochRow, MetricsWriter
from explorer.training.parts import Parts, load_parts
from explorer.training.store import Run, Status

FLUSH_S = 0.2
_STATE_EVERY_S = 5.0
_HEARTBEAT_S = 0.5

log = logging.getLogger(__name__)


@dataclass
class Progress:
    """Where a run stands; handed to whoever watches, once a flush."""

    step: int = 0
    epoch: int = 0
    train_seconds: float = 0.0
    examples: int = 0
    examples_per_s: float = 0.0
    loss: float = float("nan")
    epochs: list[EpochRow] = field(default_factory=list)


class Session:
    """Trains one run. `watch` is called with its Progress after every flush."""

    def __init__(self, run: Run, watch: Callable[[Progress], None] = lambda progress: None) -> None:
        self.run, self.recipe, self.watch = run, run.recipe, watch
        self.progress = Progress()
        self.summary: dict[str, Any] = {}
        self.trainer: Trainer
        self._frames: FrameKeeper
        self._live: LiveViewWriter
        self._metrics: MetricsWriter | None = None
        self._controls: Controls
        self._epoch_sums = np.zeros(3)  # samples, loss · samples, right answers of the epoch so far
        self._flushed_s = self._stated_s = 0.0

    def execute(self) -> Status:
        """Train to the end, or until something ends it. Returns the final status; only a deleted folder raises (Gone)."""
        with self._heartbeat():
            try:
                self._set_up()
                self._train()
                state, reason = store.FINISHED, None
            except (Stopped, KeyboardInterrupt):
                state, reason = store.STOPPED, text("Stopped at step {step:,}.", step=self.progress.step)
            except Exception as error:  # whatever it is, the run must end in a state with a reason
                state, reason = explain(error, self.run, self.progress.step)
            return self._end(state, reason)

    def _set_up(self) -> None:
        faults = problems(self.recipe)
        if faults:
            raise CannotTrain(text("{problem}", problem=faults[0].message))
        self._set_status(store.TRAINING)
        device, note = pick_device(self.recipe.device)
        if note and self.recipe.device != "auto":
            raise CannotTrain(note)
        threads = self._prepare_torch()
        parts = load_parts(self.recipe)
        self.trainer = Trainer(self.recipe, parts, device)
        self._frames = FrameKeeper(self.run.frames_folder, self.recipe.disk_budget_mb * 10**6)
        self._live = LiveViewWriter(self.run.folder, data.get(self.recipe.data.name), parts)
        self._metrics = MetricsWriter(self.run.metrics_path)
        self._controls = Controls(self.run, self.trainer)
        self._record_facts(parts, device, threads)
        self._continue_or_begin()

    def _prepare_torch(self) -> int:
        work = network.analyze(self.recipe.network).total_multiply_adds * self.recipe.batch_size
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = self.recipe.threads or choose_threads(work, cores)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(self.recipe.deterministic, warn_only=True)
        return threads

    def _record_facts(self, parts: Parts, device: str, threads: int) -> None:
        guess = data.guess_level(parts.train, self.recipe.task)
        self._metrics.set_facts(
            layers=self.trainer.instruments.layers, batches_per_epoch=self.trainer.batches_per_epoch,
            total_steps=self.trainer.total_steps, device=device, threads=threads, torch=torch.__version__,
            train_samples=len(parts.train), validation_samples=len(parts.validation), test_samples=len(parts.test),
            guess_loss=guess.loss, guess_accuracy=guess.accuracy, class_names=list(parts.train.class_names))

    def _continue_or_begin(self) -> None:
        steps = state_steps(self.run.frames_folder)
        if not steps:
            self._keep_frame(with_state=True)
            return
        step = steps[-1]
        self.trainer.load_state(load_frame(self.run.frames_folder, step), *load_state(self.run.frames_folder, step))
        self._metrics.forget_after(step)
        self._frames.forget_after(step)
        self.progress.step, self.progress.epoch = self.trainer.step, self.trainer.epoch

    def _train(self) -> None:
        trainer = self.trainer
        started = time.perf_counter()
        while not trainer.finished:
            epoch = trainer.epoch
            self.progress.examples += trainer.train_step()
            now = time.perf_counter()
            if trainer.epoch != epoch:
                self.progress.train_seconds += now - started
                self._end_epoch()
                started = time.perf_counter()
            if now - self._flushed_s > FLUSH_S:
                self._flush(now)
            if self._frames.is_due(trainer.step):
                self._keep_frame()
            if self._controls.should_rest(now):
                self.progress.train_seconds += now - started
                self._rest()
                started = time.perf_counter()

    def _flush(self, now: float) -> None:
        rows = self.trainer.instruments.flush()
        if len(rows):
            self._check_finite(rows)
            self._add_up(rows)
            self._metrics.add_steps(rows, self.trainer.batches_per_epoch)
            if self._flushed_s and now > self._flushed_s:
                self.progress.examples_per_s = float(rows.size.sum()) / (now - self._flushed_s)
            self.progress.step, self.progress.epoch = self.trainer.step, self.trainer.epoch
            self.progress.loss = float(rows.loss[-1])
            self._metrics.set_facts(progress={"train_seconds": self.progress.train_seconds,
                                              "examples_per_s": self.progress.examples_per_s})
            self._live.write(self.trainer)
            self.watch(self.progress)
        self._flushed_s = time.perf_counter()

    def _add_up(self, rows: StepRows) -> None:
        right = 0.0 if np.isnan(rows.accuracy).any() else (rows.accuracy * rows.size).sum()
        self._epoch_sums += (rows.size.sum(), (rows.loss * rows.size).sum(), right)

    def _check_finite(self, rows: StepRows) -> None:
        bad = np.flatnonzero(~np.isfinite(rows.loss))
        if not len(bad):
            return
        self._metrics.add_steps(rows, self.trainer.batches_per_epoch)
        first = bad[0]
        before = rows.gradient_norm[max(first - 1, 0)]
        layer = self.trainer.instruments.layers[int(np.argmax(np.nan_to_num(before, nan=np.inf, posinf=np.inf)))]
        raise Diverged(text(
            "The loss is no number any more since step {step:,}; one step before, the gradient was largest in {layer}. "
            "A lower learning rate is the usual cure.", step=int(rows.step[first]), layer=layer))

    def _end_epoch(self) -> None:
        self._flush(time.perf_counter())
        samples, loss, right = self._epoch_sums.tolist()
        self._epoch_sums = np.zeros(3)
        classifies = self.trainer.task.correct is not None
        validation = self.trainer.evaluate_validation()
        test = self.trainer.evaluate_test() if self.recipe.test_every_epoch else (None, None)
        row = EpochRow(self.trainer.epoch, self.trainer.step, loss / samples if samples else None,
                       right / samples if samples and classifies else None, *validation, *test)
        self._metrics.add_epoch(row)
        self.progress.epochs.append(row)
        self.watch(self.progress)
        if time.perf_counter() - self._stated_s > _STATE_EVERY_S:
            self._keep_frame(with_state=True)

    def _keep_frame(self, with_state: bool = False) -> None:
        if with_state:
            self._stated_s = time.perf_counter()
        self._frames.keep(self.trainer.step, self.trainer.model.state_dict(), self.trainer.state() if with_state else None)

    def _rest(self) -> None:
        """Write everything down and wait until somebody asks for more."""
        self._flush(time.perf_counter())
        self._keep_frame(with_state=True)
        self._set_status(store.PAUSED)
        self._controls.rest()
        self._set_status(store.TRAINING)
        self._flushed_s = time.perf_counter()

    def _end(self, state: str, reason: Text | None) -> Status:
        """Write down how it ended. A full disk must not keep that from being said."""
        try:
            if self._metrics and state in (store.FINISHED, store.STOPPED):
                self._flush(time.perf_counter())
                self._keep_frame(with_state=True)
                self._summarize(state)
        except (OSError, sqlite3.Error, Diverged) as error:
            state, reason = explain(error, self.run, self.progress.step)
        try:
            if self._metrics:
                self._metrics.close()
        except sqlite3.Error:
            log.exception("the metrics file could not be closed")
        self.run.release_reserve()
        return self._set_status(state, reason)

    def _summarize(self, state: str) -> None:
        last = self.progress.epochs[-1] if self.progress.epochs else None
        self.summary = {
            "steps": self.trainer.step,
            "train_loss": last and last.train_loss, "train_accuracy": last and last.train_accuracy,
            "val_loss": last and last.validation_loss, "val_accuracy": last and last.validation_accuracy,
        }
        if state == store.FINISHED:
            self.summary["test_loss"], self.summary["test_accuracy"] = self.trainer.evaluate_test()
        seconds = self.progress.train_seconds
        self.summary |= {
            "examples_per_s": self.progress.examples / seconds if seconds else 0.0,
            "device": str(self.trainer.device), "seconds": seconds,
        }
        self._metrics.set_facts(summary=self.summary)

    def _set_status(self, state: str, reason: Text | None = None) -> Status:
        try:
            created_s = self.run.stored_status().created_s
            process = psutil.Process()
            status = Status(state, reason, created_s, process.pid, process.create_time(), socket.gethostname(), self.summary)
            self.run.write_status(status)
        except FileNotFoundError:
            raise store.Gone(self.run.id) from None
        except OSError:  # nothing can be written: whoever asks finds the process gone
            log.exception("the status could not be written")
            return replace(Status(), state=state, reason=reason)
        return status

    @contextmanager
    def _heartbeat(self):
        done = threading.Event()

        def beat() -> None:
            while not done.wait(_HEARTBEAT_S):
                try:
                    self.run.beat()
                except OSError:
                    return

        thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()  # a thread caught alive by the interpreter's end aborts the process


def train(recipe: Recipe, runs: store.RunStore, owner: str = "",
          watch: Callable[[Progress], None] = lambda progress: None) -> tuple[Run, Status]:
    """Train a recipe in this process, as a run of the store. Returns the run and how it ended."""
    run = runs.create(recipe, owner)
    return run, Session(run, watch).execute()
