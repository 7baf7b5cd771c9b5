"""One run from its first step to its end: training, recording, requests.

The worker process and the command line both run a Session; whatever happens, it ends in a state with a reason.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from explorer.environment import pick_device
from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training.loop.graph import capture_on
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import load_parts
from explorer.training.loop.pretrained import read_initial_weights
from explorer.training.loop.processor import count_cores
from explorer.training.loop.torch_settings import prepare_torch, torch_kept
from explorer.training.records.progress import Progress
from explorer.training.records.recorded_threads import recorded_threads
from explorer.training.runs import store
from explorer.training.runs.process import identify
from explorer.training.runs.store import Run, Status
from explorer.training.work.controls import POLL_S, Controls
from explorer.training.work.failures import CannotTrain, Stopped, failure_reason
from explorer.training.work.heartbeat import heartbeat
from explorer.training.work.recipe_check import problems
from explorer.training.work.recorder import Recorder

_LONG_WAIT_S = 0.04  # at up to 25 steps a second each step is seen by itself

log = logging.getLogger(__name__)

Watch = Callable[[Progress], None]


class Session:
    """The training of one run: `execute()` from start to end, or `prepare()` and as many `steps()` as wanted.

    watch: called with the Progress after every flush. poll_s: the seconds between two checks for requests.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> Session(store.RunStore(mkdtemp()).create(zoo.recipe("playground").with_(epochs=1))).execute().state
    'finished'
    """

    def __init__(self, run: Run, watch: Watch = lambda progress: None, poll_s: float = POLL_S) -> None:
        self.run, self.watch, self.poll_s = run, watch, poll_s
        self.summary: dict[str, Any] = {}
        self.trainer: Trainer
        self.recorder: Recorder | None = None
        self._controls: Controls
        self._came_early: Text | None = None

    def execute(self) -> Status:
        """Train to the end, or until a request or a failure. Returns the final status; raises RunDeleted only.

        A run that a newer version of the program recorded is left unchanged.
        """
        if (status := self.run.stored_status()).state == store.NEWER:
            return status
        with heartbeat(self.run), torch_kept():
            try:
                if not self.recorder:
                    self.prepare()
                for _ in self.steps():
                    pass
                state, reason = store.FINISHED, self._came_early
            except Stopped:
                state, reason = store.STOPPED, text("Stopped at step {step:,}.", step=self.trainer.step)
            except KeyboardInterrupt:
                state, reason = store.INTERRUPTED, text("Interrupted from the keyboard.")
            except Exception as error:  # whatever it is, the run must end in a state with a reason
                state, reason = failure_reason(error, self.run, self._step)
            return self._end(state, reason)

    @property
    def _step(self) -> int:
        return self.recorder.progress.step if self.recorder else 0

    def prepare(self) -> None:
        """Set up the trainer and its recorder, at the start or the last state. Raises what cannot be trained."""
        recipe = self.run.recipe
        self._set_status(store.TRAINING)
        if found := problems(recipe):
            raise CannotTrain(found[0].message)
        self.run.take_reserve()
        device, note = pick_device(recipe.device)
        if note and recipe.device != "auto":
            raise CannotTrain(note)
        threads = prepare_torch(recipe, recorded_threads(self.run, count_cores()))
        parts = load_parts(recipe)
        self.trainer = Trainer(recipe, parts, device, capture=capture_on(device))
        if (weights := read_initial_weights(self.run)) is not None:
            self.trainer.load_initial_weights(weights)
        self.recorder = Recorder(self.run, self.trainer, parts)
        self._controls = Controls(self.run, self.trainer, self.recorder.record_learning_rate,
                                  self.recorder.record_speed, self.recorder.show_sample, self.poll_s)
        self.recorder.record_facts(parts, threads)
        self.recorder.start_or_resume()

    def steps(self) -> Iterator[int]:
        """Train to the end, yielding the number of each step; handles requests in between. Raises Stopped."""
        self.recorder.start_clock()
        while not self.trainer.finished and not self._came_early:
            self._train_step()
            yield self.trainer.step
            if not self.trainer.finished and not self._came_early and (
                    self._controls.should_rest(time.perf_counter()) or self._keep_speed_limit()):
                self._rest()

    def _train_step(self) -> None:
        """Train one step and record it, with its epoch if it ends one."""
        trainer, recorder = self.trainer, self.recorder
        epoch = trainer.epoch
        recorder.progress.examples += trainer.train_step()
        if trainer.epoch != epoch:
            recorder.end_epoch()
            self.watch(recorder.progress)
            if self._is_out_of_patience():
                self._came_early = text("Stopped early, after epoch {epoch}: the validation loss has not improved for "
                                        "{patience} epochs.", epoch=trainer.epoch, patience=trainer.recipe.patience)
        elif recorder.is_flush_due(time.perf_counter()):
            recorder.flush()
            self.watch(recorder.progress)
        recorder.hand_over_view()
        recorder.keep_checkpoint_if_due()

    def _keep_speed_limit(self) -> bool:
        """Wait for the next step's turn, before a long wait with everything recorded; returns whether to pause."""
        wait_s = self._controls.speed_limit.take_turn(time.perf_counter())
        if wait_s > _LONG_WAIT_S:
            self.recorder.flush()
            self.watch(self.recorder.progress)
        if wait_s <= 0:
            return False
        with self.recorder.waiting():
            return self._controls.await_turn()

    def _is_out_of_patience(self) -> bool:
        patience = self.trainer.recipe.patience
        return patience is not None and self.recorder.progress.epochs_without_improvement() >= patience

    def _rest(self) -> None:
        """Record everything and wait for a request to go on."""
        self.recorder.flush()
        self.recorder.keep_state()
        self.recorder.hand_over_view(at_rest=True)
        self.watch(self.recorder.progress)
        self._set_status(store.PAUSED)
        self._controls.rest()
        self._set_status(store.TRAINING)
        self.recorder.start_clock()

    def _end(self, state: str, reason: Text | None) -> Status:
        """Record how the run ended, even on a full disk."""
        self.run.release_reserve()
        if state not in (store.FINISHED, store.STOPPED):
            self._set_status(state, reason)  # at once: what is recorded below may take the room that is left
        if self.recorder:
            try:
                state, reason = self._record_end(state, reason)
            finally:
                with suppress(sqlite3.Error):
                    self.recorder.close()
        return self._set_status(state, reason)

    def _record_end(self, state: str, reason: Text | None) -> tuple[str, Text | None]:
        """Record the rest; returns the state and reason, worse ones if that fails."""
        wanted = state in (store.FINISHED, store.STOPPED)
        try:
            if state not in (store.DIVERGED, store.INTERRUPTED):
                self.recorder.flush()
            if state == store.FINISHED:
                self.recorder.keep_by_rule(has_finished=True)
            elif state == store.STOPPED:
                self.recorder.keep_state()
            if wanted:
                self.summary = self.recorder.summarize(finished=state == store.FINISHED)
        except Exception as error:
            worse = failure_reason(error, self.run, self._step)
            return worse if wanted else (state, reason)
        return state, reason

    def _set_status(self, state: str, reason: Text | None = None) -> Status:
        before = self.run.stored_status()
        status = Status(state, reason, before.created_s, **identify(), summary=self.summary, device=before.device)
        try:
            self.run.write_status(status)
        except FileNotFoundError:
            raise store.RunDeleted(self.run.id) from None
        except OSError:  # nothing can be written: whoever asks finds the process gone
            log.exception("the status could not be written")
        return status


@contextmanager
def _ctrl_c_stops(run: Run) -> Iterator[None]:
    """Let Ctrl-C request a stop after the current step, to be resumed later; a second one interrupts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with suppress(OSError):
            run.request("stop")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def train(recipe: Recipe, runs: store.RunStore, owner: str = "",
          watch: Watch = lambda progress: None) -> tuple[Run, Status]:
    """Train a recipe in this process, as a run of the store. Returns the run and its final status. Raises OSError.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> train(zoo.recipe("playground").with_(epochs=1), store.RunStore(mkdtemp()))[1].state
    'finished'
    """
    run = runs.create(recipe, owner)
    return run, train_here(run, watch)


def train_here(run: Run, watch: Watch = lambda progress: None) -> Status:
    """Train a run in this process until it ends or Ctrl-C stops it. Returns its final status; raises RunDeleted."""
    with _ctrl_c_stops(run):
        return Session(run, watch).execute()
