"""The one reader of a run, and the messages made of what it has read."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.charts.learning_rates import rates_by_step
from explorer.live.lines import Lines, describe_chart, draw_lines
from explorer.live.message import VERSION, Message, Translate, pack_message
from explorer.live.view import ViewReader
from explorer.training.records.curve_reader import CurveReader, spacing
from explorer.training.records.run_numbers import RunNumbers, numbers_so_far, recipe_of
from explorer.training.runs.status import TRAINING
from explorer.training.runs.store import Run, Status

NUMBERS_MS, START_MS, REST_MS = 100, 50, 250  # between two looks: of a run that trains, that starts, that waits
STRIP_COLUMNS = 256
_FRESH_S = 0.04  # who asks so soon after somebody else gets what that one got
_CURSOR = re.compile(r"(?P<of>[0-9a-f-]{1,80})\.(?P<counts>\d{1,12}(\.\d{1,12}){3})")


@dataclass(frozen=True)
class Moment:
    """A run as it was at one look. of: names what can be continued; another one is sent from its start.

    strip_every: every so many-th step has a column of gradient norms. rates: (step, rate) of the whole schedule.
    epochs: asked for, 0 where nobody knows.
    """

    numbers: RunNumbers
    lines: Lines
    status: Status
    of: str
    strip_every: int
    rates: tuple[np.ndarray, np.ndarray]
    rates_version: int
    epochs: int


class RunFeed:
    """Messages about one run for any number of watchers. Its methods may be called from any thread."""

    def __init__(self, run: Run) -> None:
        self._run, self._reader, self.view = run, CurveReader(run.metrics_path), ViewReader(run.folder)
        self._lock, self._name = threading.Lock(), secrets.token_hex(4)
        self._moment: Moment | None = None
        self._looked_s = -np.inf
        self._rates: tuple[Any, tuple[np.ndarray, np.ndarray]] = None, (np.zeros(0), np.zeros(0))
        self._rates_version = 0

    def numbers(self, since: str, translate: Translate) -> Message:
        """Make the message about what was recorded since `since`, the cursor of the last message or anything else.

        Raises RunDeleted, DamagedMetrics or DocumentError.
        """
        moment = self._look()
        arrays, meta = _compose(moment, since, translate)
        return Message(pack_message(arrays, meta), _pace_of(moment))

    def _look(self) -> Moment:
        """Read what is new, unless somebody did a moment ago."""
        with self._lock:
            if self._moment is None or time.monotonic() - self._looked_s > _FRESH_S:
                self._moment = self._read()
                self._looked_s = time.monotonic()
            return self._moment

    def _read(self) -> Moment:
        status = self._run.status()  # first: a run that has ended by now has recorded everything
        self._reader.refresh()
        numbers = numbers_so_far(recipe_of(self._run), self._reader)
        lines, strip_every = draw_lines(numbers), spacing(numbers.last_step, STRIP_COLUMNS)
        shape = "/".join((*lines.charts, *map(str, numbers.facts.get("layers", ())), str(numbers.means.width)))
        of = f"{self._name}-{self._reader.anew:x}-{numbers.every:x}-{strip_every:x}-{_digest(shape)}"
        return Moment(numbers, lines, status, of, strip_every, self._schedule(numbers), self._rates_version,
                      self._epochs(numbers))

    def _schedule(self, numbers: RunNumbers) -> tuple[np.ndarray, np.ndarray]:
        key = (numbers.facts.get("total_steps"), numbers.facts.get("lr_changes")) if numbers.recipe else \
            len(numbers.steps)
        if self._rates[0] != key:
            self._rates = key, rates_by_step(numbers)
            self._rates_version += 1
        return self._rates[1]

    def _epochs(self, numbers: RunNumbers) -> int:
        return numbers.recipe.epochs if numbers.recipe else self._run.recording.epochs or 0


def _pace_of(moment: Moment) -> int:
    status, has_begun = moment.status, moment.numbers.last_step > 0
    if status.state == TRAINING and has_begun:
        return NUMBERS_MS
    return START_MS if status.is_live and not status.is_queued and not has_begun else REST_MS


def _digest(words: str) -> str:
    return hashlib.blake2b(words.encode(), digest_size=6).hexdigest()


def _compose(moment: Moment, since: str, translate: Translate) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and the document for a watcher who has everything up to the cursor `since`."""
    numbers, lines = moment.numbers, moment.lines
    after, bins, epochs, version = read_cursor(since, moment.of)
    new = numbers.steps.step > after
    in_strip = new & ((numbers.steps.step - 1) % moment.strip_every == 0)
    arrays = {
        "step": numbers.steps.step[new].astype(np.int32), "raw": lines.raw[:, new],
        "means_step": numbers.means.step[bins:].astype(np.float32), "means": lines.means[:, bins:],
        "epoch_step": np.array([row.step for row in numbers.epochs[epochs:]], np.int32),
        "validation": lines.validation[:, epochs:], "test": lines.test[:, epochs:],
        "strip_step": numbers.steps.step[in_strip].astype(np.int32),
        "strip": numbers.steps.gradient_norm[in_strip].astype(np.float32)}
    if version != moment.rates_version:
        arrays |= {"rate_step": moment.rates[0].astype(np.int32), "rate": moment.rates[1].astype(np.float32)}
    last = int(numbers.steps.step[-1]) if len(numbers.steps) else 0
    counts = last, len(numbers.means), len(numbers.epochs), moment.rates_version
    return arrays, {
        "version": VERSION, "cursor": ".".join(map(str, (moment.of, *counts))),
        "replace": not _continues(since, moment.of), "end": not moment.status.is_live,
        "charts": [describe_chart(name, chart, translate) for name, chart in lines.charts.items()],
        "layers": list(map(str, numbers.facts.get("layers", ()))), **describe_position(moment, translate)}


