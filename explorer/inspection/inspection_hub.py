"""All that is looked at on this server: questions from many browsers, answered one a network at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from explorer import data
from explorer.inspection.asked import Asked
from explorer.inspection.frames import RunFrames
from explorer.inspection.held_out import held_out
from explorer.inspection.inputs import Input, Inputs, as_taken, hash_of
from explorer.inspection.models import Frame, Models, SharedModel, frame_of
from explorer.inspection.outcome import compute_outcome
from explorer.inspection.prepare import CannotPrepare, prepare
from explorer.inspection.retrained_run import find_retrained
from explorer.live.message import Translate, pack_message
from explorer.probes import PROBES, Subject
from explorer.results.packing import in_words, pack
from explorer.results.saving import save_npz
from explorer.text import Text
from explorer.training import Run, RunStore

PREPARE = "prepare"  # in a probe's place
_MOST_RUNS = 16  # whose recipes are known
_MOST_BYTES = 64_000_000  # of the activations that are kept, the newest subject's stay
_MOST_SUBJECTS = 6  # whose activations are kept, for the next question about the same


@dataclass(frozen=True)
class Answer:
    """The body of an answer, or a sentence in its place. is_problem: something is wrong, not just nothing to show."""

    body: bytes | None = None
    sentence: Text | None = None
    is_problem: bool = False


@dataclass(frozen=True)
class _Place:
    """A run, a step of it, what is asked there, and an input: where values are taken from."""

    run: Run
    frame: Frame
    asked: Asked
    input: Input

    @property
    def key(self) -> tuple[Any, ...]:
        return (str(self.run.folder.parent), self.run.id, (self.frame, self.asked.edits, self.asked.interventions),
                self.input.key)


class Hub:
    """Networks, inputs and what was read of them last. `answer` is called from many threads.

    >>> Hub().models.size_bytes
    0
    """

    def __init__(self, runs: Callable[[], RunStore] = RunStore) -> None:
        self._runs, self.models, self.inputs = runs, Models(), Inputs()
        self._subjects: OrderedDict[tuple[Any, ...], Subject] = OrderedDict()
        self._opened: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, run_id: str, probe_name: str, asked: Asked, translate: Translate,
               report: Callable[[float], None] = lambda share: None) -> Answer:
        """Answer a question with a probe's results, or with an input that was sent, prepared as the network takes it.

        report: takes the share of the work that is done; it may raise Canceled, which ends the work.
        Raises Canceled, UnknownRun, RunDeleted, UnknownName, BadValue, DamagedFrame, NoWeights, DocumentError, or
        data's errors.
        """
        run = self._open(run_id)
        if probe_name == PREPARE:
            return _prepare(run, asked, translate)
        probe = PROBES.get(probe_name)
        subject = self.look(run, asked).reporting(report)
        outcome = compute_outcome(probe, subject, asked.options)
        if outcome.sentence is not None:
            return Answer(sentence=outcome.sentence, is_problem=outcome.is_problem)
        if asked.format == "npz":
            return Answer(save_npz(outcome.results))
        arrays, document = pack(outcome.results)
        pixels = asked.input.pixels
        sent = asked.input.hash if pixels is None else hash_of(as_taken(pixels, run.recipe))
        meta = {"results": in_words(document, translate), "step": subject.step, "hash": sent}
        return Answer(pack_message(arrays, meta))

    def _open(self, run_id: str) -> Run:
        """Open a run that exists; its recipe, which never changes, is read once."""
        run = self._runs().open(run_id)
        with self._lock:
            run = self._opened.pop(str(run.folder), run)
            self._opened[str(run.folder)] = run
            while len(self._opened) > _MOST_RUNS:
                self._opened.popitem(last=False)
        return run

    def look(self, run: Run, asked: Asked) -> Subject:
        """Find what a question is about; activations read before are still known.

        Its network is shared: whoever reads it holds it for so long (`Subject.held`), as every probe does.
        Raises DamagedFrame, NoWeights, BadValue, DocumentError, or data's errors.
        """
        recipe, frame = run.recipe, frame_of(run, asked.step)
        one = self.inputs.find(asked.input, recipe)
        other = self.inputs.find(asked.against, recipe) if asked.against else None
        source = self._place_of_source(run, asked)
        key = (str(run.folder.parent), run.id, (frame, asked.edits, asked.interventions), one.key, other and other.key,
               source and source.key)
        shared = giving = self.models.of(run)
        if source and source.key[:3] != key[:3]:  # of other weights, so another network gives values
            giving = self.models.of(source.run, is_source=True)
        with self._lock:
            subject = self._subjects.pop(key, None)
            if subject is None or not _is_of(subject, shared, giving):
                subject = _make_subject(run, frame, asked, shared, one, other, key, self._runs)
                if source:
                    subject = replace(subject, source=_make_subject(
                        source.run, source.frame, source.asked, giving, source.input, None, source.key, self._runs))
            self._subjects[key] = subject
            self._forget()
        return subject.walked_into(asked.inside) if asked.inside else subject

    def _place_of_source(self, run: Run, asked: Asked) -> _Place | None:
        """Find where values are taken from."""
        if (given := asked.source) is None:
            return None
        other = self._open(given.run) if given.run else run
        there = replace(asked, edits=given.edits, interventions=asked.interventions if other.id == run.id else ())
        return _Place(other, frame_of(other, given.step), there, self.inputs.find(given.input, other.recipe))

    def _keeps(self, subject: Subject) -> bool:
        return self.models.keeps(subject.model) and (not subject.source or self.models.keeps(subject.source.model))

    def _forget(self) -> None:
        """Forget the subjects of networks that are not kept any more, and the oldest once they are many or large."""
        for key in [key for key, each in self._subjects.items() if not self._keeps(each)]:
            del self._subjects[key]
        while len(self._subjects) > _MOST_SUBJECTS or (
                len(self._subjects) > 1 and sum(each.known_bytes for each in self._subjects.values()) > _MOST_BYTES):
            self._subjects.popitem(last=False)


def _is_of(subject: Subject, shared: SharedModel, giving: SharedModel) -> bool:
    return subject.model is shared.model and (not subject.source or subject.source.model is giving.model)


def _make_subject(run: Run, frame: Frame, asked: Asked, shared: SharedModel, one: Input, other: Input | None,
                  key: tuple[Any, ...], runs: Callable[[], RunStore]) -> Subject:
    recipe = run.recipe
    dataset = data.get(recipe.data.name, recipe.data.params)
    return Subject(shared.model, one.batch, recipe, dataset.class_names, dataset.target or dataset.title,
                   dataset.feature_names, tokens=one.tokens, against=other and other.batch,
                   against_tokens=other and other.tokens, target=one.target,
                   step=frame.step, frames=RunFrames(run), samples=held_out(recipe), edited=bool(asked.edits),
                   interventions=asked.interventions, key=key, weights_key=key[:3],
                   held=partial(shared.at, run, frame, asked.edits, asked.interventions),
                   retrained=lambda: find_retrained(runs(), run))


def _prepare(run: Run, asked: Asked, translate: Translate) -> Answer:
    options, payload = asked.options, asked.payload
    if payload is not None and payload.ndim == 1 and payload.dtype == np.uint8:
        payload = payload.tobytes()
    try:
        prepared = prepare(run.recipe, str(options.get("kind")), payload, options.get("invert"))
    except CannotPrepare as error:
        return Answer(sentence=error.sentence)
    arrays, document = pack((prepared,))
    return Answer(pack_message(arrays, {"results": in_words(document, translate)}))
