"""Requests to a training run: pause, resume, one batch, one epoch, stop, another learning rate, speed or sample."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from explorer.training.loop.loop import Trainer
from explorer.training.runs.store import Run, RunDeleted
from explorer.training.work.failures import Stopped
from explorer.training.work.speed_limit import SpeedLimit

POLL_S = 0.05
_REST_S = 0.02
_LARGEST_RATE = 1e6


class Controls:
    """A run's requests: whether to pause now, and at which step or epoch to pause next.

    Requests are handled in order. A requested batch is trained before any later request is handled, be it a pause or
    another learning rate: else it would be lost, or trained with settings that came after it. An epoch can take long,
    so that any request during one is handled at once.
    """

    def __init__(self, run: Run, trainer: Trainer, record_rate: Callable[[], None],
                 record_speed: Callable[[float], None], show_sample: Callable[[int], None],
                 poll_s: float = POLL_S) -> None:
        """Follow the requests to a run; each change of the learning rate or the speed is recorded.

        show_sample: switches the network's maps to another held-out sample.
        """
        self._run, self._trainer, self._poll_s = run, trainer, poll_s
        self._record_rate, self._record_speed = record_rate, record_speed
        self._changes = {"learning_rate": self._change_learning_rate, "speed": self._change_speed,
                         "sample": lambda place: show_sample(int(place))}
        self.speed_limit = SpeedLimit()
        self._asked: deque[str] = deque()  # taken and not obeyed yet
        self._step_target: int | None = None
        self._epoch_target: int | None = None
        self._polled_s = 0.0

    def should_rest(self, now_s: float) -> bool:
        """Return whether to pause here; checks for requests every `poll_s` seconds. Raises Stopped or RunDeleted."""
        reached = self._is_target_reached()
        if reached:
            self._step_target = self._epoch_target = None
        elif now_s - self._polled_s < self._poll_s:
            return False
        self._polled_s = now_s
        return self._follow(resting=reached)

    def await_turn(self) -> bool:
        """Wait until the speed limit lets the next step go; returns whether to pause instead.

        A requested batch does not wait. Raises Stopped or RunDeleted.
        """
        while self._step_target is None and (wait_s := self.speed_limit.wait_s(time.perf_counter())) > 0:
            time.sleep(min(wait_s, _REST_S))
            if self.should_rest(time.perf_counter()):
                return True
        return False

    def rest(self) -> None:
        """Wait for a request to go on. Raises Stopped or RunDeleted."""
        while self._follow(resting=True):
            time.sleep(_REST_S)

    def _is_target_reached(self) -> bool:
        step, epoch = self._step_target, self._epoch_target
        return (step is not None and self._trainer.step >= step) or (epoch is not None and self._trainer.epoch >= epoch)

    def _follow(self, resting: bool) -> bool:
        """Handle new requests; returns whether the run pauses."""
        try:
            self._asked.extend(self._run.take_requests())
        except OSError:
            raise RunDeleted(self._run.id) from None
        while self._asked and self._step_target is None:
            verb, _, value = self._asked.popleft().partition("=")
            if verb == "stop":
                raise Stopped
            if change := self._changes.get(verb):
                with suppress(ValueError, OverflowError):  # an invalid value is ignored
                    change(float(value))
                continue
            resting = verb == "pause"
            self._aim(verb)
        return resting

    def _change_learning_rate(self, rate: float) -> None:
        """Change the learning rate from the next step on. Raises ValueError."""
        if not 0 <= rate <= _LARGEST_RATE:
            raise ValueError(f"{rate} is no learning rate")
        self._trainer.learning_rate.change(rate, self._trainer.step)
        self._record_rate()

    def _change_speed(self, steps_per_s: float) -> None:
        """Change the speed from the next step on. Raises ValueError."""
        self.speed_limit.change(steps_per_s, time.perf_counter())
        self._record_speed(steps_per_s)

    def _aim(self, verb: str) -> None:
        """Add a batch or an epoch to those already requested: two clicks are two epochs."""
        self._step_target = self._trainer.step + 1 if verb == "one_batch" else None
        self._epoch_target = max(self._trainer.epoch, self._epoch_target or 0) + 1 if verb == "one_epoch" else None