def read_cursor(since: str, of: str) -> tuple[int, int, int, int]:
    """Read (last step, bins, epochs, version of the schedule) that a watcher has; nothing of another moment's `of`."""
    found = _CURSOR.fullmatch(since)
    if not found or found["of"] != of:
        return 0, 0, 0, 0
    last, bins, epochs, version = map(int, found["counts"].split("."))
    return last, bins, epochs, version


def _continues(since: str, of: str) -> bool:
    found = _CURSOR.fullmatch(since)
    return found is not None and found["of"] == of


def describe_position(moment: Moment, translate: Translate) -> dict[str, Any]:
    """Describe how far the run is, how fast, and in which state."""
    numbers, status = moment.numbers, moment.status
    facts, step, epochs = numbers.facts, numbers.last_step, moment.epochs
    total, per_epoch = int(facts.get("total_steps") or 0), int(facts.get("batches_per_epoch") or 0)
    return {
        "state": status.state, "state_word": translate(status.state), "is_live": status.is_live, "place": "",
        "reason": translate(status.reason) if status.reason else "", "step": step, "total_steps": total,
        "batches_per_epoch": per_epoch, "epochs": epochs,
        "epoch": min(step // per_epoch + 1, epochs or step) if per_epoch else 0,
        "mean_steps": numbers.means.width, "every": numbers.every, "rate_log": _spans_decades(moment.rates[1]),
        **_describe_speed(moment, total - step)}


def _describe_speed(moment: Moment, steps_left: int) -> dict[str, float | None]:
    """Describe the learning rate and, of a run that trains, the speed, the memory and the time left."""
    recipe, progress = moment.numbers.recipe, moment.numbers.facts.get("progress", {})
    if moment.status.state != TRAINING:
        progress = {}
    samples_per_s, steps_per_s = (progress.get(name) or None for name in ("examples_per_s", "steps_per_s"))
    if samples_per_s and recipe:
        steps_per_s = samples_per_s / recipe.batch_size
    return {"samples_per_s": samples_per_s, "steps_per_s": steps_per_s, "memory_bytes": progress.get("memory_bytes"),
            "left_s": steps_left / steps_per_s if steps_per_s and steps_left > 0 else None,
            "learning_rate": _rate_now(moment)}


def _rate_now(moment: Moment) -> float | None:
    """Find the learning rate of the last update; None where there is no schedule."""
    steps, rates = moment.rates
    made = steps < max(1, moment.numbers.last_step)
    return float(rates[made][-1]) if made.any() else None


def _spans_decades(rates: np.ndarray) -> bool:
    positive = rates[rates > 0]
    return bool(len(positive)) and bool(positive.max() > 10 * positive.min())
