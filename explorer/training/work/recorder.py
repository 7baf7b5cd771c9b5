"""Recording of a run on disk while it trains: metrics, checkpoints, the live view."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch

from explorer import data
from explorer.text import text
from explorer.training.analysis.live_writer import LiveViewWriter
from explorer.training.loop.loop import Trainer
from explorer.training.loop.memory import used_bytes
from explorer.training.loop.parts import Parts
from explorer.training.records.checkpoints import DamagedFrame, FrameKeeper, State, load_frame, load_state, state_steps
from explorer.training.records.layer_statistics import write_samples
from explorer.training.records.metrics import LOSS, STEP_COLUMNS, TEST, TRAIN, VALIDATION, EpochRow, StepRows
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.records.progress import Progress
from explorer.training.runs.store import Run
from explorer.training.work.failures import Diverged

FLUSH_S = 0.1  # pages look ten times a second
STATE_EVERY_S = 5.0
STATE_COST_SHARE = 20  # a state is kept no more often than after this many times what the last one took


class Recorder:
    """The recorder of a training run, which also finds the state to resume from.

    Any method may raise OSError or sqlite3.Error. `progress` is updated at every flush.
    """

    def __init__(self, run: Run, trainer: Trainer, parts: Parts) -> None:
        recipe = run.recipe
        self.progress = Progress()
        self._run, self._trainer = run, trainer
        self._frames = FrameKeeper(run.frames_folder, recipe.disk_budget_mb * 10**6)
        self._live = LiveViewWriter(run.folder, data.get(recipe.data.name, recipe.data.params), parts)
        self._metrics = MetricsWriter(run.metrics_path)
        self._flushed_s = self._counted_s = self._stated_s = 0.0
        self._state_cost_s = 0.0
        self._last_norms: np.ndarray | None = None
        self._execution = trainer.execution

    def record_facts(self, parts: Parts, threads: int) -> None:
        """Record the facts that a page shows beside the curves."""
        trainer = self._trainer
        self._metrics.set_facts(
            layers=trainer.instruments.layers, batches_per_epoch=trainer.batches_per_epoch,
            total_steps=trainer.total_steps, device=str(trainer.device), threads=threads, torch=str(torch.__version__),
            rules=dict(trainer.recipe.rules), speed=0.0, execution=trainer.execution.to_dict(),
            train_samples=len(parts.train), validation_samples=len(parts.validation), test_samples=len(parts.test),
            **{f"guess_{name}": value for name, value in
               (dict.fromkeys(STEP_COLUMNS) | trainer.learner.chance(parts.train)).items()},
            class_names=list(parts.train.class_names))
        if sampler := trainer.sampler:
            self._metrics.set_facts(sampled_layers=sampler.layers, weighted_layers=list(sampler.weights))

    def start_or_resume(self) -> None:
        """Keep the first state; or, if there are some, resume from the last readable one.

        Raises DamagedFrame if there are some and none is readable.
        """
        found = self._last_state()
        if found is None:
            self.keep_state()
            return
        weights, (tensors, position) = found
        trainer, progress = self._trainer, self.progress
        trainer.load_state(weights, tensors, position)
        self._metrics.forget_after(trainer.step)
        self._frames.forget_after(trainer.step)
        progress.step, progress.epoch, progress.epochs = trainer.step, trainer.epoch, self._metrics.epochs()
        progress.train_seconds = float(position.get("train_seconds", 0.0))
        progress.examples = int(position.get("examples", 0))
        if trainer.sampler:
            trainer.sampler.resume(float(position.get("sampling_seconds", 0.0)), progress.train_seconds)
        self._stated_s = time.perf_counter()

    def _last_state(self) -> tuple[dict[str, torch.Tensor], State] | None:
        folder, damaged = self._run.frames_folder, None
        for step in reversed(state_steps(folder)):
            try:
                return load_frame(folder, step), load_state(folder, step)
            except DamagedFrame as error:
                damaged = damaged or error
        if damaged:
            raise damaged
        return None

    def start_clock(self) -> None:
        """Start counting training time: after a pause, after an evaluation."""
        self._counted_s = time.perf_counter()
        self._flushed_s = self._flushed_s and self._counted_s

    def count_time(self) -> None:
        now = time.perf_counter()
        self.progress.train_seconds += now - self._counted_s
        self._counted_s = now

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wrap a wait between two steps: it is no training time, but the speed of the next flush includes it."""
        self.count_time()
        try:
            yield
        finally:
            self._counted_s = time.perf_counter()

    def is_flush_due(self, now_s: float) -> bool:
        return now_s - self._flushed_s > FLUSH_S

    def flush(self) -> None:
        """Write the steps since the last flush. Raises Diverged."""
        self.count_time()
        rows, progress = self._trainer.instruments.flush(), self.progress
        if not len(rows):
            return
        self._metrics.add_steps(rows, self._trainer.batches_per_epoch)
        self._write_samples()
        self._check_finite(rows)
        self._last_norms = rows.gradient_norm[-1]
        if self._flushed_s and self._counted_s > self._flushed_s:
            progress.examples_per_s = float(rows.size.sum() / (self._counted_s - self._flushed_s))
        progress.step, progress.epoch = self._trainer.step, self._trainer.epoch
        progress.loss = float(rows.loss[-1])
        self._metrics.set_facts(progress={"train_seconds": progress.train_seconds,
                                          "examples_per_s": progress.examples_per_s,
                                          "memory_bytes": used_bytes(self._trainer.device.type),
                                          "sampling_seconds": self._sampling_seconds},
                                lr_changes=self._trainer.learning_rate.changes)
        if self._trainer.execution != self._execution:  # what can be captured is known once it was tried
            self._execution = self._trainer.execution
            self._metrics.set_facts(execution=self._execution.to_dict())
        self._flushed_s = self._counted_s

    def hand_over_view(self, at_rest: bool = False) -> None:
        """Write what pages see of the network now, as often as they look and its cost allows; `at_rest` in any case."""
        self._live.write(self._trainer, at_rest)

    def show_sample(self, place: int) -> None:
        """Show the network's maps for another held-out sample from now on."""
        self._live.sample = max(0, place)
        self.hand_over_view(at_rest=True)

    def record_learning_rate(self) -> None:
        """Record changes of the learning rate at once, since a paused run has no next flush."""
        self._metrics.set_facts(lr_changes=self._trainer.learning_rate.changes)

    def record_speed(self, steps_per_s: float) -> None:
        """Record the speed asked for, 0 for full, for whoever opens the run's page."""
        self._metrics.set_facts(speed=steps_per_s)

    def _write_samples(self) -> None:
        """Write the samples of full recording, if it is on; writing them is part of its cost."""
        if sampler := self._trainer.sampler:
            with sampler.counted():
                write_samples(self._metrics, sampler.flush())

    @property
    def _sampling_seconds(self) -> float:
        return self._trainer.sampler.spent_s if self._trainer.sampler else 0.0

    def _check_finite(self, rows: StepRows) -> None:
        bad = np.flatnonzero(~np.isfinite(rows.loss))
        if not len(bad):
            return
        first = int(bad[0])
        before = rows.gradient_norm[first - 1] if first else self._last_norms
        step = int(rows.step[first])
        if before is None:
            raise Diverged(text("The loss is not finite from step {step:,} on, the first one trained here. "
                                "Check the data and the initialization.", step=step))
        layer = self._trainer.instruments.layers[int(np.argmax(np.nan_to_num(before, nan=np.inf, posinf=np.inf)))]
        raise Diverged(text(
            "The loss is not finite from step {step:,} on; one step before, the gradient was largest in {layer}. "
            "A lower learning rate usually helps.", step=step, layer=layer))

    def end_epoch(self) -> None:
        """Flush, evaluate on the held-out samples, and write the epoch's row."""
        self.flush()
        trainer = self._trainer
        names = (LOSS, *trainer.instruments.metrics)
        values = {TRAIN: self._metrics.mean_over(names, trainer.epoch_sizes(), trainer.step),
                  VALIDATION: trainer.evaluate_validation()}
        if trainer.recipe.test_every_epoch:
            values[TEST] = trainer.evaluate_test()
        row = EpochRow(trainer.epoch, trainer.step, values)
        self._metrics.add_epoch(row)
        self.progress.epochs.append(row)
        self.keep_by_rule(has_finished=False)
        self.start_clock()

    def keep_checkpoint_if_due(self) -> None:
        """Keep weights on their schedule, and a state to resume from every few seconds."""
        if time.perf_counter() - self._stated_s > max(STATE_EVERY_S, STATE_COST_SHARE * self._state_cost_s):
            self.flush()
            self.keep_state()
        elif self._frames.is_due(self._trainer.step):
            self._frames.keep(self._trainer.step, self._trainer.weights())

    def keep_state(self) -> None:
        """Keep a checkpoint with a state. Flush first, so that the metrics reach as far."""
        started = time.perf_counter()
        tensors, position = self._trainer.state()
        counts = {"train_seconds": self.progress.train_seconds, "examples": self.progress.examples,
                  "sampling_seconds": self._sampling_seconds}
        self._frames.keep(self._trainer.step, self._trainer.weights(), (tensors, {**position, **counts}))
        self._stated_s = time.perf_counter()
        self._state_cost_s = self._stated_s - started

    def keep_by_rule(self, has_finished: bool) -> None:
        """Keep weights by the recipe's rule; called after every epoch, and once the run has finished."""
        KEPT_WEIGHTS[self._trainer.recipe.rules["kept_weights"]](self, has_finished)

    def summarize(self, finished: bool) -> dict[str, float | int | str | None]:
        """Summarize the run in a few numbers, stored as a fact. The test part is used only here, once finished."""
        progress, trainer = self.progress, self._trainer
        values = dict(progress.epochs[-1].values) if progress.epochs else {}
        summary = {"steps": trainer.step, **_summed_up("train", values.get(TRAIN)),
                   **_summed_up("val", values.get(VALIDATION))}
        if finished:
            summary |= _summed_up("test", trainer.evaluate_test())
        seconds = progress.train_seconds
        summary |= {"examples_per_s": progress.examples / seconds if seconds else 0.0, "device": str(trainer.device),
                    "seconds": seconds}
        summary = {name: None if value is not None and value != value else value for name, value in summary.items()}
        self._metrics.set_facts(summary=summary)
        self.hand_over_view(at_rest=True)
        return summary

    def close(self) -> None:
        try:
            self._metrics.close()
        finally:
            self._live.close()


def _summed_up(prefix: str, values: Mapping[str, float] | None) -> dict[str, float | None]:
    """Prefix a part's numbers for a summary, which always has a loss and an accuracy, None if not measured."""
    return {f"{prefix}_{name}": value for name, value in (dict.fromkeys(STEP_COLUMNS) | dict(values or {})).items()}


def _keep_last(recorder: Recorder, has_finished: bool) -> None:
    """Keep the weights of the last step (version 1), even if an earlier epoch was better."""
    if has_finished:
        recorder.keep_state()


KEPT_WEIGHTS: dict[int, Callable[[Recorder, bool], None]] = {1: _keep_last}
